"""What a command says of a database that it cannot work with."""

from django.core.management import CommandError, call_command
from django.db import Error, OperationalError, ProgrammingError, connections

NO_RIGHT = "42501"


def unreachable(error: OperationalError) -> str:
    """One line on a server that lets nobody in, or has gone, with its reason."""
    return f"DATABASE_UNREACHABLE: {_first_line(error)}"


def trouble(*, error: OperationalError | ProgrammingError) -> str:
    """One line on a database out of reach or not prepared; nothing on any other failure.

    A connection that fails has no SQL state. Not prepared is a database that lacks a migration of
    this version, or a right: a statement may also name what is not there by a fault of its own.
    """
    state, said = getattr(error.__cause__, "sqlstate", None), _first_line(error)
    if isinstance(error, OperationalError):
        return "" if state else unreachable(error)
    if state != NO_RIGHT and _is_prepared():
        return ""
    return (
        f"DATABASE_NOT_PREPARED: {said}; `teleconseil prepare` makes or updates tables and rights"
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no answer"])[0]


def _is_prepared() -> bool:
    """Whether every migration is there for the service's role to see, and the table of keys.

    Where that cannot be told, the first failure is the one to show: then as if it were.
    """
    try:
        call_command("migrate", check_unapplied=True, verbosity=0)
        return "content_key" in connections["keys"].introspection.table_names()
    except (SystemExit, ProgrammingError):
        return False
    except (Error, CommandError):
        return True
