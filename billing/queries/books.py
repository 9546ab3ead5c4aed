"""The books: what stands on each account of each party, summed by the database."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet, Sum

from audit.queries.pages import Page, page_of
from billing.models import (
    Book,
    ClosedDay,
    ConnectedAccount,
    DaySum,
    Journal,
    LedgerAccount,
    Leg,
)


@dataclass(frozen=True)
class BookState:
    """One party's accounts; a debit balance is positive. `sum_cents` is 0 in any true book."""

    name: str
    kind: str
    accounts: dict[str, int]
    rows: int  # those since the last closed day
    since: datetime | None = None

    @property
    def sum_cents(self) -> int:
        """Sum of all accounts."""
        return sum(self.accounts.values())


def books(at: datetime | None = None, name: str | None = None) -> list[BookState]:
    """Every book, or the one named, as of an instant (inclusive); the platform's first."""
    shown = Book.objects.filter(name=name) if name else Book.objects.all()
    return [_state(book, at) for book in sorted(shown, key=lambda b: (b.kind, b.name))[::-1]]


def _state(book: Book, at: datetime | None) -> BookState:
    accounts = dict.fromkeys(
        LedgerAccount.objects.filter(book=book).order_by("name").values_list("name", flat=True), 0
    )
    sums, since = _closed(book, at)
    for name, cents in sums:
        accounts[name] += cents
    rows = _open(book, since, at)
    for name, cents in rows.values_list("debit_name").annotate(sum=Sum("amount_cents")):
        accounts[name] += cents
    for name, cents in rows.values_list("credit_name").annotate(sum=Sum("amount_cents")):
        accounts[name] -= cents
    return BookState(book.name, book.kind, accounts, rows.count(), since)


def _closed(book: Book, at: datetime | None) -> tuple[list[tuple[str, int]], datetime | None]:
    """Sums of the closed days that lie wholly before an instant, and where open rows begin."""
    days = ClosedDay.objects.all()
    if at is not None:
        days = days.filter(day__lt=at.astimezone(UTC).date())
    last = days.order_by("-day").values_list("day", flat=True).first()
    if last is None:
        return [], None
    found = (
        DaySum.objects.filter(account__book=book, day__lte=last)
        .values_list("account__name")
        .annotate(sum=Sum("debit_cents") - Sum("credit_cents"))
    )
    following = last + timedelta(days=1)
    return list(found), datetime(following.year, following.month, following.day, tzinfo=UTC)


def _open(book: Book, since: datetime | None, at: datetime | None) -> QuerySet[Journal]:
    rows = Journal.objects.filter(book=book)
    rows = rows.filter(posted_at__gte=since) if since else rows
    return rows.filter(posted_at__lte=at) if at else rows


def miscounted() -> list[str]:
    """Books whose kept sums are not those of their rows, by counting every row; none, ever."""
    wrong = []
    for book in Book.objects.order_by("name"):
        kept = _state(book, None).accounts
        counted = dict.fromkeys(kept, 0)
        rows = Journal.objects.filter(book=book)
        for name, cents in rows.values_list("debit_name").annotate(sum=Sum("amount_cents")):
            counted[name] += cents
        for name, cents in rows.values_list("credit_name").annotate(sum=Sum("amount_cents")):
            counted[name] -= cents
        if kept != counted:
            wrong.append(book.name)
    return wrong


def account_cents(book: str, account: str) -> int:
    """What stands on one account of one book; a debit balance is positive."""
    found = next(iter(books(name=book)), None)
    return found.accounts[account] if found else 0


def other_accounts_cents(book: str, account: str) -> int:
    """What moved in a book on its physician's other accounts since this one was opened.

    An account that was left behind for this one may still give back what is owed there; its
    balance is not this one's.
    """
    own = ConnectedAccount.objects.get(stripe_account=account)
    others = ConnectedAccount.objects.filter(physician=own.physician).exclude(pk=own.pk)
    if not others:
        return 0
    legs = Leg.objects.filter(connected_account__in=others).values("pk")
    rows = Journal.objects.filter(book__name=book, posted_at__gte=own.opened_at, leg__in=legs)
    came = rows.filter(debit_name="stripe").aggregate(sum=Sum("amount_cents", default=0))
    went = rows.filter(credit_name="stripe").aggregate(sum=Sum("amount_cents", default=0))
    return int(came["sum"] - went["sum"])


@dataclass(frozen=True)
class Statement:
    """One party's book over a period: what stood before, every row, what stood after."""

    name: str
    start: datetime
    end: datetime
    before: dict[str, int]
    rows: list[Journal]
    after: dict[str, int]


def statement(name: str, start: datetime, end: datetime) -> Statement | None:
    """The rows of `[start, end)` of one book with the balances on both sides; None without it."""
    instant = timedelta(microseconds=1)
    before = next(iter(books(at=start - instant, name=name)), None)
    after = next(iter(books(at=end - instant, name=name)), None)
    if before is None or after is None:
        return None
    rows = Journal.objects.filter(book__name=name, posted_at__gte=start, posted_at__lt=end)
    return Statement(name, start, end, before.accounts, list(rows.order_by("id")), after.accounts)


def rows_of(question: UUID) -> list[Journal]:
    """Every row about one question, in both books, oldest first."""
    rows = Journal.objects.filter(question=question).select_related("book")
    return list(rows.order_by("id"))


def journal_of(name: str, after: str = "") -> Page[Journal]:
    """A page of the rows of one book, the newest first."""
    return page_of(Journal.objects.filter(book__name=name), by="-posted_at", after=after)
