"""Tells Django of the app `billing`."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """The app `billing`."""

    name = "billing"
