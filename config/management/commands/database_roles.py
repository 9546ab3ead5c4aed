"""`teleconseil database_roles`: the SQL that makes the roles on an operator's own server."""

from typing import Any

from django.core.management.base import BaseCommand

from config.engines.roles import script


class Command(BaseCommand):
    """Prints; runs nothing."""

    help = "Prints the SQL that makes roles and databases on your own PostgreSQL."

    def handle(self, *args: Any, **options: Any) -> None:
        """Writes the script to standard output."""
        self.stdout.write(script())
