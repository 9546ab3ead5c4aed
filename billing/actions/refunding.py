"""Give taken money back, each leg on its own: order it, and project what Stripe shows of it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from audit.facts import SYSTEM, Actor, Json
from billing import money
from billing.actions.papers import issue_credit_note
from billing.actions.steps import explained, in_transaction, locked_leg, note, ordered, posted
from billing.models import Leg, Op, Refund
from billing.queries.legs import kind_of, left_cents, of_leg, owed_back, to_order_back_cents, told
from billing.states import CONTESTED, TAKEN, LegState, OpKind, OpState, Party, after_refunds
from billing.states.seen import Returned
from consults.queries.record import Recorded

# Closed: reasons are recorded, and never sent to Stripe.
REASONS = (
    "breach", "withdrawn", "complaint", "block-found", "duplicate", "goodwill", "taken-elsewhere",
)  # fmt: skip


class NotRefundable(Exception):
    """This amount was not captured, is given back already, or is being given back."""

    code = "NOT_REFUNDABLE"


def refund(*, leg_id: UUID, amount_cents: int, reason: str, actor: Actor, now: datetime) -> Op:
    """Order part or all of one payment given back; the operation's id is its key at Stripe.

    The other party's payment is not touched. Raises NotRefundable.
    """
    in_transaction()
    assert reason in REASONS, reason
    leg = _locked(leg_id)
    left = left_cents(leg)
    under_way = Op.objects.filter(leg=leg, kind=OpKind.REFUND, state=OpState.LIVE).exists()
    if leg.state not in TAKEN - CONTESTED or under_way or not 0 < amount_cents <= left:
        raise NotRefundable
    op = ordered(leg=leg, kind=OpKind.REFUND, now=now, reason=reason, amount_cents=amount_cents)
    leg.refund_ordered_cents += amount_cents
    note(
        type="leg.refund-ordered", of=of_leg(leg), actor=actor, now=now,
        data=told(leg, op=str(op.id), refund_cents=amount_cents, reason=reason),
    )  # fmt: skip
    leg.save(update_fields=["refund_ordered_cents"])
    return op


def refund_all(*, question_id: UUID, reason: str, actor: Actor, now: datetime) -> list[Op]:
    """Order whatever was taken for a question given back, each payment on its own.

    What is given back already, or is being given back, is left alone; what then is left of a
    payment that a breach owes back is ordered once that is settled: see `refund_rest`.
    """
    taken = Leg.objects.filter(question=question_id, state__in=TAKEN - CONTESTED)
    left = [(one.id, left_cents(one)) for one in taken.order_by("made_at", "party")]
    busy = set(
        Op.objects.filter(leg__in=[one for one, _ in left], kind=OpKind.REFUND)
        .filter(state=OpState.LIVE)
        .values_list("leg_id", flat=True)
    )
    return [
        refund(leg_id=leg_id, amount_cents=cents, reason=reason, actor=actor, now=now)
        for leg_id, cents in left
        if cents > 0 and leg_id not in busy
    ]


def refund_rest(*, leg_id: UUID, now: datetime) -> Op | None:
    """Order back what is left of a payment that goes back whole, once nothing else is under way.

    Called wherever a refund or a dispute may have been settled, in the same transaction: a part
    that was on its way when the whole became owed keeps nothing of the rest behind.
    """
    in_transaction()
    leg = _locked(leg_id)
    left = to_order_back_cents(leg_id)
    reason = owed_back(leg) if left else ""
    if not reason:
        return None
    return refund(leg_id=leg_id, amount_cents=left, reason=reason, actor=SYSTEM, now=now)


def project_refunds(*, leg_id: UUID, found: Sequence[Returned], now: datetime) -> Leg:
    """Write what a fetch showed of a payment's refunds; what is known already changes nothing."""
    in_transaction()
    leg = _locked(leg_id)
    of = of_leg(leg)
    known = {one.stripe_refund: one for one in Refund.objects.filter(leg=leg)}
    for one in found:
        if one.id not in known and one.stands:
            known[one.id] = _given_back(leg, of, one, now)
        elif one.id in known and not one.stands and not known[one.id].failed:
            _failed(leg, of, known[one.id], now)
        elif one.id not in known and (op := _op_of(leg, one)):
            refund_refused(op_id=op.id, code=one.status, now=now)
            leg.refresh_from_db(fields=["refund_ordered_cents"])
    return leg


def _given_back(leg: Leg, of: Recorded, one: Returned, now: datetime) -> Refund:
    op = _op_of(leg, one)
    if op is None or op.state == OpState.FAILED:
        # Given back elsewhere by the party itself, or under a key that was given up: it counts
        # all the same, and what was ordered for the same money is not asked any more.
        _overtaken(leg, op, one, now)
        leg.refund_ordered_cents += one.cents
    refund = Refund(
        subject=leg.subject, leg=leg, op=op, stripe_refund=one.id, amount_cents=one.cents,
        vat_cents=_vat(leg, one.cents), seen_at=now,
    )  # fmt: skip
    leg.refunded_cents += one.cents
    rows = explained(
        leg=leg, of=of, postings=_back(leg, refund), source=one.id, now=now, line=one.line
    )
    _written("leg.refunded", leg, of, refund, rows, now)
    refund.save(force_insert=True)
    if op is not None:
        op.state, op.settled_at = OpState.DONE, now
        op.save(update_fields=["state", "settled_at"])
    if not leg.elsewhere:  # which no receipt was ever issued for
        issue_credit_note(leg=leg, refund=refund, of=of, now=now)
    return refund


def _overtaken(leg: Leg, op: Op | None, one: Returned, now: datetime) -> None:
    """Close the refund that waits, when this one leaves nothing for it or was the same."""
    waiting = Op.objects.filter(leg=leg, kind=OpKind.REFUND, state=OpState.LIVE).first()
    if waiting is None:
        return
    too_much = one.cents > left_cents(leg)
    if too_much or (op is not None and op.amount_cents == waiting.amount_cents):
        refund_refused(op_id=waiting.id, code="given-back-already", now=now)
        leg.refresh_from_db(fields=["refund_ordered_cents"])


def _failed(leg: Leg, of: Recorded, refund: Refund, now: datetime) -> None:
    """The bank sent a refund back: the money is on the account again, and may be asked again."""
    leg.refunded_cents -= refund.amount_cents
    leg.refund_ordered_cents -= refund.amount_cents
    source = f"{refund.stripe_refund}:failed"
    rows = posted(leg=leg, of=of, postings=_again(leg, refund), source=source, now=now)
    _written("leg.refund-failed", leg, of, refund, rows, now)
    refund.failed = True
    refund.save(update_fields=["failed"])
    if refund.op is not None:
        Op.objects.filter(pk=refund.op.id).update(state=OpState.FAILED)
    if not leg.elsewhere:  # which no receipt was ever issued for
        issue_credit_note(leg=leg, refund=refund, of=of, now=now)


def refund_refused(
    *, op_id: UUID, code: str, now: datetime, sent_at: datetime | None = None
) -> None:
    """Stripe did not take a refund at all: nothing moved, and it may be asked again.

    It counts as settled when it was sent: a dispute seen to end after that may be why.
    """
    in_transaction()
    op = Op.objects.filter(pk=op_id, state=OpState.LIVE).first()
    if op is None:
        return
    leg = _locked(op.leg_id)
    leg.refund_ordered_cents -= op.amount_cents
    note(
        type="leg.refund-failed", of=of_leg(leg), actor=SYSTEM, now=now,
        data=told(leg, op=str(op.id), refund_cents=op.amount_cents, code=code, journal=[]),
    )  # fmt: skip
    leg.save(update_fields=["refund_ordered_cents"])
    op.state, op.settled_at = OpState.FAILED, sent_at or now
    op.save(update_fields=["state", "settled_at"])


def _written(
    type: str, leg: Leg, of: Recorded, refund: Refund, rows: list[Json], now: datetime
) -> None:
    if leg.state != LegState.DISPUTED:
        leg.state = after_refunds(
            captured_cents=leg.captured_cents, refunded_cents=leg.refunded_cents,
            lost_cents=leg.lost_cents, elsewhere=leg.elsewhere,
        )  # fmt: skip
    note(
        type=type, of=of, actor=SYSTEM, now=now,
        data=told(
            leg, op=str(refund.op_id or ""), refund=refund.stripe_refund,
            refund_cents=refund.amount_cents, vat_cents=refund.vat_cents, journal=rows,
        ),
    )  # fmt: skip
    leg.save(update_fields=["state", "refund_ordered_cents", "refunded_cents"])


def _locked(leg_id: UUID) -> Leg:
    try:
        return locked_leg(leg_id=leg_id)
    except Leg.DoesNotExist:
        raise NotRefundable from None


def _op_of(leg: Leg, one: Returned) -> Op | None:
    """Our own operation of this leg that a refund names, if it is ours."""
    ours = Op.objects.filter(leg=leg, kind=OpKind.REFUND)
    return {str(op.id): op for op in ours}.get(one.reference)


def _back(leg: Leg, refund: Refund) -> list[money.Posting]:
    if leg.elsewhere:
        return money.elsewhere(kind_of(leg), -refund.amount_cents, 0)
    return money.refunded(kind_of(leg), refund.amount_cents, refund.vat_cents)


def _again(leg: Leg, refund: Refund) -> list[money.Posting]:
    if leg.elsewhere:
        return money.elsewhere(kind_of(leg), refund.amount_cents, 0)
    return money.refund_failed(kind_of(leg), refund.amount_cents, refund.vat_cents)


def _vat(leg: Leg, cents: int) -> int:
    if leg.party == Party.HONORAIRES or leg.elsewhere:
        return 0
    before = sum(one.vat_cents for one in Refund.objects.filter(leg=leg, failed=False))
    return money.vat_given_back(
        cents=cents, refunded_cents=leg.refunded_cents, vat_back_cents=before,
        bps=leg.quote.vat_bps,
    )  # fmt: skip
