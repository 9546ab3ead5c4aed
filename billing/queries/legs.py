"""A leg as entries and calls speak of it."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q

from audit.facts import Json
from billing.models import Attempt, Leg, Op
from billing.states import CONTESTED, RELEASABLE, TAKEN, OpKind, OpState, Party
from consults.queries.record import Recorded, recorded


def told(leg: Leg, **more: Json) -> dict[str, Json]:
    """What an entry says of a leg."""
    return {
        "leg": str(leg.id),
        "quote": str(leg.quote_id),
        "party": leg.party,
        "settlement": leg.settlement,
        "cents": leg.amount_cents,
        "state": str(leg.state),
        **more,
    }


def of_leg(leg: Leg) -> Recorded:
    """Who and what a leg is about, as the record speaks of it."""
    return recorded(leg.question, leg.quote.physician)


def account_of(leg: Leg) -> str:
    """The Stripe account of the leg's own party; "" is the platform."""
    return leg.connected_account.stripe_account if leg.connected_account else ""


def book_name(leg: Leg, of: Recorded) -> str:
    """The one book that this leg's money is written in."""
    return f"dr:{of.rpps}" if leg.party == Party.HONORAIRES else "platform"


def kind_of(leg: Leg) -> str:
    """The kind of book that this leg's money is written in."""
    return "physician" if leg.party == Party.HONORAIRES else "platform"


def may_be_captured(leg: Leg) -> bool:
    """Whether a capture of this leg may have arrived at Stripe, as far as anybody here heard."""
    tried = Attempt.objects.filter(op__leg=leg.id, op__kind=OpKind.CAPTURE)
    return tried.exclude(
        Q(outcome__startswith="refused") | Q(outcome__startswith="not sent")
    ).exists()


def still_held(question_ids: Iterable[UUID]) -> list[UUID]:
    """Of these questions, those with a payment held or taken that nobody has ordered back."""
    ending = Op.objects.filter(
        leg=OuterRef("pk"), state=OpState.LIVE, kind__in=[OpKind.CAPTURE, OpKind.CANCEL]
    )
    tried = Op.objects.filter(leg=OuterRef("pk"), kind=OpKind.REFUND).filter(
        Q(reason="block-found") | Q(state=OpState.LIVE)
    )
    legs = Leg.objects.filter(question__in=list(question_ids)).filter(
        Q(state__in=RELEASABLE) & ~Exists(ending)
        | Q(state__in=TAKEN - CONTESTED, captured_cents__gt=F("refund_ordered_cents"))
        & ~Exists(tried)
    )
    return list(dict.fromkeys(legs.values_list("question", flat=True)))
