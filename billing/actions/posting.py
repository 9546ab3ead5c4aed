"""Write ledger rows: one statement an event, which finds the book and its accounts by name."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from audit.facts import Json
from billing.money import Posting

# Prepared by the driver where it prepares: one text for each number of rows.
POST = """
INSERT INTO billing_journal (subject, book_id, kind, event, debit_id, debit_name, credit_id,
    credit_name, amount_cents, source, seq, question, leg, posted_at)
SELECT %s, b.id, p.kind, p.event, d.id, d.name, c.id, c.name, p.cents, %s, p.seq, %s::uuid,
    %s::uuid, %s
FROM billing_book b CROSS JOIN (VALUES {rows}) p (seq, kind, event, debit, credit, cents)
JOIN billing_ledgeraccount d ON d.book_id = b.id AND d.name = p.debit
JOIN billing_ledgeraccount c ON c.book_id = b.id AND c.name = p.credit
WHERE b.name = %s ORDER BY p.seq
"""
ROW = "(%s::smallint, %s, %s, %s, %s, %s::bigint)"


class NoSuchAccount(LookupError):
    """A row names an account that its book does not have."""


def written(
    *, book: str, subject: UUID, postings: Sequence[Posting], source: str, at: datetime,
    first: int = 0, question: UUID | None = None, leg: UUID | None = None,
) -> None:  # fmt: skip
    """Add the rows of one event to one book, in the caller's transaction.

    `source` and a row's number, from `first`, are unique: the same event is never written twice.
    """
    rows = [
        value
        for seq, one in enumerate(postings, first)
        for value in (seq, one.book_kind, one.event, one.debit, one.credit, one.amount_cents)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            POST.format(rows=", ".join([ROW] * len(postings))),
            [subject, source, question, leg, at, *rows, book],
        )
        if cursor.rowcount != len(postings):
            raise NoSuchAccount(f"{book} has not every account that {source} names")


def told(*, book: str, postings: Sequence[Posting], source: str, first: int = 0) -> list[Json]:
    """The same rows as an entry carries them."""
    return [
        {
            "book": book, "debit": one.debit, "credit": one.credit, "cents": one.amount_cents,
            "source": source, "seq": seq,
        }
        for seq, one in enumerate(postings, first)
    ]  # fmt: skip
