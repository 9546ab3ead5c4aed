"""A live exchange by the minute: its cap on the quote, and its end by either side."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from audit.law.words import refusal_code
from billing.models import Quote
from billing.money import FORFAIT
from billing.money.metering import CAPS_MINUTES
from billing.money.tiers import LIVE
from billing.queries.quotes import in_catalogue
from broker import access
from broker.access import actor_of
from broker.actions import metering, tiers
from broker.actions.asking import USUAL
from broker.forms import CapForm
from broker.queries.metering import meter_shown
from broker.queries.questions import view_of
from broker.views.admission import account_in, for_kinds, refused, wants_json


@dataclass(frozen=True)
class Live:
    """An exchange by the minute that a quote could have: its rate and caps, or why not."""

    per_minute_cents: int
    caps: tuple[tuple[int, int], ...]  # minutes, and what they cost at most
    chosen: int
    code: str = ""


def live(offered: Quote, now: datetime, away: Callable[[], str]) -> Live | None:
    """What the patient may pick on this quote; None where nothing by the minute is offered.

    Nothing is ticked before they have set a cap.
    """
    line = in_catalogue(LIVE, now)
    usual = view_of(offered.question).tier
    paid = offered.honoraires_cents and offered.tier != FORFAIT
    if line is None or usual not in USUAL or not paid:
        return None
    rate = line.platform_cents
    return Live(
        per_minute_cents=rate,
        caps=tuple((minutes, minutes * rate) for minutes in CAPS_MINUTES),
        chosen=offered.cap_minutes,
        code=away(),
    )


@for_kinds("patient")
@require_POST
def set_cap(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """The patient sets how long a live exchange may last at most: a new quote says what it costs.

    409 with its code when the physician is away, or no such exchange is offered.
    """
    account = account_in(request)
    access.authorize(account, "accept", question_id)
    form = CapForm(request.POST)
    if not form.is_valid():
        return refused(request, "CAP_NOT_SET", status=422)
    promise = tiers.choose_tier(
        question_id=question_id, tier=LIVE, cap_minutes=int(form.cleaned_data["minutes"]),
        actor=actor_of(account), now=timezone.now(),
    )  # fmt: skip
    if promise:
        return refused(request, refusal_code(promise))
    return redirect("broker:quote", question_id=question_id)


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
