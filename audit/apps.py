"""The record, as a Django application."""

from importlib import import_module

from django.apps import AppConfig

from audit.law import packs


class AuditConfig(AppConfig):
    """Entries, the tree over them, accounts and the reviewers' door."""

    name = "audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Read the law, so that a malformed text stops the start, and register the checks."""
        packs.load()
        import_module("audit.checks")
