"""Tells Django of the app `config`, with its checks."""

from django.apps import AppConfig

from config import checks


class ConfigConfig(AppConfig):
    """The app `config`."""

    name = "config"
    checks = checks  # registered by being imported
