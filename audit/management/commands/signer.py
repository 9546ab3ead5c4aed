"""`teleconseil signer`: sign the tree as it grows, and publish it."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from audit import sequencer, signer
from audit.publisher import Folder

REST_SECONDS = 1.0


def places() -> signer.Places:
    """Return the signer's places out of the settings; a command error names what is missing."""
    private = settings.STATE_DIR
    if private is None:
        raise CommandError("signer: STATE_DIR names no private folder for the key and the state")
    key = settings.SIGNER_KEY or private / signer.KEY
    return signer.Places(
        key=Folder(key.parent),
        private=Folder(private),
        public=Folder(settings.LOG_DIR or private / "log"),
        key_name=key.name,
    )


class Command(BaseCommand):
    """Run the signer."""

    help = "Sign the log's tree as it grows and publish tiles and checkpoint, until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or SIGINT, or until the tree does not continue what was signed."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())

        def rest(using: str) -> None:
            sequencer.wait(using=using, channel=sequencer.GROWN, seconds=REST_SECONDS)

        try:
            signer.run(stop=stop, places=places(), rest=rest)
        except signer.Refused as refused:
            raise CommandError(f"signer: {refused}") from refused
        except OSError as error:
            raise CommandError(f"signer: {error}") from error
