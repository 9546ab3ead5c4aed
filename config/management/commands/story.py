"""`teleconseil story FILE`: the whole product without a browser, over a browser's doors."""

import contextlib
import json
import os
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from broker.story import log
from broker.story.cast import Cast, NoCast
from broker.story.client import DoorRefused, NotThisMachine
from broker.story.laws import violations
from broker.story.line import BadStory, read_file
from broker.story.result import Result
from broker.story.run import books, recorded, run
from config.engines.places import Unavailable, home_of
from config.supervisor.launch import demonstration, engines, prepare, running
from config.supervisor.tree import NotReady, PortTaken, free_ports

# Variables that would lead a story into somebody's data.
FOREIGN = ("DATABASE_", "KEYS_", "REDIS_", "STRIPE_", "STATE_DIR", "LOG_DIR", "SIGNER_KEY",
           "MASTER_KEY", "SECRET_KEY", "TELECONSEIL_HOME")  # fmt: skip

# What keeps a story from being told at all: exit status 2.
WRONG = (
    BadStory, NoCast, DoorRefused, NotThisMachine, NotReady, PortTaken, Unavailable, OSError,
)  # fmt: skip
WIDE = 170  # columns of a table that goes to a file


class Command(BaseCommand):
    """Plays a file of questions and checks the product's laws on what came of them."""

    help = "Play questions from a file over the real doors; exit status 1 if a law is broken."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, where to play it, and what to leave behind."""
        parser.add_argument("file", type=Path, help="one question a line: JSON or plain text")
        parser.add_argument("--url", default="", help="a running demonstration on this machine")
        parser.add_argument("--json", type=Path, metavar="OUT", help="the result as one object")
        parser.add_argument("--log", type=Path, metavar="DIR", help="leave an export of the log")
        parser.add_argument("--lanes", type=int, default=4, help="patients who ask at once")

    def handle(self, *args: Any, **options: Any) -> None:
        """Play, show, check; raises SystemExit with 1 when a law is broken."""
        folder: Path | None = options["log"]
        if folder and folder.exists() and any(folder.iterdir()):
            raise CommandError(f"{folder} is not empty")
        try:
            lines = read_file(options["file"])
            with contextlib.ExitStack() as stack:
                url, environ = options["url"], None
                if not url:
                    url, environ = stack.enter_context(own_house())
                result = self.told(url, environ, lines, folder, options["lanes"])
        except KeyboardInterrupt:
            raise SystemExit(130) from None
        except WRONG as wrong:
            raise CommandError(f"{type(wrong).__name__}: {wrong}", returncode=2) from None
        if options["json"]:
            text = json.dumps(result.as_json(), ensure_ascii=False, indent=1)
            options["json"].write_text(text + "\n", encoding="utf-8")
        wide = None if sys.stdout.isatty() else WIDE
        result.show(Console(highlight=False, width=wide))
        if result.status:
            raise SystemExit(result.status)

    def told(
        self,
        url: str,
        environ: Mapping[str, str] | None,
        lines: list[Any],
        folder: Path | None,
        lanes: int,
    ) -> Result:
        """Play every line with a bar of progress, then read the books and the log."""
        cast = Cast(url)
        with Progress(console=Console(stderr=True)) as bar:
            task = bar.add_task("questions", total=len(lines))

            def progress(number: int, step: str) -> None:
                bar.update(task, advance=step == "done", description=f"{number}: {step}")

            played = run(cast, lines, progress, lanes=lanes)
        kept = books(cast)
        if environ is None:
            found = violations(played, kept, recorded(cast, played), None)
            return Result(played, kept, None, found)
        with contextlib.ExitStack() as stack:
            where = folder or Path(stack.enter_context(tempfile.TemporaryDirectory())) / "log"
            log.take_out(where, environ)
            entries = list(log.entries(where))
            verified = replace(log.verify(where), entries=len(entries))
        found = violations(played, kept, entries, verified.status)
        return Result(played, kept, verified, found)


@contextlib.contextmanager
def own_house() -> Iterator[tuple[str, Mapping[str, str]]]:
    """A demonstration of its own in a fresh folder on free ports, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="teleconseil-story-") as folder:
        Path(folder).chmod(0o755)  # as root, the database runs as another user
        bare = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
        port, sandbox_port = islice(free_ports(), 2)
        with engines({**bare, "TELECONSEIL_HOME": str(Path(folder) / "home")}) as given:
            environ = given | demonstration(given, sandbox_port=sandbox_port)
            prepare(environ)
            reports = home_of(environ).reports
            with running(environ, port=port, sandbox_port=sandbox_port, reports=reports) as house:
                if house.command("demo", "--people-only", "--site", house.url):
                    raise NotReady("the demonstration's people cannot be made")
                yield house.url, environ
