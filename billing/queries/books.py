"""The books: what stands on each account of each party, summed by the database."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, Sum

from billing.models import Book, Journal, LedgerAccount


@dataclass(frozen=True)
class BookState:
    """One party's accounts; a debit balance is positive. `sum_cents` is 0 in any true book."""

    name: str
    kind: str
    accounts: dict[str, int]
    rows: int

    @property
    def sum_cents(self) -> int:
        """Sum of all accounts."""
        return sum(self.accounts.values())


def books(at: datetime | None = None, name: str | None = None) -> list[BookState]:
    """Every book, or the one named, as of an instant (inclusive); the platform's first."""
    shown = Book.objects.filter(name=name) if name else Book.objects.all()
    return [_state(book, at) for book in sorted(shown, key=lambda b: (b.kind, b.name))[::-1]]


def _state(book: Book, at: datetime | None) -> BookState:
    until = Q(posted_at__lte=at) if at else Q()
    rows = Journal.objects.filter(until, book=book)
    accounts = dict.fromkeys(
        LedgerAccount.objects.filter(book=book).order_by("name").values_list("name", flat=True), 0
    )
    for name, cents in rows.values_list("debit_name").annotate(sum=Sum("amount_cents")):
        accounts[name] += cents
    for name, cents in rows.values_list("credit_name").annotate(sum=Sum("amount_cents")):
        accounts[name] -= cents
    return BookState(book.name, book.kind, accounts, rows.count())


def account_cents(book: str, account: str) -> int:
    """What stands on one account of one book; a debit balance is positive."""
    rows = Journal.objects.filter(book__name=book)
    debit = rows.filter(debit_name=account).aggregate(sum=Sum("amount_cents"))["sum"] or 0
    credit = rows.filter(credit_name=account).aggregate(sum=Sum("amount_cents"))["sum"] or 0
    return int(debit) - int(credit)


def journal_of(name: str, limit: int) -> list[Journal]:
    """The latest rows of one book, the newest first."""
    return list(Journal.objects.filter(book__name=name).order_by("-id")[:limit])
