"""Real engines for the whole session, and for every test that asks its own copy of the database.

`database` (or `db`, or the mark `django_db`) gives a clone of a template that `prepare` made once
as the owner. The test is connected as the application role, commits really happen, deferred
triggers really fire, and threads, sockets and sub-processes see what it writes.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import count
from pathlib import Path

import hypothesis
import psycopg
import pytest
import redis
from asgiref.local import Local
from django.conf import settings
from django.core.cache import caches
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from config import env
from config.databases import databases
from config.engines.holding import Hold, own_files
from config.engines.places import Home, furnish
from config.engines.roles import superuser
from config.supervisor.launch import Running, demonstration, running
from consults.calendar import PARIS
from tests.billing import openapi, wire
from tests.ports import free_port
from tests.waiting import PATIENCE_SECONDS, until

os.environ.setdefault("AIOSMTPD_CONTROLLER_TIMEOUT", str(PATIENCE_SECONDS))
numbers = count(1)
# On a machine with much to do a pure example may take a second: that is no finding. What passed
# once passes again; `--hypothesis-profile=search` looks for more.
hypothesis.settings.register_profile(
    "house", deadline=None, derandomize=True, database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)  # fmt: skip
hypothesis.settings.register_profile(
    "search", hypothesis.settings.get_profile("house"), derandomize=False
)
hypothesis.settings.load_profile("house")
# People answer at once here; the fifteen seconds are tried in tests/rows/test_s9_own_physician.py.
settings.OWN_EXCHANGE_SECONDS = 0
settings.EMAIL_TIMEOUT = PATIENCE_SECONDS


@dataclass(frozen=True)
class Database:
    """One test's databases: names, and addresses for sub-processes and raw connections."""

    name: str
    keys_name: str
    environment: dict[str, str]
    superuser_url: str

    @property
    def url(self) -> str:
        """As the application."""
        return self.environment["DATABASE_URL"]

    @property
    def owner_url(self) -> str:
        """As the tables' owner."""
        return self.environment["DATABASE_OWNER_URL"]

    def takes_any_moment(self) -> None:
        """Acts may be dated far from the record's clock, as only the owner can allow."""
        _tolerate(self.owner_url, "1000 days")


def _tolerate(owner_url: str, apart: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("UPDATE audit_setting SET value = %s WHERE name = 'tolerance'", [apart])


@pytest.fixture
def unhurried(database: Database) -> None:
    """Acts may be dated ahead here, so that a test can live through hours or weeks."""
    database.takes_any_moment()


@pytest.fixture
def far_from_midnight() -> None:
    """The day does not end within a minute, neither in Paris nor in UTC."""

    def ends_soon(zone: tzinfo) -> bool:
        now = datetime.now(zone)
        return now.date() != (now + timedelta(minutes=1)).date()

    until(lambda: not ends_soon(PARIS) and not ends_soon(UTC), within=2 * PATIENCE_SECONDS)


@dataclass(frozen=True)
class Engines:
    """The session's server and cache."""

    hold: Hold
    server: psycopg.Connection
    cache: redis.Redis

    def environment(self, name: str, keys_name: str, files: Path) -> dict[str, str]:
        """Every variable of a program that works on these databases and in this folder."""
        roles = {
            "DATABASE_URL": ("app", name), "KEYS_DATABASE_URL": ("app", keys_name),
            "DATABASE_OWNER_URL": ("owner", name), "KEYS_OWNER_URL": ("keys_owner", keys_name),
            "DATABASE_SEQUENCER_URL": ("sequencer", name), "DATABASE_READER_URL": ("reader", name),
        }  # fmt: skip
        return (
            own_files(self.hold.home)
            | self.hold.environment()
            | {variable: self.hold.url(*role) for variable, role in roles.items()}
            | {
                "STATE_DIR": str(files / "state"),
                "LOG_DIR": str(files / "log"),
                "SIGNER_KEY": str(files / "state" / "signer_key"),
            }
        )


@pytest.fixture(scope="session")
def engines(django_db_blocker: pytest.FixtureRequest) -> Iterator[Engines]:
    """A PostgreSQL without fsync and a Valkey, in a folder of this session, with the template."""
    folder = Path(tempfile.mkdtemp(prefix="teleconseil-tests-", dir=in_memory()))
    folder.chmod(0o755)  # as root, the database runs as another user
    home = Home(folder)
    furnish(home)
    try:
        with Hold(home, wants=("postgres", "valkey"), fsync=False) as hold:
            cache = redis.Redis(unix_socket_path=str(home.valkey_socket))
            with superuser(home) as server, cache:
                held = Engines(hold, server, cache)
                own = held.environment("teleconseil", "keys", folder)
                with pointed(own):
                    with django_db_blocker.unblock():
                        call_command("prepare")
                        connections.close_all()
                    # An act may take longer than the five seconds of a machine that serves.
                    _tolerate(own["DATABASE_OWNER_URL"], f"{PATIENCE_SECONDS} seconds")
                    yield held
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def in_memory() -> Path | None:
    """A folder in memory with room for clones, eight times as quick as a disk; else the usual."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or not os.access(memory, os.W_OK):
        return None
    there = os.statvfs(memory)
    roomy = there.f_bavail * there.f_frsize > 2**30
    return memory if roomy and not there.f_flag & os.ST_NOEXEC else None


class pointed:
    """Points settings, connections and `os.environ` at these addresses, for a while."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.names = ("STATE_DIR", "LOG_DIR", "SIGNER_KEY", "MASTER_KEY", "SECRET_KEY")

    def __enter__(self) -> None:
        self.before = dict(os.environ)
        self.settings = {name: getattr(settings, name) for name in self.names}
        self.databases = dict(connections.databases)
        os.environ.update(self.environment)
        read = replace(env.read(self.environment), database_pool=0)
        for name in self.names:
            setattr(settings, name, getattr(read, name.lower()))
        settings.CACHES["default"]["LOCATION"] = read.redis_url
        for one in caches.all(initialized_only=True):
            one.close()
        caches._connections = Local()
        settings.CHANNEL_LAYERS["default"]["CONFIG"]["hosts"] = [read.redis_url]
        point_connections(connections.configure_settings(databases(read, pool=False)))

    def __exit__(self, *_: object) -> None:
        point_connections(self.databases)
        for name, value in self.settings.items():
            setattr(settings, name, value)
        os.environ.clear()
        os.environ.update(self.before)


def point_connections(wanted: dict[str, dict[str, object]]) -> None:
    """Gives Django these DATABASES; this thread's open connections are closed."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        del connections[connection.alias]
    connections.databases.clear()
    connections.databases.update(wanted)


@pytest.fixture
def database(
    engines: Engines, tmp_path: Path, django_db_blocker: pytest.FixtureRequest
) -> Iterator[Database]:
    """This test's own copy of the prepared database, no keys, and an empty cache."""
    name = f"test_{next(numbers)}"
    engines.cache.flushall()
    clone(engines.server, name, template="teleconseil", owner="teleconseil_owner")
    environment = engines.environment(name, "keys", tmp_path)
    for folder in ("state", "log"):
        (tmp_path / folder).mkdir(exist_ok=True)
    try:
        with pointed(environment), django_db_blocker.unblock():
            with connections["keys_owner"].cursor() as cursor:
                cursor.execute("DELETE FROM content_key")
            yield Database(name, "keys", environment, engines.hold.url("postgres", name))
    finally:
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        engines.server.execute(drop)


def clone(server: psycopg.Connection, name: str, *, template: str, owner: str) -> None:
    """Copies a database file by file: the quickest way with fsync off."""
    server.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy OWNER {}").format(
            *(sql.Identifier(one) for one in (name, template, owner))
        )
    )


@pytest.fixture
def _django_db_helper(database: Database) -> None:
    """What pytest-django's mark and `db` ask for: here it is the clone."""


@pytest.fixture
def live_service(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Running]:
    """The real programs on this test's databases and free ports: `.url`, `.environ`, `.tree`."""
    port, sandbox_port = free_port(), free_port()
    given = demonstration(database.environment, sandbox_port=sandbox_port)
    for name in ("STRIPE_API_BASE", "STRIPE_PLATFORM_KEY"):
        monkeypatch.setattr(settings, name, given[name])
    environ = {**os.environ, **given}
    reports = tmp_path / "reports"
    with running(environ, port=port, sandbox_port=sandbox_port, reports=reports) as house:
        yield house
        assert wire.violations(wire.recorded(given["STRIPE_API_BASE"])) == []
        assert openapi.unlike(openapi.heard(given["STRIPE_API_BASE"])) == []
