"""The books: a physician reads their own, the operator the platform's, nobody both."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from billing.access import admitted, book_of
from billing.queries.books import books, journal_of
from billing.queries.explaining import to_explain
from billing.queries.papers import numbered, series_of
from billing.views.words import ACCOUNTS, EVENTS
from consults.queries import physician_of

SHOWN = 200


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
    rows = [
        {
            "at": row.posted_at, "event": EVENTS[row.event], "cents": row.amount_cents,
            "debit": ACCOUNTS[row.debit_name], "credit": ACCOUNTS[row.credit_name],
        }
        for row in journal_of(name, SHOWN)
    ]  # fmt: skip
    page = {
        "name": name,
        "to_explain": to_explain(own.pk) if own else [],
        "state": state,
        "accounts": [
            (ACCOUNTS[account], cents) for account, cents in state.accounts.items() if cents
        ]
        if state
        else [],
        "rows": rows,
        "papers": [(one, numbered(one)) for one in series_of(name)[-SHOWN:][::-1]],
    }
    return render(request, "billing/books.html", page)
