"""The command line says what it can do: ours first, each with its line, each option with its."""

import os
import re
import subprocess
import sys

import psycopg
import pytest
from django.core.management import BaseCommand, call_command, load_command_class
from django.db import OperationalError, ProgrammingError, connection, connections
from psycopg import sql

from config.commands import GROUPS, first_line, overview, own_commands
from config.engines.places import CHECKOUT
from config.trouble import trouble
from tests.conftest import pointed

USUAL = {action.dest for action in BaseCommand().create_parser("x", "y")._actions}


def test_every_command_of_the_house_is_in_one_group_and_no_other_is():
    grouped = [name for names in GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(own_commands()) and len(grouped) == len({*grouped})


def test_the_overview_begins_with_ours_one_line_each_and_names_the_rest_last():
    said = overview()
    for app, name in ((app, name) for name, app in own_commands().items()):
        line = first_line(app, name)
        assert line and f"{name} " in said and line in said
    assert max(map(len, said.split("Of Django")[0].splitlines())) <= 120
    assert said.index("  up ") < said.index("migrate")


@pytest.mark.parametrize("name", sorted(own_commands()))
def test_every_option_says_what_it_is_for(name):
    command = load_command_class(own_commands()[name], name)
    parser = command.create_parser("teleconseil", name)
    assert command.help
    assert [one.dest for one in parser._actions if one.dest not in USUAL and not one.help] == []


@pytest.fixture
def empty(engines, database):
    """The addresses of a database that nobody has prepared."""
    name = f"{database.name}_empty"
    engines.server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield {**os.environ, **database.environment, "DATABASE_URL": engines.hold.url("app", name)}
    engines.server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def said(environ: dict[str, str], *command: str) -> list[str]:
    """The lines with which a command gave up."""
    done = subprocess.run(
        [sys.executable, "-m", "config", *command], cwd=CHECKOUT, env=environ,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1 and done.stdout == ""
    return done.stderr.splitlines()


@pytest.mark.parametrize("command", ["books", "reconcile"])
def test_a_database_that_nobody_prepared_is_named_as_such_in_one_line(empty, command):
    (line,) = said(empty, command)
    assert line.startswith("teleconseil: DATABASE_NOT_PREPARED: relation ")
    assert line.endswith("; `teleconseil prepare` makes or updates tables and rights")
    assert said(empty, command, "--traceback")[-3].startswith("django.db.utils.ProgrammingError: ")


@pytest.mark.parametrize("tables", ["ALL TABLES IN SCHEMA public", "billing_book"])
def test_a_database_whose_rights_are_not_made_or_taken_is_unprepared_too(database, tables):
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute(f"REVOKE ALL ON {tables} FROM teleconseil_app")
    (line,) = said({**os.environ, **database.environment}, "books")
    assert line.startswith("teleconseil: DATABASE_NOT_PREPARED: permission denied for table ")
    call_command("prepare")
    call_command("books")


def test_a_database_of_keys_that_nobody_prepared_is_unprepared_too(empty, database):
    own = {**empty, "DATABASE_URL": database.url, "KEYS_DATABASE_URL": empty["DATABASE_URL"]}
    with pointed(own):
        with pytest.raises(ProgrammingError) as failed, connections["keys"].cursor() as cursor:
            cursor.execute("SELECT FROM content_key")
        assert trouble(error=failed.value).startswith("DATABASE_NOT_PREPARED: relation ")


def test_a_table_that_no_migration_makes_is_a_fault_and_not_called_unprepared(database):
    with pytest.raises(ProgrammingError) as failed, connection.cursor() as cursor:
        cursor.execute("SELECT FROM nothing_of_ours")
    assert trouble(error=failed.value) == ""


def test_a_statement_that_went_wrong_is_not_called_out_of_reach(database):
    with pytest.raises(OperationalError) as failed, connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 1")
        cursor.execute("SELECT pg_sleep(60)")
    assert trouble(error=failed.value) == ""


UNREACHABLE = {
    "nobody-listens": (r"//[^/]*/([^?]*).*", r"//somebody:s3cret@127.0.0.1:9/\1", "refused"),
    "wrong-password": (r"//([^:]*):[^@]*@", r"//\1:s3cret@", "password authentication failed"),
    "no-such-database": (r"/test_\d+\?", "/nowhere?", '"nowhere" does not exist'),
}


@pytest.mark.parametrize("how", UNREACHABLE)
def test_a_database_out_of_reach_is_named_as_such_in_one_line_that_says_why(database, how):
    was, now, why = UNREACHABLE[how]
    address = re.sub(was, now, database.url)
    assert address != database.url
    environ = {**os.environ, **database.environment}
    (line,) = said({**environ, "DATABASE_URL": address, "DATABASE_POOL": "9"}, "books")
    assert line.startswith("teleconseil: DATABASE_UNREACHABLE: ")
    assert why in line and "s3cret" not in line
    begun = line.removeprefix("teleconseil: ")
    for name in ("DATABASE_OWNER_URL", "KEYS_OWNER_URL"):
        assert said({**environ, name: address}, "prepare") == [f"CommandError: {name}: {begun}"]
