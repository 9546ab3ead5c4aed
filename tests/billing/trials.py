"""What the money must withstand: a moving clock, a process that dies, a picture that goes stale.

`Trouble` stands between the product and its gateway. It can kill the process before or after a
call to Stripe or before an entry is written (everything afterwards fails until the next start,
and open transactions roll back, as after `kill -9`), and it can let another worker run between a
call's answer and what is made of it.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from pytest import MonkeyPatch

from audit import verifier
from billing import gateway
from billing.actions import steps
from tests import people
from tests.billing import walk as walking

CALLS = (
    "open_session",
    "seen",
    "session_is_open",
    "capture",
    "cancel",
    "expire",
    "refund",
    "refunds",
    "disputes",
    "balance_lines",
)
POINTS = ("before", "after", "entry")


class Killed(BaseException):
    """The process is gone; nothing may catch this but the one who starts it again."""


class Clock:
    """Our moment, moved ahead together with the sandbox's."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        """The moment, in UTC."""
        return datetime.now(UTC) + self.ahead


class Trouble:
    """Faults inside our own process, each planned once."""

    def __init__(self) -> None:
        self.killing: tuple[str, int] | None = None  # the point, and how many pass before it
        self.meanwhile: Callable[[], None] | None = None
        self.dead = False

    def restart(self) -> None:
        """A new process: nothing of the old one's plans is left."""
        self.killing, self.meanwhile, self.dead = None, None, False

    def passes(self, point: str) -> None:
        """Die here, if this is where it was planned, or if dead already."""
        if self.dead:
            raise Killed
        if self.killing and self.killing[0] == point:
            if self.killing[1] == 0:
                self.killing, self.dead = None, True
                raise Killed
            self.killing = point, self.killing[1] - 1

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """A call to Stripe with everything that may happen around it."""

        def troubled(**asked: Any) -> Any:
            self.passes("before")
            try:
                return call(**asked)
            finally:
                self.passes("after")
                if other := self.meanwhile:
                    self.meanwhile = None
                    other()

        return troubled

    def writing(self, record: Callable[..., Any]) -> Callable[..., Any]:
        """The writing of an entry, inside whatever transaction is open."""

        def troubled(**said: Any) -> Any:
            self.passes("entry")
            return record(**said)

        return troubled


@contextmanager
def troubled(clock: Clock, trouble: Trouble) -> Iterator[None]:
    """The product with this clock and this trouble, for as long as the block lasts."""
    with MonkeyPatch.context() as patch:
        patch.setattr(people, "now", clock.now)
        patch.setattr(walking, "now", clock.now)
        for name in CALLS:
            if hasattr(gateway, name):
                patch.setattr(gateway, name, trouble.around(getattr(gateway, name)))
        patch.setattr(steps, "record", trouble.writing(steps.record))
        yield


def rows(sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Rows of a query, as an auditor would ask it."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def astray() -> list[tuple[Any, ...]]:
    """Ledger rows whose accounts are not both in the row's own book."""
    return rows(
        "SELECT j.id FROM billing_journal j JOIN billing_ledgeraccount d ON d.id = j.debit_id"
        " JOIN billing_ledgeraccount c ON c.id = j.credit_id"
        " WHERE d.book_id <> j.book_id OR c.book_id <> j.book_id"
    )


def balances(question: object) -> dict[tuple[str, str], int]:
    """What one question moved on each account of each book, zeros left out."""
    found = rows(
        "SELECT b.name, a.name, sum(s.cents) FROM"
        " (SELECT debit_id AS account, amount_cents AS cents FROM billing_journal"
        "  WHERE question = %s UNION ALL"
        "  SELECT credit_id, -amount_cents FROM billing_journal WHERE question = %s) s"
        " JOIN billing_ledgeraccount a ON a.id = s.account JOIN billing_book b ON b.id = a.book_id"
        " GROUP BY 1, 2 HAVING sum(s.cents) <> 0",
        question, question,
    )  # fmt: skip
    return {(book, account): int(cents) for book, account, cents in found}


def replayed(
    subject: object,
    *,
    bend: Mapping[str, Callable[[dict[str, Any]], None]] | None = None,
    twice: str = "",
) -> verifier.Replay:
    """The verifier's own story of one question, with what the books say; raises `Bad`.

    `bend` changes entries of a type before they are read, `twice` reads those of a type again.
    """
    story = verifier.Replay()
    found = rows(
        "SELECT body FROM audit_entry WHERE subject = %s OR type LIKE 'book.%%'"
        " OR type IN ('offer.judged', 'schedule.published') ORDER BY id",
        subject,
    )
    for index, (body,) in enumerate(found):
        entry = json.loads(bytes(body))
        (bend or {}).get(entry["type"], lambda data: None)(entry["data"])
        law = verifier.law(entry.get("decision"))
        if entry["type"] == "receipt.issued":  # the numbers between are of other questions
            story.ties.numbers[entry["data"]["series"]] = entry["data"]["number"] - 1
        for _ in range(2 if entry["type"] == twice else 1):
            story.follow(
                (
                    index, entry["type"], entry["subject"], entry["data"], law, entry["at"],
                    entry["actor"]["kind"],
                )
            )  # fmt: skip
    return story
