"""`teleconseil export_log DIR`: a whole export of the log, and its verifier key beside it."""

import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.module_loading import import_string

from audit import sequencer, signer
from audit.actions.exporting import export_log, openings_beside
from audit.facts import SYSTEM
from audit.queries import tree

PAUSE_SECONDS = 0.1


class Command(BaseCommand):
    """Export the log."""

    help = "Write the whole log to DIR (tlog-tiles with entries) and its verifier key to DIR.vkey."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the folder, the key's file and how long to wait for the signer."""
        parser.add_argument("folder", type=Path, help="a new folder for the export")
        parser.add_argument("--key-out", type=Path, help="where the verifier key goes")
        parser.add_argument(
            "--openings",
            action="store_true",
            help="an authorised export: DIR.openings.json opens the sealed facts (health)",
        )
        parser.add_argument(
            "--wait",
            type=float,
            default=30.0,
            metavar="SECONDS",
            help="how long the signer may take",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Wait until everything written so far is signed, then export."""
        folder: Path = options["folder"]
        if folder.exists() and any(folder.iterdir()):
            raise CommandError(f"{folder} is not empty")
        key_out = options["key_out"] or folder.with_name(folder.name + ".vkey")
        key = (settings.STATE_DIR or Path()) / signer.VKEY
        unsigned = wait_until_signed(seconds=options["wait"])
        try:
            signed = export_log(
                folder=folder,
                export_id=uuid4(),
                actor=SYSTEM,
                now=datetime.now(UTC),
                key_of=import_string(settings.CONTENT_KEY_OF) if options["openings"] else None,
            )
            key_out.write_bytes(key.read_bytes())
        except tree.NothingSigned as error:
            raise CommandError(f"{error}: is `teleconseil signer` running?") from error
        except FileNotFoundError as error:
            raise CommandError(f"the signer's public key is not at {key}") from error
        self.stdout.write(f"{signed.size} entries in {folder}, verifier key in {key_out}")
        if options["openings"]:
            self.stdout.write(f"openings of sealed facts in {openings_beside(folder=folder)}")
        if unsigned:
            self.stderr.write(f"{unsigned} newer entries are not signed yet and stay out")


def wait_until_signed(*, seconds: float) -> int:
    """Wait until a checkpoint covers what is written now; return how many entries it does not."""
    end = time.monotonic() + seconds
    wanted, signed = tree.written_and_signed(using="default")
    while signed < wanted and time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute(f"NOTIFY {sequencer.WAKE}")
        time.sleep(PAUSE_SECONDS)
        signed = tree.written_and_signed(using="default")[1]
    return max(0, wanted - signed)
