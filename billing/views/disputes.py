"""Contested payments: each party sees those that were paid to it, and no other's."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from billing.access import admitted, book_of
from billing.queries.disputes import disputes_of
from consults.queries import physician_of

# Stripe's words for where a dispute stands, and the look of each.
STATUSES = {
    "warning_needs_response": (_("Renseignement demandé par la banque"), "warn"),
    "warning_under_review": (_("Examinée par la banque"), "info"),
    "warning_closed": (_("Close sans suite"), "good"),
    "needs_response": (_("Réponse attendue chez Stripe"), "warn"),
    "under_review": (_("Examinée par la banque"), "info"),
    "won": (_("Gagnée : la somme est revenue"), "good"),
    "lost": (_("Perdue : la banque a rendu la somme"), "bad"),
}


@require_safe
def contested(request: HttpRequest) -> HttpResponse:
    """One party's disputes, a page at a time."""
    account = admitted(request, "physician", "operator")
    name = book_of(account)
    own = physician_of(account.pk) if account.kind == "physician" else None
    shown = disputes_of(own.pk if own else None, request.GET.get("apres", ""))
    rows = [(one, *STATUSES.get(one.status, (one.status, "quiet"))) for one in shown.rows]
    return render(request, "billing/disputes.html", {"name": name, "rows": rows, "shown": shown})
