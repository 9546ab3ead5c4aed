"""`teleconseil whatif --pack DRAFT`: which recorded decisions would another pack have turned?"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from audit.law import packs
from audit.law.checks import PackError
from audit.law.evaluator import UnknownProfile
from audit.law.model import Pack
from audit.law.replay import replayed
from audit.models import Entry, RulePack


class Command(BaseCommand):
    """Replay every recorded decision under a draft; write nothing."""

    help = "List the recorded decisions whose outcome a draft pack would change. Writes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """The draft, and how to print."""
        parser.add_argument(
            "--pack", type=Path, required=True, help="a folder of texts, or a whole pack as JSON"
        )
        parser.add_argument("--jsonl", action="store_true", help="one flip a line, as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Replay in a transaction that the database itself keeps from writing."""
        try:
            draft = pack_from(options["pack"])
        except (PackError, OSError, ValueError, KeyError, TypeError) as error:
            raise CommandError(f"whatif: {error}", returncode=2) from None
        replays = flips = left_open = 0
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")
            for entry, decision, was in decisions():
                try:
                    replay = replayed(decision, draft, was=was)
                except UnknownProfile as error:
                    raise CommandError(f"whatif: the draft lacks the profile {error}") from None
                replays += 1
                left_open += replay.outcome is None
                if not replay.flips:
                    continue
                flips += 1
                told = {
                    "entry": entry.id, "type": entry.type, "at": decision["at"],
                    "recorded": replay.recorded, "draft": replay.outcome,
                    "rules": list(replay.changed),
                }  # fmt: skip
                self.stdout.write(json.dumps(told) if options["jsonl"] else line_of(told))
        self.stderr.write(
            f"{replays} decisions replayed under {draft.ref.sha256[:12]}: {flips} flip, "
            f"{left_open} cannot be told because facts are sealed"
        )


def pack_from(path: Path) -> Pack:
    """The draft: a folder of dated texts, checked row by row, or a whole pack in one file."""
    if path.is_dir():
        return packs.load(path.absolute())
    return packs.from_body(json.loads(path.read_text(encoding="utf-8")))


def decisions() -> Iterator[tuple[Entry, dict[str, Any], Pack]]:
    """Every entry that carries a decision, with the decision and the pack it was judged by."""
    known: dict[str, Pack] = {}
    for entry in Entry.objects.order_by("id").iterator():
        decision = json.loads(bytes(entry.body)).get("decision")
        if not decision:
            continue
        sha256 = decision["pack"]["sha256"]
        if sha256 not in known:
            body = bytes(RulePack.objects.get(pk=sha256).body)
            known[sha256] = packs.from_body(json.loads(body))
        yield entry, decision, known[sha256]


def line_of(told: dict[str, Any]) -> str:
    """A flip in one line for a terminal."""
    rules = ", ".join(told["rules"])
    return (
        f"entry {told['entry']}  {told['type']}  {told['at']}  "
        f"{told['recorded']} -> {told['draft']}  ({rules})"
    )
