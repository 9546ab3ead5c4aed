"""`teleconseil reconcile`: each account's balance beside its book; prints differences only.

What it finds goes to stdout, and how many books it looked at to stderr: nothing is an answer too.
A terminal shows the book that it is at.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console

from billing import gateway
from billing.actions.payments import PaymentUnavailable
from billing.actions.reconciling import Compared, Side, compare, sides
from billing.models import Book
from billing.money import euros

LOST = (gateway.Unreachable, gateway.Refused, PaymentUnavailable)


class Command(BaseCommand):
    """Fetches, writes what happened unasked, and says what no book explains."""

    help = "Compare every account's balance at Stripe with its book; print differences only."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say since when, and in which form."""
        parser.add_argument(
            "--since", help="ISO 8601 date or instant; by default since the last look"
        )
        parser.add_argument("--book", help="one book: platform or dr:<RPPS>")
        parser.add_argument(
            "--json", action="store_true", help="one JSON line for each book with something to say"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Look at every account; exit status 1 when something is unexplained or out of reach."""
        since, chosen = _moment(options["since"]), _chosen(options["book"])
        said = wrong = 0
        for side, found in _looked(chosen, since):
            if isinstance(found, Exception):
                self._lost(side.book, str(found) or type(found).__name__, as_json=options["json"])
                wrong += 1
                continue
            off = bool(found.unexplained or found.difference_cents)
            if off or found.written:
                self._said(found, as_json=options["json"])
                said += 1
            wrong += off
        looked = f"{len(chosen)} {'book' if len(chosen) == 1 else 'books'} looked at"
        if wrong:
            raise CommandError(f"{looked}, {wrong} not explained whole or not reached")
        told = f"{said} with something written" if said else "nothing to say"
        self.stderr.write(f"{looked}, {told}", style_func=str)

    def _lost(self, book: str, why: str, *, as_json: bool) -> None:
        """Say that an account did not answer: to a program with the rest, to a person apart."""
        if as_json:
            self.stdout.write(json.dumps({"book": book, "not_reached": why}))
        else:
            self.stderr.write(f"{book}: not reached ({why})")

    def _said(self, found: Compared, *, as_json: bool) -> None:
        """Print what was found beside one book."""
        if as_json:
            said = {**asdict(found), "difference_cents": found.difference_cents}
            self.stdout.write(json.dumps(said))
            return
        for line in found.written:
            self.stdout.write(f"{found.book}: written {line}")
        for line in found.unexplained:
            self.stdout.write(f"{found.book}: UNEXPLAINED {line}, on the account external")
        if found.difference_cents:
            self.stdout.write(
                f"{found.book}: Stripe has {euros(found.balance_cents)}, the book"
                f" {euros(found.book_cents)}: difference {euros(found.difference_cents)}"
            )


def _looked(
    chosen: Sequence[Side], since: datetime | None
) -> Iterator[tuple[Side, Compared | Exception]]:
    """Compare one account after the other: what was found, or why nobody could look."""
    screen = Console(stderr=True, force_terminal=sys.stderr.isatty())
    for number, side in enumerate(chosen, 1):
        found: Compared | Exception
        with screen.status(f"{side.book}, {number} of {len(chosen)}"):
            try:
                found = compare(side=side, since=since, now=timezone.now())
            except LOST as lost:
                found = lost
        yield side, found


def _chosen(book: str | None) -> list[Side]:
    """Every account that has a book, or the one beside the book named."""
    every = sides()
    if book is None:
        return every
    if not Book.objects.filter(name=book).exists():
        raise CommandError(f"--book: there is no book {book!r}")
    found = [side for side in every if side.book == book]
    if not found:  # a physician who is settled with at the practice alone
        raise CommandError(f"--book: there is no account at Stripe beside {book!r}")
    return found


def _moment(said: str | None) -> datetime | None:
    if not said:
        return None
    try:
        if len(said) == len("2026-11-21"):
            day = date.fromisoformat(said)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        moment = datetime.fromisoformat(said)
    except ValueError as error:
        raise CommandError(f"--since: {error}") from None
    if moment.tzinfo is None:
        raise CommandError("--since: say the zone, as in 2026-11-21T20:00:00+01:00")
    return moment
