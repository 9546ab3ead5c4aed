"""Starts and stops one PostgreSQL and one Valkey as children that die with their parent."""

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from config.engines.binaries import Binaries
from config.engines.places import Home, Runner, Unavailable

PR_SET_PDEATHSIG = 1
START_WITHIN_SECONDS = 60
# A fast stop writes a checkpoint; an immediate one leaves it to recovery at the next start.
FAST_STOP_SECONDS = 1.5


def die_with_parent(number: signal.Signals) -> Callable[[], None]:
    """What a child runs before its program: on Linux the kernel signals it when we are gone."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, number) and None


def run_as(who: Runner) -> dict[str, object]:
    """Arguments of Popen that drop root's rights."""
    if not who.switches:
        return {}
    return {"user": who.uid, "group": who.gid, "extra_groups": []}


class Server:
    """One child process with its report file."""

    def __init__(self, home: Home, programs: Binaries, who: Runner) -> None:
        self.home, self.programs, self.who = home, programs, who
        self.child: subprocess.Popen[bytes] | None = None

    def launch(self, name: str, command: Sequence[object], dies_by: signal.Signals) -> None:
        """Starts the program; its output goes to the reports."""
        with (self.home.reports / f"{name}.log").open("ab") as report:
            self.child = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL, stdout=report, stderr=report, cwd="/",
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
                preexec_fn=die_with_parent(dies_by), **run_as(self.who),  # type: ignore[call-overload]
            )  # fmt: skip

    def wait_until(self, ready: Callable[[], bool], name: str) -> None:
        """Waits for the server to answer; its early end is an error that quotes its report."""
        assert self.child is not None
        deadline = time.monotonic() + START_WITHIN_SECONDS
        while True:
            # Looked at first: one that ends well between the two looks has not failed.
            ended = self.child.poll() is not None
            if ready():
                return
            if ended or time.monotonic() > deadline:
                report = self.home.reports / f"{name}.log"
                last = report.read_text(errors="replace").strip().splitlines()[-1:]
                raise Unavailable(f"{name} does not start: {' '.join(last)} (see {report})")
            time.sleep(0.005)

    @property
    def running(self) -> bool:
        """Whether the child is alive."""
        return self.child is not None and self.child.poll() is None

    def stop(self, *signals: signal.Signals) -> None:
        """Sends each signal in turn until the child has ended."""
        for number in (*signals, signal.SIGKILL):
            if self.child is None or self.child.poll() is not None:
                return
            self.child.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(FAST_STOP_SECONDS)


class Valkey(Server):
    """A cache on a private socket; nothing is written to disk."""

    def start(self) -> None:
        """Ends an orphan, which would take our socket with it, starts, waits for an answer."""
        end_orphan(self.home.valkey_pid, self.programs.valkey, self.home.valkey_socket)
        self.home.valkey_socket.unlink(missing_ok=True)
        arguments = {
            "--port": "0", "--unixsocket": str(self.home.valkey_socket), "--unixsocketperm": "700",
            "--save": "", "--appendonly": "no", "--dir": str(self.home.valkey),
            "--daemonize": "no", "--pidfile": str(self.home.valkey_pid),
        }  # fmt: skip
        command = [self.programs.valkey, *(word for pair in arguments.items() for word in pair)]
        self.launch("valkey", command, signal.SIGTERM)
        self.wait_until(self.answers, "valkey")

    def answers(self) -> bool:
        """Whether a PING comes back."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1)
            probe.connect(str(self.home.valkey_socket))
            probe.sendall(b"PING\r\n")
            return probe.recv(16).startswith(b"+PONG")
        return False

    def end(self) -> None:
        """Stops it."""
        self.stop(signal.SIGTERM)


class Postgres(Server):
    """The database on a private socket, without TCP."""

    def __init__(self, home: Home, programs: Binaries, who: Runner, *, fsync: bool) -> None:
        super().__init__(home, programs, who)
        self.fsync = fsync

    def start(self) -> None:
        """Makes the cluster if there is none, ends an orphan of it, starts, waits."""
        if not (self.home.postgres / "PG_VERSION").exists():
            self._create()
        end_orphan(
            self.home.postgres_pid, self.programs.postgres, self.home.postgres,
            signal.SIGINT, signal.SIGQUIT,
        )  # fmt: skip
        options = {
            "listen_addresses": "", "unix_socket_directories": str(self.home.sockets),
            "max_connections": "200", "jit": "off",
            # The passwords are 32 random bytes: stretching them would only slow connecting.
            "scram_iterations": "1",
            # A report may name a constraint, never the values of a row or of a statement.
            "log_error_verbosity": "terse", "log_min_error_statement": "panic",
        }  # fmt: skip
        if not self.fsync:
            options |= {
                "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
                "wal_level": "minimal", "max_wal_senders": "0", "autovacuum": "off",
            }  # fmt: skip
        settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        command = [self.programs.postgres, "-D", self.home.postgres, *settings]
        self.launch("postgres", command, signal.SIGINT)
        self.wait_until(self.answers, "postgres")

    def _create(self) -> None:
        """`initdb` beside the final place, then one rename: a killed attempt leaves no half."""
        fresh = self.home.root / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        secret = self.home.valkey / "initial"
        secret.touch(mode=0o600)
        secret.write_text(self.home.passwords()["postgres"])
        if self.who.switches:
            os.chown(fresh, self.who.uid, self.who.gid)
            os.chown(secret, self.who.uid, self.who.gid)
        command = [
            self.programs.initdb, "-D", fresh, "-U", "postgres", f"--pwfile={secret}",
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions",
            *([] if self.fsync else ["--no-sync"]),
        ]  # fmt: skip
        try:
            self.launch("postgres", command, signal.SIGKILL)
            assert self.child is not None
            self.wait_until(lambda: self.child is not None and self.child.poll() == 0, "postgres")
        finally:
            secret.unlink()
        fresh.rename(self.home.postgres)

    def answers(self) -> bool:
        """Whether the server that we started says that it is ready."""
        lines = _lines(self.home.postgres_pid)
        assert self.child is not None
        return len(lines) > 7 and lines[0] == str(self.child.pid) and lines[7].strip() == "ready"

    def end(self) -> None:
        """Stops it: fast, then at once."""
        self.stop(signal.SIGINT, signal.SIGQUIT)


def _lines(said: Path) -> list[str]:
    """The lines of a server's own pid file, empty when it is gone or half written."""
    try:
        return said.read_text().splitlines()
    except OSError:
        return []


def end_orphan(said: Path, program: Path, place: Path, *signals: signal.Signals) -> None:
    """A server whose keeper was killed may still be stopping, or run on: this ends it."""
    pid = next(iter(_lines(said)), "")
    for number in (*signals, signal.SIGKILL):
        if not pid.isdigit() or not _runs(int(pid), program, place):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), number)
        deadline = time.monotonic() + FAST_STOP_SECONDS
        while _runs(int(pid), program, place) and time.monotonic() < deadline:
            time.sleep(0.01)


def _runs(pid: int, program: Path, place: Path) -> bool:
    """Whether this process is the server of that place, and not a stranger with a reused id."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        if Path("/proc/self").exists():
            return False
        listed = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True)
        command = listed.stdout
    return all(os.fsencode(part) in command for part in (program.name, place))
