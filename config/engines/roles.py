"""The database's roles: an owner, the application, the sequencer, a reader, and the keys' owner.

The running service is never the owner of its tables, so that no mistake of its own can alter them.
"""

import contextlib
import fcntl
from collections.abc import Mapping

import psycopg
from psycopg import sql

from config.engines.places import Home

DATABASES = {"teleconseil": "owner", "keys": "keys_owner"}
# Which roles may connect where; privileges on tables are `prepare`'s.
MAY_CONNECT = {
    "teleconseil": ("owner", "app", "sequencer", "reader"),
    "keys": ("keys_owner", "app"),
}
ROLES = ("owner", "app", "sequencer", "reader", "keys_owner")


def role(name: str) -> sql.Identifier:
    """The role's name in the database."""
    return sql.Identifier(f"teleconseil_{name}")


def role_statements(passwords: Mapping[str, str]) -> list[sql.Composed]:
    """Statements that make the roles, or give them these passwords when they exist."""
    made: list[sql.Composed] = []
    for name in ROLES:
        made.append(
            sql.SQL(
                "DO $$ BEGIN CREATE ROLE {role} LOGIN;"
                " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            ).format(role=role(name))
        )
        made.append(
            sql.SQL(
                "ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION"
                " NOBYPASSRLS PASSWORD {password}"
            ).format(role=role(name), password=sql.Literal(passwords[name]))
        )
    made.append(
        sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(role("reader"))
    )
    return made


def access_statements(database: str, kind: str) -> list[sql.Composed]:
    """Statements that close a database to everybody but its roles."""
    name = sql.Identifier(database)
    may = sql.SQL(", ").join(role(one) for one in MAY_CONNECT[kind])
    return [
        sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, role(DATABASES[kind])),
        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, may),
    ]


def make_roles(home: Home) -> None:
    """Makes roles and databases of an embedded server, once; safe to repeat and to race."""
    done = home.state / "roles-made"
    if done.exists():
        return
    passwords = home.passwords()
    with (home.state / "roles.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.exists():
            return
        with superuser(home) as server:
            for statement in role_statements(passwords):
                server.execute(statement)
            for database in DATABASES:
                create_database(server, database)
                for statement in access_statements(database, database):
                    server.execute(statement)
        done.touch()


def create_database(server: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    """Makes a database unless it is there."""
    with contextlib.suppress(psycopg.errors.DuplicateDatabase):
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def superuser(home: Home) -> psycopg.Connection[tuple[object, ...]]:
    """A connection as the embedded server's superuser; only set-up and tests use it."""
    return psycopg.connect(
        host=str(home.sockets), user="postgres", password=home.passwords()["postgres"],
        dbname="postgres", autocommit=True,
    )  # fmt: skip


def script() -> str:
    """The same as text, for an operator's own server: psql asks for each password."""
    lines = ["-- Run as a superuser: psql -f this-file", "\\set ON_ERROR_STOP on"]
    for name in ROLES:
        lines += [f"\\prompt 'Password of teleconseil_{name}: ' {name}_password"]
    marks = {name: f"@{name}@" for name in ROLES}
    statements = [part.as_string(None) for part in role_statements(marks)]
    for database in DATABASES:
        statements.append(f'CREATE DATABASE "{database}"')
        statements += [part.as_string(None) for part in access_statements(database, database)]
    for name in ROLES:
        statements = [one.replace(f"'@{name}@'", f":'{name}_password'") for one in statements]
    return "\n".join([*lines, *(f"{one};" for one in statements)]) + "\n"
