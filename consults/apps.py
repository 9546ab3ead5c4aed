"""Names the app of people and care to Django."""

from django.apps import AppConfig


class ConsultsConfig(AppConfig):
    """People, questions, threads, answers and reports."""

    name = "consults"
    label = "consults"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Soins"
