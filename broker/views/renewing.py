"""A patient places a hold again, before the bank lets the first one go."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from billing import queries as money
from billing.queries.renewals import other_renewed, waiting_for
from broker import access
from broker.actions import renewing
from broker.queries import questions as queries
from broker.views.admission import account_in, for_kinds, sent_on


@for_kinds("patient")
@require_safe
def renewals(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """Which holds are to be placed again and until when, and the button of the next."""
    access.authorize(account_in(request), "pay", question_id)
    shown, first = money.money_view(question_id), waiting_for(question_id)[:1]
    waiting = shown["renewals"]
    until = {one["party"]: one["until"] for one in waiting}
    if not waiting:
        return redirect("broker:thread", question_id=question_id)
    page = {
        "question": queries.view_of(question_id),
        "waiting": waiting,
        "next": waiting[0],
        "renewed": any(other_renewed(one) for one in first),
        "rows": [(leg, until.get(leg["party"])) for leg in shown["legs"]],
        "money": shown,
    }
    return render(request, "broker/renewals.html", page)


@for_kinds("patient")
@require_POST
def renew(request: HttpRequest, question_id: UUID, party: str) -> HttpResponse:
    """Go to the hosted page on which this hold is placed again."""
    access.authorize(account_in(request), "pay", question_id)
    address = renewing.renewal_page(
        question_id=question_id,
        party=party,
        return_url=request.build_absolute_uri("/"),
        now=timezone.now(),
    )
    return sent_on(request, address, party=party)
