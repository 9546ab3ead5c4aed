"""What the worker does about money: operations, events, sweeps."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from audit.facts import SYSTEM
from billing import gateway
from billing.actions.closing import close_days
from billing.actions.dropping import drop
from billing.actions.events import follow
from billing.actions.payments import AccountCut, PaymentUnavailable, opened, reconcile
from billing.actions.projecting import project
from billing.actions.reconciling import reconcile_due
from billing.actions.refunding import refund_refused, refund_rest
from billing.actions.renewing import renewal_opened
from billing.actions.steps import Since, locked_leg, note, ordered
from billing.actions.sweeping import BATCH, MANY_AWAY, apart, sweep
from billing.models import Attempt, Leg, Op, StripeEvent
from billing.queries.legs import account_of, of_leg, told
from billing.queries.work import LEASE_SECONDS, LONGEST_WAIT_SECONDS, ops_due
from billing.states import BEFORE_HOLD, LegState, OpKind, OpState
from billing.states.seen import Seen

NEW_KEY_AFTER = 6  # a kept 500 answers for ever: then the same is asked under another key


def run_due(*, now: datetime) -> int:
    """Follow waiting events, carry out live operations, sweep; how many things were done.

    Not inside a transaction. Any number of workers may run at once.
    """
    running = Since(now)
    done = _followed(running)
    for op_id in ops_due(running.at(), BATCH):
        done += apart(act=partial(carry_out, op_id=op_id, now=running.at())) or 0
    done += sweep(running=running)
    for daily in (partial(reconcile_due, now=running.at()), close_days):
        done += apart(act=daily) or 0
    return done


def _followed(running: Since) -> int:
    """Follow waiting events; what does not answer for one account holds up no other's."""
    done, away = 0, set[str]()
    for event in StripeEvent.objects.filter(followed_at=None).order_by("received_at")[:BATCH]:
        if event.account in away:
            continue
        followed = apart(act=partial(follow, event=event, now=running.at()))
        if followed is None:  # not even followed: the sweeper will look at its leg
            StripeEvent.objects.filter(pk=event.pk).update(followed_at=running.at())
        elif not followed:
            away.add(event.account)
            if not event.account or len(away) == MANY_AWAY:
                break  # nobody answers there: the operations after it say so too
            continue
        done += 1
    return done


def carry_out(*, op_id: UUID, now: datetime) -> int:
    """Try one live operation once, if it is due and nobody else is trying; 1 when tried."""
    running = Since(now)
    op = Op.objects.select_related("leg__quote", "leg__connected_account").get(pk=op_id)
    if op.state != OpState.LIVE:
        return 0
    attempt = _begun(op, running.at())
    if attempt is None:
        return 0
    try:
        if attempt.number > 1 or _unheard(op).exists():  # what was asked may be done: fetch first
            reconcile(leg_id=op.leg_id, now=running.at())
            op.refresh_from_db(fields=["state"])
        outcome = _called(op, running) if op.state == OpState.LIVE else "answered"
    except PaymentUnavailable as error:
        outcome = f"not sent: {error}"[:80]
    Attempt.objects.filter(pk=attempt.pk).update(ended_at=running.at(), outcome=outcome)
    if attempt.number >= NEW_KEY_AFTER and outcome.startswith("unknown"):
        _renew(op, running)
    return 1


def _called(op: Op, running: Since) -> str:
    """Ask it of Stripe; what was heard of it."""
    try:
        CALLS[OpKind(op.kind)](op, running)
    except (gateway.Refused, AccountCut) as refused:
        return f"refused: {refused}"[:80]
    except (gateway.Unreachable, PaymentUnavailable) as error:
        return f"unknown: {error}"[:80]
    return "answered"


def _begun(op: Op, now: datetime) -> Attempt | None:
    last = Attempt.objects.filter(op=op).order_by("-number").first()
    if last is not None:
        wait = min(2**last.number, LONGEST_WAIT_SECONDS) if last.ended_at else LEASE_SECONDS
        if (last.ended_at or last.begun_at) + timedelta(seconds=wait) > now:
            return None
    elif _unheard(op).filter(ended_at__gt=now - timedelta(seconds=LEASE_SECONDS)).exists():
        return None  # what was asked under the key before may still arrive
    number = last.number + 1 if last else 1
    try:
        with transaction.atomic():
            return Attempt.objects.create(op=op, number=number, begun_at=now)
    except IntegrityError:
        return None  # another worker was first


def _unheard(op: Op) -> QuerySet[Attempt]:
    """Tries at the same under keys that were given up, whose outcome nobody heard."""
    return Attempt.objects.filter(
        op__leg=op.leg_id, op__kind=op.kind, op__state=OpState.FAILED,
        outcome__startswith="unknown",
    )  # fmt: skip


def _capture(op: Op, running: Since) -> None:
    leg = op.leg
    try:
        gateway.capture(
            account=account_of(leg), intent=leg.payment_intent or "",
            amount_cents=op.amount_cents, key=str(op.id),
        )  # fmt: skip
    except gateway.Refused as refused:
        if refused.code not in gateway.GONE:  # else it never arrived, and nothing can be fetched
            reconcile(leg_id=leg.id, now=running.at())
        raise
    except gateway.Unreachable:
        reconcile(leg_id=leg.id, now=running.at())
        raise
    reconcile(leg_id=leg.id, now=running.at())  # what is true is what a fetch shows


def _cancel(op: Op, running: Since) -> None:
    leg = op.leg
    if leg.checkout_session is None:
        _find_page(leg, running)
        leg = Leg.objects.select_related("quote", "connected_account").get(pk=leg.id)
    if leg.checkout_session is None:  # Stripe refused to open one: nothing of it stands there
        with transaction.atomic(durable=True):
            project(leg_id=leg.id, seen=Seen(session_status="expired"), now=running.at())
        return
    account = account_of(leg)
    if leg.state in BEFORE_HOLD:
        if gateway.session_is_open(account=account, session=leg.checkout_session):
            gateway.expire(account=account, session=leg.checkout_session, key=str(op.id))
        leg = reconcile(leg_id=leg.id, now=running.at())
    if leg.state == LegState.AUTHORISED and leg.payment_intent:
        try:
            gateway.cancel(account=account, intent=leg.payment_intent, key=str(op.id))
        finally:
            reconcile(leg_id=leg.id, now=running.at())


def _refund(op: Op, running: Since) -> None:
    leg, sent_at = op.leg, running.at()
    try:
        gateway.refund(
            account=account_of(leg), intent=leg.payment_intent or "",
            amount_cents=op.amount_cents, reference=str(op.id), key=str(op.id),
        )  # fmt: skip
    except gateway.Refused as refused:
        if refused.code in gateway.GONE:
            raise  # the account was cut: it stays owed, and is asked again when we are let in
        reconcile(leg_id=leg.id, now=running.at())  # its holder may have given back a part
        with transaction.atomic(durable=True):
            refund_refused(op_id=op.id, code=refused.code, now=running.at(), sent_at=sent_at)
            refund_rest(leg_id=leg.id, now=running.at())
        raise
    reconcile(leg_id=leg.id, now=running.at())


def _find_page(leg: Leg, running: Since) -> None:
    """A page whose answer was lost: the same key gives the same page, which can then be closed."""
    opening = Op.objects.filter(leg=leg, kind=OpKind.OPEN, state=OpState.LIVE).first()
    if opening is not None:
        opened(op=opening, running=running)


def _open(op: Op, running: Since) -> None:
    """A page that nobody waits for any more is found again, so that it can be shown or closed."""
    opened(op=op, running=running)


def _renewal_page(op: Op, running: Since) -> None:
    renewal_opened(op=op, running=running)


def _drop(op: Op, running: Since) -> None:
    drop(op=op, running=running)


CALLS: dict[OpKind, Callable[[Op, Since], None]] = {
    OpKind.CAPTURE: _capture,
    OpKind.CANCEL: _cancel,
    OpKind.OPEN: _open,
    OpKind.REFUND: _refund,
    OpKind.RENEW: _renewal_page,
    OpKind.DROP: _drop,
}


def _renew(op: Op, running: Since) -> None:
    """Ask the same under another key, after a fetch has shown that nothing happened."""
    with suppress(PaymentUnavailable):
        reconcile(leg_id=op.leg_id, now=running.at())
    with transaction.atomic(durable=True):
        leg = locked_leg(leg_id=op.leg_id)
        now = running.at()
        if not Op.objects.filter(pk=op.pk, state=OpState.LIVE).update(
            state=OpState.FAILED, settled_at=now
        ):
            return
        again = ordered(
            leg=leg, kind=OpKind(op.kind), now=now, gate_pass=op.gate_pass_id,
            reason=op.reason, returns_to=op.returns_to, amount_cents=op.amount_cents,
            renewal=op.renewal_id,
        )  # fmt: skip
        note(
            type="op.failed", of=of_leg(leg), actor=SYSTEM, now=now,
            data=told(leg, op=str(op.id), code="unknown-outcome", again=str(again.id)),
        )  # fmt: skip
