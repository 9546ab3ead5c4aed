"""The books: a physician reads their own, the operator the platform's, nobody both."""

import csv
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing.access import admitted, book_of
from billing.models import Journal
from billing.queries.accounts import account_for, account_state
from billing.queries.books import Statement, books, journal_of, statement
from billing.queries.explaining import to_explain
from billing.queries.papers import numbered, page_of_papers
from billing.states import AccountState
from billing.views.words import ACCOUNTS, EVENTS
from consults.access import may_take_part
from consults.models import Physician
from consults.queries import physician_of

# An account that was opened and takes no cards: its physician is told where they look anyway.
CLOSED = {AccountState.BEGUN, AccountState.PENDING, AccountState.DEAUTHORISED}
FIRST_YEAR = 2015  # before any book; nor is there one of the years to come


@require_safe
def book(request: HttpRequest) -> HttpResponse:
    """Balances, the latest rows and the papers of one party; programs get the balances."""
    name = book_of(admitted(request, "physician", "operator"))
    state = next(iter(books(name=name)), None)
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse(
            {
                "book": name,
                "accounts": state.accounts if state else {},
                "sum_cents": state.sum_cents if state else 0,
                "rows": state.rows if state else 0,
            }
        )
    own = physician_of(request.user.pk) if name != "platform" else None  # type: ignore[arg-type]
    journal = journal_of(name, request.GET.get("lignes", ""))
    papers = page_of_papers(name, request.GET.get("papiers", ""))
    page = {
        "name": name,
        **_asked_of(request, own),
        "cards_closed": own is not None and account_state(account_for(own.pk)) in CLOSED,
        "state": state,
        "accounts": [
            (ACCOUNTS[account], cents) for account, cents in state.accounts.items() if cents
        ]
        if state
        else [],
        "journal": journal,
        "rows": [_in_words(row) for row in journal.rows],
        "shown_papers": papers,
        "papers": [(one, numbered(one)) for one in papers.rows],
    }
    return render(request, "billing/books.html", page)


def _asked_of(request: HttpRequest, own: Physician | None) -> dict[str, object]:
    """Whose fee is asked about: what may be answered now, and how many wait to be claimed."""
    asked = to_explain(own.pk) if own else []
    account = admitted(request, "physician", "operator")
    mine = [one for one in asked if may_take_part(account, one.question)]
    return {"to_explain": mine, "to_claim": len(asked) - len(mine)}


def _in_words(row: Journal) -> dict[str, object]:
    """One row of a book as its readers know it."""
    return {
        "at": row.posted_at, "event": EVENTS[row.event], "cents": row.amount_cents,
        "debit": ACCOUNTS[row.debit_name], "credit": ACCOUNTS[row.credit_name],
    }  # fmt: skip


@require_safe
def month(request: HttpRequest) -> HttpResponse:
    """One month of one party's book: what stood before, every row, what stood after; CSV too."""
    name = book_of(admitted(request, "physician", "operator"))
    start, end = _month(request.GET.get("mois", ""), timezone.localtime())
    found = statement(name, start, end) or Statement(name, start, end, {}, [], {})
    if request.GET.get("format") == "csv":
        return _as_csv(found)
    accounts = [
        (ACCOUNTS[account], (found.before[account], found.after[account]))
        for account in found.after
        if found.before[account] or found.after[account]
    ]
    rows = [_in_words(row) for row in found.rows]
    page = {
        "name": name, "start": start, "accounts": accounts, "rows": rows,
        "said": f"{start:%Y-%m}", "before": f"{start - timedelta(days=1):%Y-%m}",
        "after": f"{end:%Y-%m}" if end <= timezone.now() else "",
    }  # fmt: skip
    return render(request, "billing/statement.html", page)


def _month(said: str, now: datetime) -> tuple[datetime, datetime]:
    """The month asked for in Paris, from its first instant to the next month's; else this one."""
    try:
        first = datetime.strptime(said, "%Y-%m").replace(tzinfo=now.tzinfo)
        first = first if 2000 <= first.year <= 2999 else now
    except ValueError:
        first = now
    if not FIRST_YEAR <= first.year <= now.year + 1:
        first = now
    start = first.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = start.replace(day=28) + timedelta(days=7)
    return start, following.replace(day=1)


def _as_csv(found: Statement) -> HttpResponse:
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="livre-{found.start:%Y-%m}.csv"'
    writer = csv.writer(answer)
    writer.writerow(["at", "event", "debit", "credit", "cents", "source"])
    writer.writerows(
        [row.posted_at.isoformat(), row.event, row.debit_name, row.credit_name, row.amount_cents,
         row.source]
        for row in found.rows
    )  # fmt: skip
    return answer
