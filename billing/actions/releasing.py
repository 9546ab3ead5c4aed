"""Give holds back: at a refusal, a withdrawal, a breach, or when one hold stands alone."""

from datetime import datetime
from uuid import UUID

from audit.facts import Actor, Json
from billing.actions.steps import locked_legs, note, ordered
from billing.models import Leg, Op, Quote
from billing.queries.legs import of_leg, told
from billing.states import RELEASABLE, LegState, OpKind, OpState


def release_others(*, quote: Quote, reason: str, actor: Actor, now: datetime) -> None:
    """Order given back what still stands on earlier quotes of the same question."""
    others = (
        Leg.objects.filter(question=quote.question, state__in=RELEASABLE)
        .exclude(quote=quote)
        .values_list("quote_id", flat=True)
        .distinct()
    )
    for quote_id in list(others):
        release_quote(quote_id=quote_id, reason=reason, actor=actor, now=now)


def release_quote(*, quote_id: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """Order given back what stands on one quote, with one entry saying what and why."""
    legs = locked_legs(quote_id=quote_id)
    told_of = release_legs(legs=legs, reason=reason, now=now)
    if told_of:
        note(
            type="leg.release-ordered", of=of_leg(legs[0]), actor=actor, now=now,
            data={"quote": str(quote_id), "reason": reason, "releases": told_of},
        )  # fmt: skip


def release_legs(*, legs: list[Leg], reason: str, now: datetime) -> list[Json]:
    """Write the release of locked legs; the caller's entry says so. Saying it twice adds none."""
    released: list[Json] = []
    for leg in legs:
        if leg.state not in RELEASABLE or ending(leg=leg):
            continue
        if leg.checkout_session or _opening(leg):
            op = ordered(leg=leg, kind=OpKind.CANCEL, now=now, reason=reason)
            released.append(told(leg, op=str(op.id)))
        else:  # nothing of it exists at Stripe
            leg.state, leg.ended_at = LegState.VOIDED, now
            leg.save(update_fields=["state", "ended_at"])
            released.append(told(leg))
    return released


def ending(*, leg: Leg) -> bool:
    """A capture or a cancel of this leg is under way."""
    return Op.objects.filter(
        leg=leg, state=OpState.LIVE, kind__in=[OpKind.CAPTURE, OpKind.CANCEL]
    ).exists()


def _opening(leg: Leg) -> bool:
    """A page may have been opened whose answer was lost; the cancel will find out."""
    return Op.objects.filter(leg=leg, state=OpState.LIVE, kind=OpKind.OPEN).exists()
