"""A tree of programs: starts them, starts them again when they die, stops them all.

Children never outlive us: they are told to stop, then killed; and were we killed, the kernel
would tell them (`die_with_parent`).
"""

import ctypes
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from config.engines.places import CHECKOUT

PARENT = "TELECONSEIL_PARENT"
PR_SET_PDEATHSIG = 1
STOP_WITHIN_SECONDS = 3.0
LONGEST_PAUSE_SECONDS = 30.0
OWN_PORTS = range(20_000, 32_000)
STEADY_AFTER_SECONDS = 60.0
# No running program owns the tables; only the log's own programs may write its pipeline.
OWNERS = frozenset({"DATABASE_OWNER_URL", "KEYS_OWNER_URL"})
LOG_ONLY = frozenset({"DATABASE_SEQUENCER_URL"})


class PortTaken(Exception):
    """Another program listens where one of ours should."""


class NotReady(Exception):
    """A program ended, or did not answer in time; the text names its report."""


@dataclass
class Program:
    """One child: its command line, what it may know, and its fate so far."""

    name: str
    arguments: tuple[str, ...] = ()
    withheld: frozenset[str] = OWNERS | LOG_ONLY
    child: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started_at: float = 0.0
    again_at: float = 0.0

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.child is not None and self.child.poll() is None


def programs(*, port: int, sandbox_port: int | None, state: Path) -> list[Program]:
    """The programs of a whole service, in the order in which they start."""
    log = OWNERS
    tree = [
        Program("signer", withheld=log),
        Program("sequencer", withheld=log),
        Program("worker"),
        Program("web", ("--port", str(port), "--drain", "2")),
    ]
    if sandbox_port is not None:
        site = f"http://127.0.0.1:{port}"
        arguments = ("--port", str(sandbox_port), "--state", str(state / "sandbox"))
        tree.insert(0, Program("sandbox", (*arguments, "--site", site)))
    return tree


@dataclass
class Tree:
    """Runs programs with one environment; `say` is told what a person should know."""

    programs: Sequence[Program]
    environ: Mapping[str, str]
    reports: Path
    say: Callable[[str], None] = field(default=print)

    def start(self) -> None:
        """Starts every program."""
        self.reports.mkdir(parents=True, exist_ok=True)
        for program in self.programs:
            self._launch(program)

    def report_of(self, program: Program) -> Path:
        """Where a program's output goes."""
        return self.reports / f"{program.name}.log"

    def _launch(self, program: Program) -> None:
        environ = {k: v for k, v in self.environ.items() if k not in program.withheld}
        environ |= {PARENT: str(os.getpid()), "PYTHONUNBUFFERED": "1"}
        environ["PYTHONPATH"] = os.pathsep.join(
            part for part in (str(CHECKOUT), self.environ.get("PYTHONPATH", "")) if part
        )
        with self.report_of(program).open("ab") as report:
            program.child = subprocess.Popen(
                [sys.executable, "-m", "config", program.name, *program.arguments],
                stdin=subprocess.DEVNULL, stdout=report, stderr=report, env=environ,
                # Ctrl-C reaches us alone; we tell the children, in order.
                start_new_session=True,
            )  # fmt: skip
        program.started_at = time.monotonic()

    def check(self) -> None:
        """Starts again what has died, later and later; call it a few times a second."""
        for program in self.programs:
            now = time.monotonic()
            if program.alive or program.child is None:
                if now - program.started_at > STEADY_AFTER_SECONDS:
                    program.deaths = 0
                if program.child is None and now >= program.again_at:
                    self._launch(program)
                continue
            pause = min(0.5 * 2**program.deaths, LONGEST_PAUSE_SECONDS)
            program.deaths += 1
            self.say(
                f"{program.name} ended ({_fate(program.child.returncode)}); "
                f"starting again in {pause:g} s, see {self.report_of(program)}"
            )
            program.child, program.again_at = None, now + pause

    def wait_until(self, ready: Callable[[], bool], *, within: float) -> None:
        """Waits until `ready()`; a program that ends meanwhile is an error."""
        deadline = time.monotonic() + within
        while not ready():
            for program in self.programs:
                if not program.alive:
                    report = self.report_of(program)
                    raise NotReady(f"{program.name} does not start: {_last(report)}\n  {report}")
            if time.monotonic() > deadline:
                raise NotReady(f"no answer within {within:g} s, see {self.reports}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Tells everything to stop, and kills what has not in time.

        The sandbox comes last: a payment that is under way still gets its answer.
        """
        begun = time.monotonic()
        for last in (False, True):
            deadline = begun + STOP_WITHIN_SECONDS * (1.0 if last else 0.8)
            running = [
                one for one in self.programs if one.alive and (one.name == "sandbox") is last
            ]
            for program in running:
                _send(program, signal.SIGTERM)
            for program in running:
                self._wait(program, deadline)

    def _wait(self, program: Program, deadline: float) -> None:
        assert program.child is not None
        try:
            program.child.wait(max(0.2, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.say(f"{program.name} does not stop and is killed")
            _send(program, signal.SIGKILL)
            program.child.wait()


def _send(program: Program, number: signal.Signals) -> None:
    """Signals the program and whatever it started, which share its session."""
    assert program.child is not None
    try:
        os.killpg(program.child.pid, number)
    except ProcessLookupError:
        return


def _fate(code: int) -> str:
    return f"status {code}" if code >= 0 else signal.Signals(-code).name


def _last(report: Path) -> str:
    lines = report.read_text(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else "it says nothing"


def answers(port: int, path: str = "/sante/") -> bool:
    """Whether the web server answers."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as line:
        try:
            line.request("GET", path, headers={"Host": "localhost"})
            return line.getresponse().status < 500
        except (OSError, HTTPException):
            return False


def listens(port: int) -> bool:
    """Whether anything accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def refuse_taken(port: int, option: str) -> None:
    """Raises PortTaken, with what to do, when the port cannot be ours."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OverflowError:
            raise PortTaken(f"{port} is no port number: choose one with {option}") from None
        except OSError:
            raise PortTaken(
                f"port {port} is taken by another program: choose another with {option}"
            ) from None


def free_ports(among: Sequence[int] = OWN_PORTS) -> Iterator[int]:
    """Ports that are free when they are drawn, none twice; PortTaken when there are no more.

    No outgoing connection will be given one meanwhile: they lie below what systems hand out by
    themselves (32768 on Linux, 49152 elsewhere).
    """
    yield from filter(_is_free, random.sample(among, len(among)))
    raise PortTaken(f"no port from {among[0]} to {among[-1]} is free")


def _is_free(port: int) -> bool:
    with socket.socket() as probe, suppress(OSError):
        probe.bind(("127.0.0.1", port))
        return True
    return False


def die_with_parent(environ: Mapping[str, str]) -> None:
    """In a child: on Linux, asks the kernel for a SIGTERM when the parent goes, even killed."""
    parent = environ.get(PARENT, "")
    if not parent or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):  # it went before we could ask
        sys.exit(0)
