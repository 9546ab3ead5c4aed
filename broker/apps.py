"""The broker as a Django application."""

from importlib import import_module

from django.apps import AppConfig


class BrokerConfig(AppConfig):
    """Doors, routing and deadlines."""

    name = "broker"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks, now that the tables are known."""
        import_module("broker.checks")
