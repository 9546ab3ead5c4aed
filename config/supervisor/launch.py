"""Puts a whole service together: engines, tables, programs; for `up`, `story` and tests."""

import contextlib
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from config.engines.holding import Hold, hold_missing
from config.engines.places import home_of, kept
from config.supervisor.tree import (
    NotReady,
    Program,
    Tree,
    answers,
    listens,
    programs,
    refuse_taken,
)

READY_WITHIN_SECONDS = 240.0  # five programs that start at once on a small machine
SANDBOX_PORT = "sandbox_port"  # a file of the home's state
Say = Callable[[str], None]


@dataclass(frozen=True)
class Running:
    """A service that runs: its addresses, its variables and its programs."""

    url: str
    environ: Mapping[str, str]
    tree: Tree

    def command(self, *arguments: str) -> int:
        """Runs one more command of ours beside it, on our terminal; gives its exit status."""
        return subprocess.run(
            [sys.executable, "-m", "config", *arguments], env={**self.environ}
        ).returncode

    def program(self, name: str) -> Program:
        """One of its programs."""
        return next(one for one in self.tree.programs if one.name == name)


def demonstration(environ: Mapping[str, str], *, sandbox_port: int) -> dict[str, str]:
    """The variables of a demonstration: everything real but the money, keys made once."""
    state = Path(environ["STATE_DIR"])
    return {
        "DEMO": "1",
        "PROFILE": environ.get("PROFILE") or "cnom2016",
        **sandbox(state, sandbox_port=sandbox_port),
    }


def sandbox(state: Path, *, sandbox_port: int) -> dict[str, str]:
    """The variables that send payments to the sandbox of this machine."""

    def word(name: str) -> str:
        path = state / name
        if path.exists() and not path.stat().st_size:  # once, a start that was killed left it so
            path.unlink(missing_ok=True)
        return kept(path, secrets.token_hex(16))

    return {
        "STRIPE_API_BASE": f"http://127.0.0.1:{sandbox_port}",
        "STRIPE_PLATFORM_KEY": f"sk_test_{word('sandbox_key')}",
        "STRIPE_WEBHOOK_SECRET_PLATFORM": f"whsec_{word('webhook_platform')}",
        "STRIPE_WEBHOOK_SECRET_ACCOUNTS": f"whsec_{word('webhook_accounts')}",
    }


def note_sandbox(environ: Mapping[str, str], *, port: int) -> None:
    """Keep where the sandbox of this home listens, for commands run beside it."""
    (Path(environ["STATE_DIR"]) / SANDBOX_PORT).write_text(str(port))


def sandbox_beside(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of the sandbox that runs for this home, unless payments are set already."""
    state = environ.get("STATE_DIR")
    if not state or environ.get("STRIPE_PLATFORM_KEY") or environ.get("STRIPE_API_BASE"):
        return {}
    noted = Path(state) / SANDBOX_PORT
    port = int(noted.read_text()) if noted.exists() else 0
    return sandbox(Path(state), sandbox_port=port) if port and listens(port) else {}


def start_engines(environ: Mapping[str, str]) -> tuple[Hold | None, dict[str, str]]:
    """The embedded services that the environment does not name, held, and the new environment."""
    hold, given = hold_missing(environ)
    home = home_of(environ)
    places = {"STATE_DIR": str(home.state), "LOG_DIR": str(home.public)}
    return hold, {**places, **environ, **given}


@contextlib.contextmanager
def engines(environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The environment with the embedded services that it does not name, for a while."""
    hold, complete = start_engines(environ)
    try:
        yield complete
    finally:
        if hold:
            hold.release()


def prepare(environ: Mapping[str, str]) -> None:
    """Makes the tables where this machine knows their owner, and registers the shipped texts."""
    if not environ.get("DATABASE_OWNER_URL"):
        return
    for command in ("prepare", "publish"):
        done = subprocess.run(
            [sys.executable, "-m", "config", command],
            env={**environ}, capture_output=True, text=True, start_new_session=True,
        )  # fmt: skip
        if done.returncode:
            raise NotReady(f"`{command}` does not succeed:\n{done.stderr.strip()[-2000:]}")


@contextlib.contextmanager
def running(
    environ: Mapping[str, str],
    *,
    port: int,
    sandbox_port: int | None,
    reports: Path,
    say: Say = print,
) -> Iterator[Running]:
    """Starts the programs on a complete environment, waits for their answers, stops them."""
    refuse_taken(port, "--port")
    if sandbox_port is not None:
        refuse_taken(sandbox_port, "--sandbox-port")
    tree = Tree(
        programs(port=port, sandbox_port=sandbox_port, state=Path(environ["STATE_DIR"])),
        environ,
        reports,
        say,
    )
    try:
        tree.start()
        tree.wait_until(
            lambda: (sandbox_port is None or listens(sandbox_port)) and answers(port),
            within=READY_WITHIN_SECONDS,
        )
        yield Running(f"http://localhost:{port}", environ, tree)
    finally:
        tree.stop()
