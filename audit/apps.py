"""The record, as a Django application."""

from importlib import import_module

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Entries, the tree over them, accounts and the reviewers' door."""

    name = "audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks of the record."""
        import_module("audit.checks")
