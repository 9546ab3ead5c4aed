"""`teleconseil books`: every book with its accounts and its sum, as of any instant."""

import csv
from argparse import ArgumentParser
from datetime import datetime
from io import StringIO
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from billing.money import euros
from billing.queries import books


class Command(BaseCommand):
    """Prints the books; exit status 1 when one does not sum to zero."""

    help = "Print every book: accounts, balances, and the sum, which is zero."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say as of when, and in which form."""
        parser.add_argument("--at", help="ISO 8601 instant with its zone; now by default")
        parser.add_argument("--book", help="one book: platform or dr:<RPPS>")
        parser.add_argument("--csv", action="store_true", help="cents, for a spreadsheet")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read and print."""
        try:
            at = datetime.fromisoformat(options["at"]) if options["at"] else None
        except ValueError as error:
            raise CommandError(f"--at: {error}") from None
        if at is not None and at.tzinfo is None:
            raise CommandError("--at: say the zone, as in 2026-11-21T20:00:00+01:00")
        states = books(at=at, name=options["book"])
        if options["csv"]:
            writer = csv.writer(self.stdout)
            writer.writerow(["book", "account", "cents"])
            for state in states:
                writer.writerows([state.name, *row] for row in state.accounts.items())
        else:
            self._print(states)
        if any(state.sum_cents for state in states):
            raise CommandError("a book does not sum to zero")

    def _print(self, states: list[Any]) -> None:
        table = Table("book", "account", "balance", title="Livres")
        table.columns[2].justify = "right"
        for state in states:
            for account, cents in state.accounts.items():
                if cents:
                    table.add_row(state.name, account, euros(cents))
            table.add_row(state.name, "somme", euros(state.sum_cents), style="bold")
            table.add_section()
        paper = StringIO()
        Console(file=paper, width=80).print(table)
        self.stdout.write(paper.getvalue())
