"""A question's money in plain values, as pages and scripts show it."""

from typing import Any
from uuid import UUID

from billing import money
from billing.models import Acceptance, GatePass, Journal, Leg, Quote, Receipt
from billing.queries.legs import given_back_as
from billing.queries.papers import numbered
from billing.queries.quotes import acceptance_of, legs_of, quote_of, ready
from billing.queries.renewals import waiting_for
from billing.states import BEFORE_HOLD, ENDED, NEVER_PAID, TAKEN, LegState, Party, Settlement


def money_view(question_id: UUID) -> dict[str, Any]:
    """Everything a page shows of a question's money, in plain values; null parts are not there.

    `next_payment` is 1 or 2, the payment to open now. The total is for display only.
    """
    quote, accepted, legs = quote_of(question_id), acceptance_of(question_id), legs_of(question_id)
    waiting = [leg for leg in legs if leg.state in BEFORE_HOLD and leg.settlement == "card"]
    owed = Journal.objects.filter(question=question_id, event="gate").exists()
    held = ready(question_id)
    elsewhere = any(leg.elsewhere and leg.state in TAKEN for leg in legs)
    passed = accepted and GatePass.objects.filter(quote_id=accepted.quote_id).first()
    return {
        "quote": _quote_view(quote) if quote else None,
        "accepted": _acceptance_view(accepted) if accepted else None,
        "legs": [_leg_view(n, leg) for n, leg in enumerate(legs, 1)],
        "legs_total_cents": sum(_cost_cents(leg) for leg in legs),
        "legs_kept_cents": sum(_kept_cents(leg) for leg in legs),
        "at_most": any(_at_most(leg) for leg in legs),
        "ready": held,
        "renewals": _renewals_view(question_id),
        "owed": owed,
        "included": bool(passed and legs) and not owed and given_back_as(legs[0], "included"),
        "lost": not held and (elsewhere or not any(_kept_cents(leg) for leg in legs)),
        "taken_elsewhere": elsewhere,
        "next_payment": legs.index(waiting[0]) + 1 if waiting else None,
        "gate_pass": str(passed.id) if passed else None,
        "receipts": [
            {"id": str(one.id), "series": one.series, "number": one.number, "kind": one.kind,
             "numbered": numbered(one),
             "party": "platform" if one.series == "platform" else "honoraires"}
            for one in Receipt.objects.filter(question=question_id).order_by("issued_at")
        ],
    }  # fmt: skip


def _renewals_view(question_id: UUID) -> list[dict[str, Any]]:
    """The holds that the patient is asked to place again, and until when."""
    return [
        {"party": one.leg.party, "cents": one.leg.amount_cents, "until": one.until}
        for one in waiting_for(question_id)
    ]


def _quote_view(quote: Quote) -> dict[str, Any]:
    total = quote.honoraires_cents + quote.platform_cents
    return {
        "id": str(quote.id),
        "physician": str(quote.physician),
        "tier": quote.tier,
        "settlement": quote.settlement,
        "honoraires_cents": quote.honoraires_cents,
        "platform_cents": quote.platform_cents,
        "platform_vat_cents": quote.platform_vat_cents,
        "vat_percent": quote.vat_bps // 100,
        "honoraires": money.euros(quote.honoraires_cents),
        "platform": money.euros(quote.platform_cents),
        "platform_vat": money.euros(quote.platform_vat_cents),
        "total": money.euros(total),
        "free": total == 0,
        "reimbursed": False,
        "answer_within_hours": quote.answer_within_seconds // 3600,
        "issued_at": quote.issued_at,
        "expires_at": quote.expires_at,
        "sha256": quote.sha256,
    }


def _acceptance_view(accepted: Acceptance) -> dict[str, Any]:
    return {
        "quote": str(accepted.quote_id),
        "settlement": accepted.settlement,
        "shown_at": accepted.shown_at,
        "accepted_at": accepted.accepted_at,
    }


def _cost_cents(leg: Leg) -> int:
    """What a payment comes to: once taken what was taken, and until then at most its hold."""
    return leg.captured_cents if leg.state in TAKEN else leg.amount_cents


def _kept_cents(leg: Leg) -> int:
    """What stays to be paid of it: nothing of what was released, given up or given back."""
    return 0 if leg.state in NEVER_PAID else _cost_cents(leg) - _back_cents(leg)


def _back_cents(leg: Leg) -> int:
    """What the patient has again of it, from its party or from their bank."""
    return min(leg.captured_cents, leg.refunded_cents + leg.lost_cents)


def _at_most(leg: Leg) -> bool:
    """Whether its amount is a cap that what is counted may stay under."""
    metered = leg.party == Party.PLATFORM and bool(leg.quote.per_minute_cents)
    return metered and leg.state not in ENDED


def _leg_view(number: int, leg: Leg) -> dict[str, Any]:
    return {
        "number": number,
        "id": str(leg.id),
        "party": leg.party,
        "settlement": leg.settlement,
        "state": leg.state,
        "cents": leg.amount_cents,
        "amount": money.euros(leg.amount_cents),
        "cost_cents": _cost_cents(leg),
        "at_most": _at_most(leg),
        "captured_cents": leg.captured_cents,
        "refunded_cents": _back_cents(leg),
        "refused_code": leg.refused_code,
        "elsewhere": leg.elsewhere,
        "payable": leg.state in BEFORE_HOLD and leg.settlement == Settlement.CARD,
        "received_cents": leg.amount_cents
        if leg.state == LegState.ACQUITTED
        else leg.captured_cents,
    }
