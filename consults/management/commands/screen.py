"""`teleconseil screen`: what the intake screen hears in a message. Needs no database."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from consults.screen import LABELS, screen
from consults.screen.measure import Share, measured


class Command(BaseCommand):
    """Screen standard input, or measure the screen on a labelled file."""

    help = "Screen one message from standard input, or one a line, and print JSON."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """One message, many, or a measurement."""
        parser.add_argument("--jsonl", action="store_true", help='lines {"text": …} on input')
        parser.add_argument(
            "--evaluate", metavar="FILE", help='lines {"text", "label"}: precision and recall'
        )
        parser.add_argument("--misses", action="store_true", help="with --evaluate: show them")

    def handle(self, *args: Any, **options: Any) -> None:
        """Screen or measure; a line that cannot be read is named and the rest goes on."""
        if options["evaluate"]:
            return self._evaluate(options["evaluate"], options["misses"])
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
        if not options["jsonl"]:
            return print(json.dumps(screen(sys.stdin.read()).as_json(), ensure_ascii=False))
        wrong = 0
        for line in sys.stdin:
            if not line.strip():
                continue
            answer: dict[str, object]
            try:
                answer = screen(text_of(line)).as_json()
            except ValueError as error:
                wrong += 1
                answer = {"error": str(error)}
            sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        sys.stdout.flush()
        if wrong:
            raise CommandError(f"screen: {wrong} line(s) could not be read", returncode=2)
        return None

    def _evaluate(self, name: str, misses: bool) -> None:
        try:
            lines = Path(name).read_text(encoding="utf-8").splitlines()
            rows = [json.loads(line) for line in lines if line.strip()]
            pairs = [(row["label"], screen(row["text"]).label) for row in rows]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CommandError(f"screen: {name}: {error}", returncode=2) from None
        found = measured(pairs)
        print(f"{len(rows)} messages; 95 % bounds by Clopper and Pearson")
        for label in LABELS:
            recall, precision = found.recall[label], found.precision[label]
            print(f"{label:28} recall {said(recall)}   precision {said(precision)}")
        print(f"{'danger, alarm raised':28} recall {said(found.danger_heard)}")
        print(f"{'ordinary, wrongly stopped':28}        {said(found.wrongly_stopped)}")
        for row, (true, heard) in zip(rows, pairs, strict=True):
            if misses and true != heard:
                print(f"  {true} heard as {heard}: {row['text']}")


def text_of(line: str) -> str:
    """The message of one line of `--jsonl`; ValueError when there is none."""
    read = json.loads(line)
    if not isinstance(read, dict) or not isinstance(read.get("text"), str):
        raise ValueError('a line is {"text": "…"}')
    return str(read["text"])


def said(share: Share) -> str:
    """A share with its counts and bounds."""
    if share.value is None:
        return "none".ljust(26)
    low, high = share.bounds
    return f"{share.hits}/{share.tries} = {share.value:.1%} [{low:.1%}; {high:.1%}]".ljust(34)
