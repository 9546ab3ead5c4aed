"""The meter of a live exchange: either side ends it, with or without a script."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from broker import access
from broker.access import actor_of
from broker.actions import metering
from broker.queries.metering import meter_shown
from broker.views.admission import account_in, for_kinds, wants_json


@for_kinds("patient", "physician")
@require_POST
def end(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """End the metered exchange: nothing after this moment costs anything."""
    account, now = account_in(request), timezone.now()
    access.authorize(account, "write", question_id)
    metering.end_meter(
        question_id=question_id, side=account.kind, actor=actor_of(account), now=now
    )
    if wants_json(request):
        return JsonResponse(meter_shown(question_id, now))
    where = "broker:thread" if account.kind == "patient" else "broker:workspace"
    return redirect(where, question_id=question_id)
