"""The broker as a Django application."""

from django.apps import AppConfig


class BrokerConfig(AppConfig):
    """Doors, routing and deadlines."""

    name = "broker"
    default_auto_field = "django.db.models.BigAutoField"
