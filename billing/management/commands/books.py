"""`teleconseil books`: every book with its accounts and its sum, as of any instant."""

import csv
from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import datetime
from io import StringIO
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from billing.money import euros
from billing.queries.books import BookState, books, miscounted, rows_of


class Command(BaseCommand):
    """Prints the books; exit status 1 when one does not sum to zero."""

    help = "Print every book: accounts, balances, and the sum, which is zero."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say as of when, and in which form."""
        parser.add_argument("--at", help="ISO 8601 instant with its zone; now by default")
        parser.add_argument("--book", help="one book: platform or dr:<RPPS>")
        parser.add_argument("--account", help="one account of each book, such as stripe")
        parser.add_argument("--question", help="the rows about one question, by its id")
        parser.add_argument("--check", action="store_true", help="count every row again as well")
        parser.add_argument("--csv", action="store_true", help="cents, for a spreadsheet")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read and print."""
        try:
            at = datetime.fromisoformat(options["at"]) if options["at"] else None
        except ValueError as error:
            raise CommandError(f"--at: {error}") from None
        if at is not None and at.tzinfo is None:
            raise CommandError("--at: say the zone, as in 2026-11-21T20:00:00+01:00")
        if options["question"]:
            self._question(options["question"], as_csv=options["csv"])
            return
        states = books(at=at, name=options["book"])
        if options["book"] and not states:
            raise CommandError(f"--book: there is no book {options['book']!r}")
        rows = [
            (state.name, name, cents)
            for state in states
            for name, cents in state.accounts.items()
            if options["account"] in (None, name)
        ]
        if options["csv"]:
            self._csv(["book", "account", "cents"], rows)
        else:
            self._print(states, options["account"])
        if any(state.sum_cents for state in states):
            raise CommandError("a book does not sum to zero")
        if options["check"] and (wrong := miscounted()):
            raise CommandError(f"kept sums differ from the rows in {', '.join(wrong)}")

    def _csv(self, names: list[str], rows: Iterable[Iterable[object]]) -> None:
        writer = csv.writer(self.stdout)
        writer.writerow(names)
        writer.writerows(rows)

    def _question(self, said: str, *, as_csv: bool) -> None:
        """The rows about one question, each in its book."""
        try:
            found = rows_of(UUID(said))
        except ValueError:
            raise CommandError(f"--question: {said!r} is no id") from None
        rows = [
            (row.posted_at.isoformat(), row.book.name, row.event, row.debit_name,
             row.credit_name, row.amount_cents)
            for row in found
        ]  # fmt: skip
        if as_csv:
            self._csv(["at", "book", "event", "debit", "credit", "cents"], rows)
            return
        table = Table("at", "book", "event", "debit", "credit", "amount")
        for *words, cents in rows:
            table.add_row(*map(str, words), euros(int(cents)))
        self._paper(table)

    def _print(self, states: list[BookState], account: str | None) -> None:
        table = Table("book", "account", "balance", title="Livres")
        table.columns[2].justify = "right"
        for state in states:
            for name, cents in state.accounts.items():
                if cents and account in (None, name):
                    table.add_row(state.name, name, euros(cents))
            table.add_row(state.name, "somme", euros(state.sum_cents), style="bold")
            table.add_section()
        self._paper(table)

    def _paper(self, table: Table) -> None:
        paper = StringIO()
        Console(file=paper, width=120).print(table)
        self.stdout.write(paper.getvalue())
