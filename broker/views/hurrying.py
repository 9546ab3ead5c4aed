"""Another quote: a new one, a faster answer where somebody can give it, or the forfait."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from audit.law.words import refusal_code
from billing.models import Quote
from billing.money import FORFAIT
from billing.money.tiers import EXPRESS, LIVE
from billing.queries.quotes import honoraires_of, in_catalogue
from broker import access
from broker.access import actor_of
from broker.actions import asking, tiers
from broker.actions.asking import USUAL
from broker.queries.presence import ready_for
from broker.queries.questions import view_of
from broker.views.admission import account_in, for_kinds, refused

SLOW = (LIVE, FORFAIT)  # on these quotes no faster answer is offered


@dataclass(frozen=True)
class Period:
    """The physician's forfait beside this quote, or the way back from it to a single exchange."""

    tier: str
    days: int
    honoraires_cents: int
    platform_cents: int
    total_cents: int
    back: bool


@dataclass(frozen=True)
class Hurry:
    """The other tier that a quote could have: its price and time, or why it is missing."""

    tier: str
    platform_cents: int
    minutes: int
    faster: bool
    code: str = ""


def absence(offered: Quote, now: datetime) -> str:
    """The code of a promise that a quote's physician is not here to keep; "" if they are."""
    here = ready_for(offered.question, offered.physician, now)
    return "" if here else "NO_ELIGIBLE_PRESENT"


def hurry(offered: Quote, now: datetime, away: Callable[[], str]) -> Hurry | None:
    """What else the patient may pick on this quote; None where there is nothing to pick.

    A free exchange has no faster one: there, nothing is paid for being quick.
    """
    usual = view_of(offered.question).tier
    if usual not in USUAL or offered.honoraires_cents == 0 or offered.tier in SLOW:
        return None
    faster = offered.tier != EXPRESS
    line = in_catalogue(EXPRESS if faster else usual, now)
    if line is None:
        return None
    return Hurry(
        tier=EXPRESS if faster else usual,
        platform_cents=line.platform_cents,
        minutes=line.answer_within_seconds // 60,
        faster=faster,
        code=away() if faster else "",
    )


def period(offered: Quote, now: datetime) -> Period | None:
    """The forfait that the physician offers for what is quoted; None where there is none."""
    usual, asked = view_of(offered.question).tier, honoraires_of(offered.physician, now)
    back = offered.tier == FORFAIT
    line = in_catalogue(usual if back else FORFAIT, now)
    pickable = usual in USUAL and offered.tier in (usual, FORFAIT) and offered.honoraires_cents
    if line is None or not pickable or not (back or asked.forfait_days):
        return None
    honoraires_cents = asked.cents if back else asked.forfait_cents
    return Period(
        tier=usual if back else FORFAIT,
        days=offered.period_days if back else asked.forfait_days,
        honoraires_cents=honoraires_cents,
        platform_cents=line.platform_cents,
        total_cents=honoraires_cents + line.platform_cents,
        back=back,
    )


@for_kinds("patient")
@require_POST
def choose(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """Ask for the quote of another tier; 409 with its code when nobody can keep its promise."""
    account = account_in(request)
    access.authorize(account, "accept", question_id)
    tier = request.POST.get("tier", "")
    if not tier or len(tier) > 32:
        return refused(request, "FIELD_INVALID", status=422)
    promise = tiers.choose_tier(
        question_id=question_id, tier=tier, actor=actor_of(account), now=timezone.now()
    )
    if promise:
        return refused(request, refusal_code(promise))
    return redirect("broker:quote", question_id=question_id)


@for_kinds("patient")
@require_POST
def quote_again(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """Ask for a new quote: the last ran out, or is to be settled another way."""
    access.authorize(account_in(request), "accept", question_id)
    asking.requote(
        question_id=question_id, actor=actor_of(account_in(request)), now=timezone.now()
    )
    return redirect("broker:quote", question_id=question_id)
