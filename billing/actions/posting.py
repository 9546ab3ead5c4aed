"""Write ledger rows: one statement an event, which finds the book and its accounts by name."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from audit.facts import Json
from billing.money import Posting

POST = """
INSERT INTO billing_journal (subject, book_id, kind, event, debit_id, debit_name, credit_id,
    credit_name, amount_cents, source, seq, question, leg, posted_at)
SELECT %(subject)s, b.id, p.kind, p.event, d.id, d.name, c.id, c.name, p.cents, %(source)s,
    %(first)s + p.n - 1, %(question)s::uuid, %(leg)s::uuid, %(at)s
FROM unnest(%(kinds)s::text[], %(events)s::text[], %(debits)s::text[], %(credits)s::text[],
    %(cents)s::bigint[]) WITH ORDINALITY p (kind, event, debit, credit, cents, n)
JOIN billing_book b ON b.name = %(book)s
JOIN billing_ledgeraccount d ON d.book_id = b.id AND d.name = p.debit
JOIN billing_ledgeraccount c ON c.book_id = b.id AND c.name = p.credit
ORDER BY p.n
"""


class NoSuchAccount(LookupError):
    """A row names an account that its book does not have."""


def written(
    *, book: str, subject: UUID, postings: Sequence[Posting], source: str, at: datetime,
    first: int = 0, question: UUID | None = None, leg: UUID | None = None,
) -> None:  # fmt: skip
    """Add the rows of one event to one book, in the caller's transaction.

    `source` and a row's number, from `first`, are unique: the same event is never written twice.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            POST,
            {
                "subject": subject, "book": book, "source": source, "first": first, "at": at,
                "question": question, "leg": leg,
                "kinds": [one.book_kind for one in postings],
                "events": [one.event for one in postings],
                "debits": [one.debit for one in postings],
                "credits": [one.credit for one in postings],
                "cents": [one.amount_cents for one in postings],
            },
        )  # fmt: skip
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
