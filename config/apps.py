"""Tells Django of the app `config`."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The app `config`."""

    name = "config"
