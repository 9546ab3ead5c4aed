"""Tells Django of the app `consults`."""

from django.apps import AppConfig


class ConsultsConfig(AppConfig):
    """The app `consults`."""

    name = "consults"
