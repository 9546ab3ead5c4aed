"""`teleconseil prepare`: tables, rights and guards, made as the owner. Safe to repeat."""

from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connections, transaction

from audit.actions import install_governance
from audit.queries.posture import planted, weaknesses
from audit.schemas import gather
from config.trouble import unreachable

GOVERNED = ("audit", "consults", "billing", "broker")
# Any number: two `prepare` at once take turns.
TURN = 7_403_221


class Command(BaseCommand):
    """Brings the databases to what this version of the program needs."""

    help = "Makes or updates tables, rights and guards, as the owner; safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrates, makes the keys' table, installs the governance."""
        for alias, variable in (("owner", "DATABASE_OWNER_URL"), ("keys_owner", "KEYS_OWNER_URL")):
            if alias not in connections:
                raise CommandError(f"prepare works as the tables' owner: set {variable}")
            try:
                connections[alias].ensure_connection()
            except OperationalError as away:
                raise CommandError(f"{variable}: {unreachable(away)}") from away
        with connections["owner"].cursor() as cursor:
            refuse(planted(cursor))  # before anything of it could run as the owner
        quiet = options["verbosity"] < 2
        with connections["owner"].cursor() as turn:
            turn.execute("SELECT pg_advisory_lock(%s)", [TURN])
            call_command(
                "migrate", database="owner", interactive=False, verbosity=0 if quiet else 1
            )
            make_keys()
            govern()
            turn.execute("SELECT pg_advisory_unlock(%s)", [TURN])
        refuse(weaknesses(using="owner"))
        for alias in ("owner", "keys_owner"):
            connections[alias].close()


def refuse(lowered: list[str]) -> None:
    """Ends the command where something stands lower than the owner can set right."""
    if lowered:
        raise CommandError(
            f"GUARDS_LOWERED: {'; '.join(lowered)}. As the server's superuser, take back what was"
            " given and drop what was made, then run `teleconseil prepare` again"
        )


def make_keys() -> None:
    """Makes the table of content keys in its own database."""
    script = Path(apps.get_app_config("consults").path) / "keys.sql"
    with connections["keys_owner"].cursor() as cursor:
        cursor.execute(script.read_text(encoding="utf-8"))


def govern() -> None:
    """Installs triggers and grants from the registries of every app."""
    registries = gather(import_module(f"{name}.schemas") for name in GOVERNED)
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        install_governance(cursor=cursor, registries=registries)
