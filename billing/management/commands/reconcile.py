"""`teleconseil reconcile`: each account's balance beside its book; prints differences only."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from billing import gateway
from billing.actions.payments import PaymentUnavailable
from billing.actions.reconciling import Compared, compare, sides
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
        parser.add_argument("--json", action="store_true", help="one JSON line a book")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look at every account; exit status 1 when something is unexplained or out of reach."""
        since = _moment(options["since"])
        wrong = 0
        for side in sides():
            if options["book"] not in (None, side.book):
                continue
            try:
                found = compare(side=side, since=since, now=timezone.now())
            except LOST as lost:
                self.stderr.write(f"{side.book}: not reached ({lost})")
                wrong += 1
                continue
            wrong += self._said(found, as_json=options["json"])
        if wrong:
            raise CommandError(f"{wrong} books are not explained whole")

    def _said(self, found: Compared, *, as_json: bool) -> int:
        """Print what was found; 1 when something is unexplained."""
        off = bool(found.unexplained or found.difference_cents)
        if as_json:
            said = {**asdict(found), "difference_cents": found.difference_cents}
            self.stdout.write(json.dumps(said))
        elif off or found.written:
            for line in found.written:
                self.stdout.write(f"{found.book}: written {line}")
            for line in found.unexplained:
                self.stdout.write(f"{found.book}: UNEXPLAINED {line}, on the account external")
            if found.difference_cents:
                self.stdout.write(
                    f"{found.book}: Stripe has {euros(found.balance_cents)}, the book"
                    f" {euros(found.book_cents)}: difference {euros(found.difference_cents)}"
                )
        return int(off)


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
