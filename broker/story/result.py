"""A story's result: one table, both books with their sums, the verifier, what law was broken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from billing.money import euros
from broker.story.laws import LAWS, Violation
from broker.story.log import Verified
from broker.story.played import Played

TEXT_SHOWN = 46


@dataclass(frozen=True)
class Result:
    """Everything a story ends with; `verified` is None when the log was out of reach."""

    played: Sequence[Played]
    books: Sequence[Mapping[str, Any]]
    verified: Verified | None
    violations: Sequence[Violation]

    @property
    def status(self) -> int:
        """The exit status: 1 when any law of the product is broken."""
        return 1 if self.violations else 0

    def as_json(self) -> dict[str, Any]:
        """The whole result as one object."""
        return {
            "questions": [one.as_json() for one in self.played],
            "books": list(self.books),
            "verifier": self.verified.as_json() if self.verified else None,
            "violations": [one.as_json() for one in self.violations],
        }

    def show(self, console: Console) -> None:
        """Print it for people."""
        console.print(_questions(self.played))
        console.print(_books(self.books))
        if self.verified is None:
            console.print("verifier: not run, the whole log of this service is not ours to take")
        else:
            console.print(
                f"verifier: exit status {self.verified.status}, {self.verified.entries} entries"
            )
            console.print(self.verified.said, markup=False)
        for one in self.violations:
            where = f"question {one.question}" if one.question else "the whole"
            console.print(
                f"{one.law} ({LAWS[one.law]}): {where}: {one.detail}", style="red", markup=False
            )
        console.print(f"violations: {len(self.violations)}")


def _questions(played: Sequence[Played]) -> Table:
    table = Table(title=f"{len(played)} questions", show_lines=False)
    for name in ("#", "question", "screening", "quote", "verdict", "physician", "platform"):
        # A rule's name is never cut: it is what a reader looks up.
        right = name in ("physician", "platform")
        table.add_column(name, justify="right" if right else "left", overflow="fold")
    for one in played:
        table.add_row(
            str(one.number),
            _cut(one.line.text),
            f"{one.label}\n{one.action}",
            f"{euros(one.quote[0])} + {euros(one.quote[1])}" if one.quote else "none",
            _verdict(one),
            euros(one.physician_cents),
            euros(one.platform_cents),
        )
    return table


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= TEXT_SHOWN else line[: TEXT_SHOWN - 1] + "…"


def _verdict(one: Played) -> str:
    if one.failed:
        return f"FAILED {one.failed}"
    said = one.outcome or one.state
    code = f" {one.code}" if one.code else ""
    return f"{said}{code}\n{', '.join(one.fired)}".strip()


def _books(books: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title="books, each party's own")
    for name in ("book", "account", "balance"):
        table.add_column(name, justify="right" if name == "balance" else "left")
    for book in books:
        for account, cents in book["accounts"].items():
            table.add_row(book["book"], account, euros(cents))
        table.add_row(book["book"], "SUM", euros(book["sum_cents"]), end_section=True)
    return table
