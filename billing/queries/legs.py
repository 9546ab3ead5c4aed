"""A leg as entries and calls speak of it."""

import json
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q

from audit.facts import Json
from audit.models import Entry
from billing.models import Attempt, Dispute, Leg, Op, Refund
from billing.states import CONTESTED, RELEASABLE, TAKEN, OpKind, OpState, Party
from consults.queries.record import Recorded, is_breached, recorded
from consults.queries.rejudging import has_incident

# Reasons for which a payment goes back whole, whatever of it went back before.
OWED_BACK = ("breach", "block-found", "taken-elsewhere")


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


def given_back_as(leg: Leg, reason: str) -> bool:
    """Whether the record says that what stood on a payment's quote was given back as this."""
    rows = Entry.objects.filter(subject=leg.subject, type="leg.release-ordered")
    told_of = (json.loads(bytes(body))["data"] for body in rows.values_list("body", flat=True))
    wanted = (str(leg.quote_id), reason)
    return any((one["quote"], one["reason"]) == wanted for one in told_of)


def may_be_captured(leg: Leg) -> bool:
    """Whether a capture of this leg may have arrived at Stripe, as far as anybody here heard."""
    tried = Attempt.objects.filter(op__leg=leg.id, op__kind=OpKind.CAPTURE)
    return tried.exclude(
        Q(outcome__startswith="refused") | Q(outcome__startswith="not sent")
    ).exists()


def owed_back(leg: Leg) -> str:
    """Why all of a payment goes back to the patient; "" when nothing says that it does."""
    if is_breached(leg.question):
        return "breach"
    if has_incident(leg.question):
        return "block-found"
    return "taken-elsewhere" if leg.elsewhere else ""


def left_cents(leg: Leg) -> int:
    """What of a payment nobody has ordered back, and no bank took back for good."""
    return max(0, leg.captured_cents - leg.refund_ordered_cents - leg.lost_cents)


def to_order_back_cents(leg_id: UUID) -> int:
    """What of a payment that goes back whole may be ordered back now, and was not yet."""
    found = Leg.objects.filter(_to_order_back(), pk=leg_id).first()
    return left_cents(found) if found else 0


def _to_order_back() -> Q:
    """Payments of which something is left, no refund under way, and none that failed in vain.

    A refund of the whole that Stripe refused, or that the bank sent back, is for a person to look
    at; one that another refund overtook left another amount, which nobody tried, and one that was
    refused before a dispute ended may be taken now.
    """
    asked = Op.objects.filter(leg=OuterRef("pk"), kind=OpKind.REFUND)
    left = (
        OuterRef("captured_cents") - OuterRef("refund_ordered_cents") - OuterRef("lost_cents")
    )  # fmt: skip
    contested = Dispute.objects.filter(leg=OuterRef("leg"), changed_at__gt=OuterRef("settled_at"))
    in_vain = asked.filter(state=OpState.FAILED, reason__in=OWED_BACK, amount_cents=left).filter(
        ~Exists(contested)
    )
    sent_back = Refund.objects.filter(leg=OuterRef("pk"), failed=True, op__reason__in=OWED_BACK)
    return Q(
        ~Exists(asked.filter(state=OpState.LIVE)), ~Exists(in_vain), ~Exists(sent_back),
        state__in=TAKEN - CONTESTED,
        captured_cents__gt=F("refund_ordered_cents") + F("lost_cents"),
    )  # fmt: skip


def still_held(question_ids: Iterable[UUID]) -> list[UUID]:
    """Of these questions, those with a payment held or taken that nobody has ordered back."""
    ending = Op.objects.filter(
        leg=OuterRef("pk"), state=OpState.LIVE, kind__in=[OpKind.CAPTURE, OpKind.CANCEL]
    )
    legs = Leg.objects.filter(question__in=list(question_ids)).filter(
        Q(state__in=RELEASABLE) & ~Exists(ending) | _to_order_back()
    )
    return list(dict.fromkeys(legs.values_list("question", flat=True)))
