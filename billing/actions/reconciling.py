"""Compare an account's balance at Stripe with its book, and write what happened unasked.

Payouts, disputes and refunds made elsewhere become rows; what nobody here explains becomes a row
on `external`, with an entry of its own that is an alarm. Nothing is ever corrected in silence.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F

from audit.actions import record
from audit.facts import NATIONAL, SYSTEM
from billing import gateway, money
from billing.actions.payments import PaymentUnavailable, reconcile
from billing.actions.posting import told, written
from billing.actions.steps import Since, in_transaction, one_at_a_time, open_book
from billing.models import (
    Book,
    ConnectedAccount,
    Journal,
    Leg,
    Reconciliation,
    Refund,
)
from billing.queries.books import account_cents, other_accounts_cents
from billing.states.seen import Moved
from consults.queries.record import named_by_rpps

log = structlog.get_logger(__name__)
DAILY = timedelta(days=1)
RETRY = timedelta(hours=1)
LOOKS = 3  # before a difference is one: balance and book are not read at the same instant
OVERLAP = timedelta(days=2)  # lines may appear with an older moment than those seen already
BEGINNING = datetime(2015, 1, 1, tzinfo=UTC)
PAYOUTS = {"payout": "payout", "payout_failure": "payout_failed", "payout_cancel": "payout_failed"}


@dataclass
class Compared:
    """What one look found; a difference is cents at Stripe that the book does not have."""

    book: str
    balance_cents: int = 0
    book_cents: int = 0
    lines: int = 0
    written: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)

    @property
    def difference_cents(self) -> int:
        """What is still unexplained after everything was written; 0 in a sound house."""
        return self.balance_cents - self.book_cents


@dataclass(frozen=True)
class Side:
    """One account at Stripe beside the one book of its party."""

    account: str  # "" is the platform's
    book: str
    scope: str


def sides(*, but: Collection[str] = ()) -> list[Side]:
    """The platform's account, and every connected one that has a book, but for those named."""
    books = set(Book.objects.values_list("name", flat=True)) - set(but)
    who = named_by_rpps([name.removeprefix("dr:") for name in books])
    # The one that is open last, so that it stands for those that its physician cut before.
    every = ConnectedAccount.objects.filter(physician__in=who).order_by(
        F("deauthorised_at").asc(nulls_last=True), "opened_at"
    )
    own = [
        Side(one.stripe_account, f"dr:{who[one.physician].rpps}", who[one.physician].scope)
        for one in {one.physician: one for one in every}.values()
    ]
    return [Side("", "platform", NATIONAL)] * ("platform" in books) + own


def leave_behind(*, account: str, book: str, scope: str, now: datetime) -> None:
    """What stands on an account that its holder cut leaves the book's balance: nobody sees it."""
    in_transaction()
    if Book.objects.filter(name=book).exists() and (left := account_cents(book, "stripe")):
        line = Moved(f"cut:{account}", "account-cut", account, -left, 0, now)
        _write(Side(account, book, scope), line, None, now)


def reconcile_due(*, now: datetime) -> int:
    """Look once a day at each account, an hour later at one that did not answer; how many."""
    running, done = Since(now), 0
    fresh = set(
        Reconciliation.objects.filter(looked_at__gt=now - DAILY).values_list("book", flat=True)
    )
    if len(fresh) == Book.objects.count():
        return 0
    # Asked at every round of the worker: of a physician who is settled with at the practice alone
    # there is a book and no account, so the counts above may differ for good.
    for side in sides(but=fresh):
        # Remembered before the answer: an account that is away waits its turn like the others.
        _remember(side, looked_at=now - DAILY + RETRY)
        with suppress(gateway.Unreachable, gateway.Refused, PaymentUnavailable):
            compare(side=side, since=None, now=running.at())
            done += 1
    return done


def _remember(side: Side, **seen: datetime | int) -> None:
    Reconciliation.objects.update_or_create(
        book=side.book, defaults={"account": side.account, **seen}
    )


def compare(*, side: Side, since: datetime | None, now: datetime) -> Compared:
    """Fetch the lines since then, write what is new, and compare the sums.

    Not inside a transaction. Raises gateway.Unreachable, gateway.Refused, PaymentUnavailable.
    """
    running = Since(now)
    last = Reconciliation.objects.filter(book=side.book).first()
    until = last.looked_until if last and last.looked_until else BEGINNING
    since = since or (until - OVERLAP if until > BEGINNING else BEGINNING)
    found = Compared(side.book)
    for _ in range(LOOKS):
        _read(side, since, found, running)
        if not found.difference_cents:
            break
    _told(found, before=last)
    # A look that began later than the last one ended has not seen what lies between.
    reached = {"looked_until": running.at()} if since <= until else {}
    soon = DAILY - RETRY if found.difference_cents else timedelta()
    _remember(
        side, looked_at=running.at() - soon, **reached,
        balance_cents=found.balance_cents, book_cents=found.book_cents,
        unexplained=len(found.unexplained),
    )  # fmt: skip
    return found


def _read(side: Side, since: datetime, found: Compared, running: Since) -> None:
    """Write what is new, then read both sums; what moves between the two is no difference.

    It is in the lines of the next look, which begins again with them.
    """
    lines = gateway.balance_lines(account=side.account, since=since)
    found.lines = len(lines)
    for line in lines:
        _explained(side, line, found, running)
    found.balance_cents = gateway.balance(account=side.account)
    behind = other_accounts_cents(side.book, side.account) if side.account else 0
    found.book_cents = account_cents(side.book, "stripe") - behind


def _told(found: Compared, *, before: Reconciliation | None) -> None:
    """Alarm when a difference was there at the look before, too; the first is looked at soon."""
    if not found.difference_cents:
        return
    stays = before is not None and before.balance_cents != before.book_cents
    tell = log.error if stays else log.warning
    name = "money.difference" if stays else "money.difference-once"
    tell(name, book=found.book, cents=found.difference_cents)


def _explained(side: Side, line: Moved, found: Compared, running: Since) -> None:
    """Write one line of the balance unless the book has it; ask its payment first."""
    if _known(line) or not (line.cents or line.fee_cents):
        return
    if line.currency != money.CURRENCY:  # no book holds it, and no sum here counts it
        log.error("money.other-currency", book=side.book, kind=line.kind)
        if line.id not in found.unexplained:
            found.unexplained.append(line.id)
        return
    leg = _leg_of(line)
    if leg is not None:
        reconcile(leg_id=leg.id, now=running.at())
        if _known(line):
            found.written.append(line.id)
            return
        if line.at > running.at() - DAILY:
            return  # its payment may show it later: until then the difference says so
    event = PAYOUTS.get(line.kind)
    try:
        with transaction.atomic(durable=True):
            _write(side, line, event, running.at())
    except IntegrityError:
        if not _known(line):  # else another worker was first
            raise
        return
    (found.written if event else found.unexplained).append(line.id)


def _known(line: Moved) -> bool:
    """Whether the book has this line: by its own id, or by the refund that it is about."""
    sources = [line.id, f"{line.id}:fee"]
    if line.kind in ("refund", "payment_refund"):
        sources.append(line.source)
    if line.kind in ("refund_failure", "payment_failure_refund"):
        sources.append(f"{line.source}:failed")
    return Journal.objects.filter(source__in=sources).exists()


def _leg_of(line: Moved) -> Leg | None:
    """The payment that a line is about, if it is one of ours."""
    refund = Refund.objects.filter(stripe_refund=line.source).first()
    if refund is not None:
        return Leg.objects.get(pk=refund.leg_id)
    named_charges = [charge for charge in (line.source, line.charge) if charge]
    return Leg.objects.filter(charge__in=named_charges).first()


def _write(side: Side, line: Moved, event: str | None, now: datetime) -> None:
    in_transaction()
    one_at_a_time(name=f"line {line.id}")
    if _known(line):
        return
    book = open_book(name=side.book, scope=side.scope, actor=SYSTEM, now=now)
    postings = [
        posting
        for posting in (
            money.moved(book.kind, event or "external", line.cents) if line.cents else None,
            money.moved(book.kind, "dispute_fee", -line.fee_cents) if line.fee_cents else None,
        )
        if posting
    ]
    rows = told(book=book.name, postings=postings, source=line.id)
    record(
        type="book.moved" if event else "book.unexplained", subject=book.subject,
        scope=side.scope, actor=SYSTEM, now=now,
        data={"book": book.name, "kind": line.kind, "line": line.id, "journal": rows},
    )  # fmt: skip
    written(book=book.name, subject=book.subject, postings=postings, source=line.id, at=now)
    if not event:
        log.error("money.unexplained", book=book.name, kind=line.kind)
