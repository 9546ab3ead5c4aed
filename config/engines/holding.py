"""Holds the embedded services for this process and gives their addresses."""

import contextlib
import fcntl
import os
import socket
import sys
import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from urllib.parse import quote

from config.engines.binaries import postgres_folder, valkey_program
from config.engines.places import CHECKOUT, Home, Unavailable, furnish, home_of
from config.engines.roles import make_roles

READY_WITHIN_SECONDS = 90
AGAIN_AFTER_SECONDS = 1


class Hold:
    """A hold on the services of one data folder; `release()` or the process's end lets go."""

    def __init__(self, home: Home, *, wants: Iterable[str], fsync: bool = True) -> None:
        self.home = home
        self.wants = tuple(wants)
        self.keepers: list[int] = []
        self.fsync = fsync
        self._line = self._connect()
        if "postgres" in self.wants:
            make_roles(home)

    def _connect(self) -> socket.socket:
        """Connects to the keeper, which it starts when there is none."""
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while time.monotonic() < deadline:
            line = socket.socket(socket.AF_UNIX)
            try:
                line.connect(str(self.home.keeper))
                line.sendall(" ".join(self.wants).encode())
                line.settimeout(READY_WITHIN_SECONDS)
                answer = line.makefile("rb").readline().decode()
            except OSError:
                answer = ""
            if answer.startswith("ready"):
                line.settimeout(None)
                return line
            line.close()
            if answer.startswith("error "):
                raise Unavailable(answer.removeprefix("error ").strip())
            self._start_keeper()
            time.sleep(0.02)
        raise Unavailable(f"the embedded services do not answer (see {self.home.reports})")

    def _start_keeper(self) -> None:
        """Starts a keeper unless one is starting or stopping, which its lock tells."""
        for pid in list(self.keepers):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self.keepers.remove(pid)
            if ended and os.waitstatus_to_exitcode(status) > 0:  # it said why; else it was killed
                lines = (self.home.reports / "keeper.log").read_text().strip().splitlines()
                raise Unavailable(lines[-1] if lines else "the embedded services do not start")
        if self.keepers or _has_keeper(self.home):
            return
        report = os.open(
            self.home.reports / "keeper.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600
        )
        options = [] if self.fsync else ["no-fsync"]
        found = [str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.keepers.append(
            os.posix_spawn(
                sys.executable,
                [sys.executable, "-m", "config.engines.keeper", str(self.home.root), *options],
                {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join(found)},
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_DUP2, report, 1),
                    (os.POSIX_SPAWN_DUP2, report, 2),
                ],
                setsid=True,
            )
        )
        os.close(report)

    def renew(self) -> bool:
        """Holds again if the keeper was killed; says whether it had to. The addresses stay.

        What a killed server left may keep the next one from starting: this tries for a while.
        """
        try:
            gone = not self._line.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            gone = True
        if gone:
            self._line.close()
            self._line = self._connect_again()
        return gone

    def _connect_again(self) -> socket.socket:
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while True:
            try:
                return self._connect()
            except Unavailable:
                if time.monotonic() > deadline:
                    raise
                time.sleep(AGAIN_AFTER_SECONDS)

    def release(self) -> None:
        """Lets go and, being the last, waits until the servers have stopped."""
        answer = b""
        with contextlib.suppress(OSError), self._line as line:
            line.shutdown(socket.SHUT_WR)
            line.settimeout(15)
            answer = line.recv(16)
        if not answer:  # not `kept` by another's hold: the keeper is ending, and may be our child
            deadline = time.monotonic() + 5
            while _has_keeper(self.home) and time.monotonic() < deadline:
                time.sleep(0.01)
        for pid in self.keepers:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        self.keepers = []

    def __enter__(self) -> "Hold":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def url(self, role: str, database: str) -> str:
        """The address of a database of this folder, as one of its roles."""
        user = role if role == "postgres" else f"teleconseil_{role}"
        secret = self.home.passwords()[role]
        return f"postgresql://{user}:{secret}@/{database}?host={quote(str(self.home.sockets))}"

    def environment(self) -> dict[str, str]:
        """The variables that make the program use what is held."""
        given: dict[str, str] = {}
        if "postgres" in self.wants:
            given |= {
                "DATABASE_URL": self.url("app", "teleconseil"),
                "KEYS_DATABASE_URL": self.url("app", "keys"),
                "DATABASE_OWNER_URL": self.url("owner", "teleconseil"),
                "KEYS_OWNER_URL": self.url("keys_owner", "keys"),
                "DATABASE_SEQUENCER_URL": self.url("sequencer", "teleconseil"),
                "DATABASE_READER_URL": self.url("reader", "teleconseil"),
            }
        if "valkey" in self.wants:
            given["REDIS_URL"] = f"unix://{self.home.valkey_socket}?db=0"
        return given


def own_files(home: Home) -> dict[str, str]:
    """Secrets and folders of this machine's own, for what the operator has not set."""
    return {
        "SECRET_KEY": (home.state / "secret_key").read_text(),
        "MASTER_KEY_FILE": str(home.state / "master_key"),
        "SIGNER_KEY": str(home.state / "signer_key"),
        "STATE_DIR": str(home.state),
        "LOG_DIR": str(home.public),
    }


def missing(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Which services the environment does not name."""
    needs = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL"}
    return tuple(name for name, variable in needs.items() if not environ.get(variable))


def hold_missing(environ: Mapping[str, str]) -> tuple[Hold | None, dict[str, str]]:
    """Starts or joins what the environment does not name; gives the hold and the variables."""
    wants = missing(environ)
    if not wants:
        return None, {}
    postgres_folder(), valkey_program()
    home = home_of(environ)
    try:
        furnish(home)
    except PermissionError as error:
        raise Unavailable(
            f"{error.filename} cannot be written: set TELECONSEIL_HOME to a folder of yours"
        ) from None
    hold = Hold(home, wants=wants)
    files = own_files(home) if "postgres" in wants else {}
    fresh = {name: value for name, value in files.items() if not environ.get(name)}
    if environ.get("MASTER_KEY"):
        fresh.pop("MASTER_KEY_FILE", None)
    return hold, hold.environment() | fresh


def _has_keeper(home: Home) -> bool:
    """Whether a keeper lives, whatever it is doing: it holds its lock from start to end."""
    with (home.state / "keeper.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
