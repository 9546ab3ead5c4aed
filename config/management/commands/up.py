"""`teleconseil up`: the whole service on this machine, until Ctrl-C."""

import os
import signal
import time
from argparse import ArgumentParser, BooleanOptionalAction
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from django.core.management import get_commands
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from config.engines.places import Unavailable, home_of
from config.supervisor.launch import (
    Running,
    demonstration,
    note_sandbox,
    prepare,
    running,
    start_engines,
)
from config.supervisor.tree import NotReady, PortTaken, refuse_taken

CHECK_EVERY_SECONDS = 0.2


class Stopped(BaseException):
    """Somebody asked us to stop."""


class Command(BaseCommand):
    """Starts everything, shows where to go, watches, stops everything."""

    help = "Runs the whole service here: databases, web, worker, log and payment sandbox."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen, where the data lie, with or without the demonstration's people."""
        parser.add_argument("--port", type=int, default=8000, help="where the site listens")
        parser.add_argument("--sandbox-port", type=int, help="the next one, if not given")
        parser.add_argument("--data", type=Path, help="the data folder, made if need be")
        parser.add_argument(
            "--demo", action=BooleanOptionalAction, default=True, help="demonstration people"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs until it is stopped."""
        self.console = Console(stderr=False, highlight=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, stop)
        try:
            with ExitStack() as stack:
                house = self.started(stack, **options)
                self.welcome(house, demo=options["demo"])
                while True:
                    if self.hold and self.hold.renew():
                        self.console.print("the embedded services ended and were started again")
                    house.tree.check()
                    time.sleep(CHECK_EVERY_SECONDS)
        except Stopped:
            self.console.print("Stopped.")
        except (NotReady, PortTaken, Unavailable) as error:
            raise CommandError(str(error)) from None

    def started(self, stack: ExitStack, **options: Any) -> Running:
        """Starts engines, tables and programs, one shown step after another."""
        port = options["port"]
        sandbox_port = options["sandbox_port"] or port + 1
        refuse_taken(port, "--port")
        environ = dict(os.environ)
        if options["data"]:
            environ["TELECONSEIL_HOME"] = str(options["data"].absolute())
        with self.step("Database and cache"):
            self.hold, environ = start_engines(environ)
            if self.hold:
                stack.callback(self.hold.release)
        own_money = bool(environ.get("STRIPE_PLATFORM_KEY"))
        if options["demo"] or not own_money:
            made = demonstration(environ, sandbox_port=sandbox_port)
            environ |= made if options["demo"] else made | {"DEMO": "0"}
            note_sandbox(environ, port=sandbox_port)
        with self.step("Tables, rights and guards"):
            prepare(environ)
        with self.step("Payment sandbox, signer, sequencer, worker, web"):
            return stack.enter_context(
                running(
                    environ,
                    port=port,
                    sandbox_port=None if own_money and not options["demo"] else sandbox_port,
                    reports=home_of(environ).reports,
                    say=self.console.print,
                )
            )

    def welcome(self, house: Running, *, demo: bool) -> None:
        """Says where to go; the demonstration has its own page of links."""
        if demo and "demo" in get_commands():
            status = house.command("demo", "--site", house.url)
            if status:
                self.console.print(f"the demonstration's data are incomplete (status {status})")
        self.console.print(f"\n  {house.url}/")
        self.console.print(f"  reports of the programs: {house.tree.reports}")
        self.console.print("  Ctrl-C stops everything; the data stay.\n")

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """One line of progress: moving while it lasts, then with its time."""
        begun = time.monotonic()
        with self.console.status(f"{name} …"):
            yield
        self.console.print(f"  [green]✓[/green] {name} ({time.monotonic() - begun:.1f} s)")


def stop(number: int, frame: object) -> None:
    """The first signal ends the command; more of them change nothing."""
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)
    raise Stopped
