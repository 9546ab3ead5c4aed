"""What a command says of a database that it cannot work with."""

from django.core.management import call_command
from django.db import OperationalError, ProgrammingError, connections


def trouble(*, error: OperationalError | ProgrammingError) -> str:
    """One line on a database out of reach or not prepared; nothing on any other failure.

    A connection that fails has no SQL state. Not prepared is a database that lacks a migration of
    this version: a statement may also name what is not there by a fault of its own.
    """
    said = (str(error).strip().splitlines() or ["no answer"])[0]
    if isinstance(error, OperationalError):
        connected = getattr(error.__cause__, "sqlstate", None)
        return "" if connected else f"DATABASE_UNREACHABLE: {said}"
    if _is_prepared():
        return ""
    return f"DATABASE_NOT_PREPARED: {said}; `teleconseil prepare` makes or updates its tables"


def _is_prepared() -> bool:
    """Whether every migration is there for the service's role to see, and the table of keys."""
    try:
        call_command("migrate", check_unapplied=True, verbosity=0)
    except (SystemExit, ProgrammingError):
        return False
    return "content_key" in connections["keys"].introspection.table_names()
