"""Tells Django of the app `billing`."""

from importlib import import_module

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """The app `billing`."""

    name = "billing"

    def ready(self) -> None:
        """Register the checks, now that the tables are known."""
        import_module("billing.checks")
