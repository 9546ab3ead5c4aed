"""Steps that acts on money share: lock, record, post to a book, order an operation."""

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from audit.actions import OutsideTransaction, record
from audit.facts import Actor, Json
from audit.law.model import Decision
from billing.actions.posting import told, written
from billing.models import Book, Journal, LedgerAccount, Leg, Op
from billing.money import ACCOUNTS, Posting
from billing.queries.legs import book_name
from billing.states import OpKind, OpState
from consults.queries.record import Recorded

EXPLAINED = ":explained"  # ends the source of rows that say what a line is, and undo what it was


class Since:
    """The moment that a door read, kept running while calls to the outside take their time."""

    def __init__(self, now: datetime) -> None:
        self._now, self._mark = now, time.monotonic()

    def at(self) -> datetime:
        """The moment now, counted from the one that was read."""
        return self._now + timedelta(seconds=time.monotonic() - self._mark)


def in_transaction() -> None:
    """Refuse to act outside the transaction that the door's action opened."""
    if not connection.in_atomic_block:
        raise OutsideTransaction("an act on money belongs in its use case's transaction")


def one_at_a_time(*, name: str) -> None:
    """Wait until no other transaction is at this; held to the end of this one."""
    in_transaction()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 5))", [name])


def note(
    *,
    type: str,
    of: Recorded,
    actor: Actor,
    now: datetime,
    data: Mapping[str, Json],
    decision: Decision | None = None,
    key: bytes | None = None,
) -> None:
    """Record an entry about a question's money, under the council of its physician."""
    record(
        type=type,
        subject=of.subject,
        scope=of.scope,
        actor=actor,
        now=now,
        data=data,
        decision=decision,
        key=key,
    )


def locked_legs(*, quote_id: UUID) -> list[Leg]:
    """Lock a quote's legs in one order, honoraires first, so that two acts never cross."""
    in_transaction()
    return list(
        Leg.objects.select_for_update(of=("self",))
        .select_related("quote", "connected_account")
        .filter(quote_id=quote_id)
        .order_by("party")
    )


def locked_leg(*, leg_id: UUID) -> Leg:
    """Lock one payment, and its quote's other in the same order; raises Leg.DoesNotExist."""
    quote_id = Leg.objects.values_list("quote_id", flat=True).get(pk=leg_id)
    return next(one for one in locked_legs(quote_id=quote_id) if one.id == leg_id)


def open_book(*, name: str, scope: str, actor: Actor, now: datetime) -> Book:
    """The book of one party, opened with its accounts the first time it is asked for."""
    in_transaction()
    known = Book.objects.filter(name=name).first()
    if known is None:
        one_at_a_time(name=f"book {name}")
        known = Book.objects.filter(name=name).first()
    if known:
        return known if _is_whole(known) else _extended(known, scope, actor, now)
    kind = "platform" if name == "platform" else "physician"
    book = Book(name=name, kind=kind, opened_at=now)
    record(
        type="book.opened",
        subject=book.subject,
        scope=scope,
        actor=actor,
        now=now,
        data={"book": name, "accounts": list(ACCOUNTS[kind])},
    )
    book.save(force_insert=True)
    _add(book, ACCOUNTS[kind])
    return book


def _add(book: Book, accounts: Iterable[str]) -> None:
    LedgerAccount.objects.bulk_create(
        LedgerAccount(subject=book.subject, book=book, kind=book.kind, name=account)
        for account in accounts
    )


def _is_whole(book: Book) -> bool:
    return LedgerAccount.objects.filter(book=book).count() == len(ACCOUNTS[book.kind])


def _extended(book: Book, scope: str, actor: Actor, now: datetime) -> Book:
    """Give a book of before the accounts that the plan has now."""
    one_at_a_time(name=f"book {book.name}")
    names = set(LedgerAccount.objects.filter(book=book).values_list("name", flat=True))
    missing = [account for account in ACCOUNTS[book.kind] if account not in names]
    if missing:
        record(
            type="book.extended", subject=book.subject, scope=scope, actor=actor, now=now,
            data={"book": book.name, "accounts": list(missing)},
        )  # fmt: skip
        _add(book, missing)
    return book


def posted(
    *, leg: Leg, of: Recorded, postings: Sequence[Posting], source: str, now: datetime,
    first: int = 0, aside: bool = False,
) -> list[Json]:  # fmt: skip
    """Write ledger rows in the leg's own book; returns them as the event's entry carries them.

    `source` and the row's number are unique, so the same event is never written twice. Rows that
    stand `aside` belong to no question, like those that they undo.
    """
    if not postings:
        return []
    book = book_name(leg, of)
    written(
        book=book, subject=leg.subject, postings=postings, source=source, at=now, first=first,
        question=None if aside else leg.question, leg=None if aside else leg.id,
    )  # fmt: skip
    return told(book=book, postings=postings, source=source, first=first)


def explained(
    *, leg: Leg, of: Recorded, postings: Sequence[Posting], source: str, now: datetime,
    line: str = "",
) -> list[Json]:  # fmt: skip
    """Write what a line of the balance is, in place of what it was while nobody could say.

    The rows of a daily look that could not explain it belong to no payment; they are undone aside.
    `line` is its name where `source` is another: then no key keeps the two from being written.
    """
    if line:
        one_at_a_time(name=f"line {line}")
    line = line or source
    undone = [
        Posting(row.kind, row.event, row.credit_name, row.debit_name, row.amount_cents)
        for row in Journal.objects.filter(source=line, leg=None).order_by("seq")
    ]
    if undone:
        source = line + EXPLAINED
    rows = posted(leg=leg, of=of, postings=undone, source=source, now=now, aside=True)
    return rows + posted(
        leg=leg, of=of, postings=postings, source=source, now=now, first=len(undone)
    )  # fmt: skip


def ordered(
    *, leg: Leg, kind: OpKind, now: datetime, gate_pass: UUID | None = None, reason: str = "",
    returns_to: str = "", amount_cents: int | None = None, renewal: UUID | None = None,
) -> Op:  # fmt: skip
    """Write an operation; it is carried out after commit, under its own id as key."""
    return Op.objects.create(
        subject=leg.subject,
        leg=leg,
        quote_id=leg.quote_id,
        kind=kind,
        state=OpState.LIVE,
        gate_pass_id=gate_pass,
        renewal_id=renewal,
        amount_cents=leg.amount_cents if amount_cents is None else amount_cents,
        reason=reason,
        returns_to=returns_to,
        asked_at=now,
    )
