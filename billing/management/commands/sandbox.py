"""`teleconseil sandbox --port N --state FILE`: the payment sandbox, until it is stopped."""

import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from billing.sandbox.server import running


class Command(BaseCommand):
    """Runs the payment sandbox."""

    help = "Run the payment sandbox: hosted pages, kept answers, signed webhooks. No real money."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say where to listen, what to remember, and whom to tell."""
        parser.add_argument(
            "--port", type=int, required=True, help="where it listens, on this machine"
        )
        parser.add_argument("--state", type=Path, required=True, help="the file it remembers in")
        parser.add_argument("--site", default="", help="origin of the site that gets webhooks")

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until SIGTERM or SIGINT."""
        site = options["site"].rstrip("/")
        endpoints = {
            "platform": (
                f"{site}/stripe/plateforme/" if site else "",
                settings.STRIPE_WEBHOOK_SECRET_PLATFORM,
            ),
            "accounts": (
                f"{site}/stripe/comptes/" if site else "",
                settings.STRIPE_WEBHOOK_SECRET_ACCOUNTS,
            ),
        }
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        state: Path = options["state"]
        state.parent.mkdir(parents=True, exist_ok=True)
        with running(
            port=options["port"], state=state, key=settings.STRIPE_PLATFORM_KEY,
            endpoints=endpoints,
        ) as server:  # fmt: skip
            self.stdout.write(f"sandbox ready on {server.sandbox.base}")
            self.stdout.flush()
            stopping.wait()
