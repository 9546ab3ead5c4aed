"""The record, as a Django application."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Entries, the tree over them, accounts and the reviewers' door."""

    name = "audit"
    default_auto_field = "django.db.models.BigAutoField"
