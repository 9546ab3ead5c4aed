"""What a command says of a database that it cannot work with."""

from django.db import OperationalError, ProgrammingError, connection
from django.db.migrations.executor import MigrationExecutor


def trouble(*, error: OperationalError | ProgrammingError) -> str:
    """One line on a database out of reach or not prepared; nothing on any other failure.

    A connection that fails has no SQL state. Not prepared is a database that lacks a migration of
    this version: a statement may also name what is not there by a fault of its own.
    """
    said = (str(error).strip().splitlines() or ["no answer"])[0]
    if isinstance(error, OperationalError):
        connected = getattr(error.__cause__, "sqlstate", None)
        return "" if connected else f"DATABASE_UNREACHABLE: {said}"
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return f"DATABASE_NOT_PREPARED: {said}; `teleconseil prepare` makes or updates its tables"
    return ""
