"""The operator's page of decisions: the platform's own settings, and acts judged once more."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from audit.views.showing import pseudonym
from broker.access import actor_of
from broker.actions.platform import judge_platform
from broker.actions.rejudging import judge_again
from broker.queries import words
from broker.views.admission import account_in, for_kinds, wants_json
from broker.views.threads import language_of
from consults import queries as people
from consults.queries import JudgedAct

SHOWN = 100


@for_kinds("operator")
@require_safe
def decisions(request: HttpRequest) -> HttpResponse:
    """What the rules say of the platform today, and the answered questions without a name."""
    judge_platform(now=timezone.now())  # recorded when something changed since the last time
    page = {
        "platform": words.platform(language_of(request)),
        "acts": [_row(one) for one in people.judged_acts(limit=SHOWN)],
    }
    if wants_json(request):
        return JsonResponse(page)
    return render(request, "broker/decisions.html", page)


def _row(one: JudgedAct) -> dict[str, Any]:
    return {
        "id": str(one.question_id),
        "name": pseudonym(one.subject),
        "signed_at": one.signed_at,
        "judged_at": one.judged_at,
        "outcome": one.outcome,
        "code": one.code,
        "incident_at": one.incident_at,
    }


@for_kinds("operator")
@require_POST
def judge(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """Judge one act again; what follows from it follows at once."""
    now: datetime = timezone.now()
    again = judge_again(question_id=question_id, actor=actor_of(account_in(request)), now=now)
    if wants_json(request):
        body = {"outcome": again.decision.outcome, "code": again.rejudgment.code}
        return JsonResponse(body | {"incident": again.wrong})
    return redirect("broker:decisions")
