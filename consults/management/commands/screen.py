"""`teleconseil screen`: what the intake screen hears in a message. Needs no database."""

import json
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from consults.screen import LABELS, screen
from consults.screen.measure import Share, measured

NOTHING_READ = "screen: EMPTY_INPUT: there is nothing to read on standard input"


class BadLine(ValueError):
    """A line of `--jsonl` without a message; `code` is stable."""

    def __init__(self, code: str, says: str) -> None:
        """Raise with a stable code and a sentence."""
        super().__init__(says)
        self.code = code


class Command(BaseCommand):
    """Screen standard input, or measure the screen on a labelled file."""

    help = "Screen one message from standard input, or one a line, and print JSON."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """One message, many, or a measurement."""
        parser.add_argument("--jsonl", action="store_true", help='lines {"text": …} on input')
        parser.add_argument(
            "--evaluate",
            metavar="FILE",
            nargs="+",
            help='lines {"text", "label"}: precision and recall',
        )
        parser.add_argument("--misses", action="store_true", help="with --evaluate: show them")

    def handle(self, *args: Any, **options: Any) -> None:
        """Screen or measure; a line that cannot be read is named and the rest goes on."""
        if options["evaluate"]:
            return self._evaluate(options["evaluate"], options["misses"])
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
        if options["jsonl"]:
            return self._lines()
        text = sys.stdin.read()
        if not text.strip():
            raise CommandError(NOTHING_READ, returncode=2)
        return print(json.dumps(screen(text).as_json(), ensure_ascii=False))

    def _lines(self) -> None:
        """One line of output for each line of input that is not blank."""
        read = wrong = 0
        for number, line in enumerate(sys.stdin, 1):
            if not line.strip():
                continue
            read += 1
            try:
                answer = screen(text_of(line)).as_json()
            except BadLine as bad:
                wrong += 1
                answer = {"error": bad.code, "line": number, "says": str(bad)}
            sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        sys.stdout.flush()
        if not read:
            raise CommandError(NOTHING_READ, returncode=2)
        if wrong:
            raise CommandError(f"screen: {wrong} line(s) could not be read", returncode=2)

    def _evaluate(self, names: list[str], misses: bool) -> None:
        try:
            lines = [line for name in names for line in Path(name).read_text("utf-8").splitlines()]
            rows = [json.loads(line) for line in lines if line.strip()]
            screen("Bonjour")  # what is read once is not counted
            started = perf_counter()
            pairs = [(row["label"], screen(row["text"]).label) for row in rows]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CommandError(f"screen: {', '.join(names)}: {error}", returncode=2) from None
        each = (perf_counter() - started) / max(1, len(rows))
        found = measured(pairs)
        print(
            f"{len(rows)} messages; 95 % bounds by Clopper and Pearson; {1000 * each:.1f} ms each"
        )
        for label in LABELS:
            recall, precision = found.recall[label], found.precision[label]
            print(f"{label:28} recall {said(recall)}   precision {said(precision)}")
        print(f"{'danger, alarm raised':28} recall {said(found.danger_heard)}")
        print(f"{'ordinary, wrongly stopped':28}        {said(found.wrongly_stopped)}")
        for row, (true, heard) in zip(rows, pairs, strict=True):
            if misses and true != heard:
                print(f"  {true} heard as {heard}: {row['text']}")


def text_of(line: str) -> str:
    """The message of one line of `--jsonl`; BadLine when there is none."""
    try:
        read = json.loads(line)
    except (ValueError, RecursionError):
        raise BadLine("NOT_JSON", "this line is not JSON") from None
    if not isinstance(read, dict) or not isinstance(read.get("text"), str):
        raise BadLine("NO_TEXT", 'a line is {"text": "…"}')
    if not read["text"].strip():
        raise BadLine("EMPTY_TEXT", "the text is empty")
    return str(read["text"])


def said(share: Share) -> str:
    """A share with its counts and bounds."""
    if share.value is None:
        return "none".ljust(26)
    low, high = share.bounds
    return f"{share.hits}/{share.tries} = {share.value:.1%} [{low:.1%}; {high:.1%}]".ljust(34)
