"""The reviewers' page of contracts: every physician of their council, as the log tells it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from audit.access import Reach
from audit.queries import files as reading
from audit.views.doorway import for_reviewers, recorded

STATES = {
    "applied": gettext_lazy("Candidature reçue"),
    "vetted": gettext_lazy("Dossier vérifié"),
    "contract-sent": gettext_lazy("Contrat transmis à l’Ordre"),
    "visa": gettext_lazy("Contrat visé"),
    "active": gettext_lazy("En activité"),
    "suspended": gettext_lazy("Suspendu"),
    "turned-down": gettext_lazy("Non admis"),
}
BADGES = {"active": "good", "suspended": "bad", "turned-down": "bad"}


@require_GET
@for_reviewers
def files(request: HttpRequest, *, reach: Reach) -> HttpResponse:
    """List the physicians within reach with their contract, its sending and the opinion."""
    account: Any = request.user
    recorded(request, part="listed", subject=account.subject, reach=reach)
    rows = [
        {
            "one": one,
            "state": STATES.get(one.state, one.state),
            "badge": BADGES.get(one.state, "info"),
        }
        for one in reading.files(codes=sorted(reach.codes), whole=reach.whole)
    ]
    return render(request, "audit/files.html", {"rows": rows, "reach": reach})
