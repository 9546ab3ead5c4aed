"""`teleconseil sequencer`: place entries in the tree until told to stop."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from audit import sequencer


class Command(BaseCommand):
    """Run the sequencer."""

    help = "Place the log's entries in its tree until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or SIGINT."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        sequencer.run(stop=stop)
