"""`teleconseil worker`: deadlines, leases, payments and screening, until told to stop."""

from typing import Any

from django.core.management.base import BaseCommand

from broker.worker import Worker


class Command(BaseCommand):
    """Run the worker in the foreground; SIGTERM and SIGINT end it after the round under way."""

    help = "Move deadlines, reservations, payments and the reading of messages on, until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until a signal comes."""
        self.stdout.write("worker: en marche")
        self.stdout.flush()
        Worker().run_until_signal()
        self.stdout.write("worker: arrêté")
