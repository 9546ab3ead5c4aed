"""The one way local state changes: what was fetched becomes state, ledger rows and an entry."""

from datetime import datetime
from uuid import UUID

import structlog

from audit.facts import SYSTEM, Json
from billing import money
from billing.actions.papers import issue_receipt
from billing.actions.refunding import refund
from billing.actions.releasing import ending, release_legs
from billing.actions.steps import explained, in_transaction, locked_legs, note, ordered, posted
from billing.models import GatePass, Journal, Leg, Op
from billing.queries.legs import kind_of, of_leg, told
from billing.queries.metering import owed_cents
from billing.states import ENDED, GIVEN_UP, LegState, OpKind, OpState, Party, projected
from billing.states.seen import Seen, taken
from consults.queries.record import Recorded

log = structlog.get_logger(__name__)
OVER = (LegState.VOIDED, LegState.EXPIRED, LegState.CAPTURE_LOST)
ENTRY = {
    LegState.AUTHORISING: "leg.authorising",
    LegState.ACTION_REQUIRED: "leg.action-required",
    LegState.DECLINED: "leg.declined",
    LegState.AUTHORISED: "leg.authorised",
    LegState.CAPTURED: "leg.captured",
    LegState.CAPTURE_LOST: "leg.capture-lost",
    LegState.VOIDED: "leg.voided",
    LegState.EXPIRED: "leg.expired",
    LegState.TAKEN_ELSEWHERE: "leg.owed-back",
}


def project(*, leg_id: UUID, seen: Seen, now: datetime) -> Leg:
    """Write what a fetch showed of a leg; nothing happens when it says what is known."""
    in_transaction()
    legs = locked_legs(quote_id=Leg.objects.values_list("quote_id", flat=True).get(pk=leg_id))
    leg = next(one for one in legs if one.id == leg_id)
    if leg.payment_intent and seen.intent not in ("", leg.payment_intent):
        return leg  # a picture of a hold that does not count, or does no more
    before = LegState(leg.state)
    after = projected(before, seen, unwanted=_unwanted(leg, seen))
    if after is LegState.AUTHORISED and taken(seen) and not leg.elsewhere:
        _note_elsewhere(leg, seen, now)
    if after is before:
        return leg
    assert not seen.intent or seen.amount_cents == leg.amount_cents, "quote = charge"
    of = of_leg(leg)
    _take_over(leg, after, seen, now)
    rows = _rows(leg, of, before, after, seen, now)
    note(
        type=ENTRY[after], of=of, actor=SYSTEM, now=now,
        data=told(leg, **_details(leg, seen), journal=rows),
    )  # fmt: skip
    leg.save()
    _settle_ops(leg, after, now)
    if after is LegState.CAPTURED:
        issue_receipt(leg=leg, of=of, now=now)
    if after is LegState.TAKEN_ELSEWHERE:
        refund(
            leg_id=leg.id, amount_cents=leg.captured_cents, reason="taken-elsewhere",
            actor=SYSTEM, now=now,
        )  # fmt: skip
        leg.refresh_from_db(fields=["refund_ordered_cents"])
    if leg.party == Party.HONORAIRES:
        _fee_follows(legs, after, of, now)
    return leg


def _unwanted(leg: Leg, seen: Seen) -> bool:
    """Somebody ordered this payment given back, or its holder took another amount than is owed.

    A part of what was quoted is no capture: what a pass earned is taken whole, or given back.
    """
    if seen.received_cents and seen.received_cents != owed_cents(leg):
        return True
    return Op.objects.filter(leg=leg, kind=OpKind.CANCEL, state=OpState.LIVE).exists()


def _note_elsewhere(leg: Leg, seen: Seen, now: datetime) -> None:
    """Say once that a hold was taken by its account's holder; the gate decides what it becomes."""
    log.error("money.taken-elsewhere", party=leg.party)
    leg.elsewhere = True
    note(
        type="leg.taken-elsewhere", of=of_leg(leg), actor=SYSTEM, now=now,
        data=told(leg, intent=seen.intent, taken_cents=seen.received_cents),
    )  # fmt: skip
    leg.save(update_fields=["elsewhere"])


def _take_over(leg: Leg, after: LegState, seen: Seen, now: datetime) -> None:
    leg.state = after
    leg.payment_intent = leg.payment_intent or seen.intent or None
    leg.charge = seen.charge or leg.charge
    leg.refused_code = seen.refused_code[:80] if after is LegState.DECLINED else ""
    leg.capture_before = seen.capture_before or leg.capture_before
    if after is LegState.AUTHORISED:
        leg.authorised_at = now
    if after in (LegState.CAPTURED, LegState.TAKEN_ELSEWHERE):
        leg.captured_cents = seen.received_cents
        leg.elsewhere = after is LegState.TAKEN_ELSEWHERE
    if after in ENDED:
        leg.ended_at = now


def _details(leg: Leg, seen: Seen) -> dict[str, Json]:
    passed = GatePass.objects.filter(quote_id=leg.quote_id).values_list("id", flat=True).first()
    return {
        "intent": leg.payment_intent or "",
        "refused_code": leg.refused_code,
        "captured_cents": leg.captured_cents,
        "transaction": seen.transaction,
        "stripe_fee_cents": seen.stripe_fee_cents,
        "pass": str(passed) if passed else "",
    }


def _rows(
    leg: Leg, of: Recorded, before: LegState, after: LegState, seen: Seen, now: datetime
) -> list[Json]:
    kind, cents, source = kind_of(leg), leg.amount_cents, f"{leg.payment_intent}"
    if after is LegState.AUTHORISED:
        postings, source = money.held(kind, cents), f"{source}:authorised"
    elif after is LegState.CAPTURED:
        postings = money.captured(kind, seen.received_cents, seen.stripe_fee_cents)
        return explained(leg=leg, of=of, postings=postings, source=seen.transaction, now=now)
    elif after in (*OVER, LegState.TAKEN_ELSEWHERE):
        postings, source = _given_up(leg, before)
    else:
        postings = []
    rows = posted(leg=leg, of=of, postings=postings, source=source, now=now)
    if after is LegState.TAKEN_ELSEWHERE:
        rows += _external(leg, of, seen, now)
    return rows


def _given_up(leg: Leg, before: LegState) -> tuple[list[money.Posting], str]:
    """The rows of a hold that will not be captured, and their source."""
    kind, cents, source = kind_of(leg), leg.amount_cents, f"{leg.payment_intent}"
    if before in GIVEN_UP:
        return [], ""  # written when it was given up
    if Journal.objects.filter(leg=leg.id, event="gate").exists():
        # The physician is still owed; the platform gives up what it will not get.
        owed = owed_cents(leg)
        lost = money.fee_lost(owed, money.vat_inside(owed, leg.quote.vat_bps))
        return [] if kind == "physician" else lost, f"{source}:lost"
    stood = before is LegState.AUTHORISED
    return money.given_back(kind, cents) if stood else [], f"{source}:released"


def _external(leg: Leg, of: Recorded, seen: Seen, now: datetime) -> list[Json]:
    """Money that came in without us, beside what is earned."""
    postings = money.elsewhere(kind_of(leg), seen.received_cents, seen.stripe_fee_cents)
    return explained(leg=leg, of=of, postings=postings, source=seen.transaction, now=now)


def _settle_ops(leg: Leg, after: LegState, now: datetime) -> None:
    """Close the operations whose question this state answers, done or failed."""
    if after not in ENDED:
        return
    done = {
        LegState.CAPTURED: OpKind.CAPTURE,
        LegState.VOIDED: OpKind.CANCEL,
        LegState.EXPIRED: OpKind.CANCEL,
    }.get(after)
    for op in Op.objects.filter(leg=leg, state=OpState.LIVE, renewal=None):
        op.state = OpState.DONE if op.kind == done else OpState.FAILED
        op.settled_at = now
        op.save(update_fields=["state", "settled_at"])


def _fee_follows(legs: list[Leg], after: LegState, of: Recorded, now: datetime) -> None:
    """The fee is captured once the honoraires are; when they are lost, it is given back."""
    fee = [one for one in legs if one.party == Party.PLATFORM]
    passed = GatePass.objects.filter(quote_id=legs[0].quote_id).first()
    if not fee or passed is None:
        return
    earned = Journal.objects.filter(leg=fee[0].id, event="gate").exists()
    stands = fee[0].state == LegState.AUTHORISED and not ending(leg=fee[0])
    if after is LegState.CAPTURED and earned and stands:
        order_capture(leg=fee[0], gate_pass=passed.id, of=of, now=now)
    elif after in (LegState.CAPTURE_LOST, LegState.TAKEN_ELSEWHERE):
        released = release_legs(legs=fee, reason="honoraires-lost", now=now)
        if released:
            note(
                type="leg.release-ordered", of=of, actor=SYSTEM, now=now,
                data={
                    "quote": str(fee[0].quote_id), "reason": "honoraires-lost",
                    "releases": released,
                },
            )  # fmt: skip


def order_capture(*, leg: Leg, gate_pass: UUID, of: Recorded, now: datetime) -> Op:
    """Order the capture of a hold that stands, under its pass, with an entry of its own.

    Of a metered fee no more is asked than its meter read; Stripe gives the rest of the hold back.
    """
    in_transaction()
    leg.state = LegState.CAPTURING
    owed = owed_cents(leg)
    op = ordered(
        leg=leg, kind=OpKind.CAPTURE, now=now, gate_pass=gate_pass, amount_cents=owed
    )  # fmt: skip
    note(
        type="leg.capture-ordered", of=of, actor=SYSTEM, now=now,
        data=told(leg, op=str(op.id), capture_cents=owed, **{"pass": str(gate_pass)}),
    )  # fmt: skip
    leg.save(update_fields=["state"])
    return op
