"""Give back, or close, the hold or the page of a payment that does not count."""

from datetime import datetime

from django.db import transaction

from audit.facts import SYSTEM
from billing import gateway
from billing.actions.steps import Since, note
from billing.models import Op, Renewal
from billing.queries.legs import account_of, of_leg, told
from billing.states import OpState, RenewalState
from billing.states.seen import Seen

WAYS = {"canceled": "given-back", "succeeded": "refunded"}


def drop(*, op: Op, running: Since) -> None:
    """Make sure that nothing stands of it at Stripe, then settle; fetched first, every time.

    On an account that its holder cut it waits until they let us in: meanwhile they may take what
    stands there, and that is then given back. Raises gateway.Unreachable, gateway.Refused.
    """
    assert op.renewal_id is not None
    renewal = Renewal.objects.select_related("leg__connected_account", "leg__quote").get(
        pk=op.renewal_id
    )
    _settle(op, renewal, _gone(op, renewal), running.at())


def _gone(op: Op, renewal: Renewal) -> Seen:
    account, key = account_of(renewal.leg), str(op.id)
    seen = _fetched(renewal, account)
    if seen.session_status == "open":
        gateway.expire(account=account, session=renewal.checkout_session or "", key=key)
        seen = _fetched(renewal, account)
    if seen.intent_status == "requires_capture":
        gateway.cancel(account=account, intent=seen.intent, key=key)
        seen = _fetched(renewal, account)
    if seen.intent_status == "succeeded":  # its holder took it: it is given back whole
        back = gateway.refunds(account=account, intent=seen.intent)
        left = seen.received_cents - sum(one.cents for one in back if one.stands)
        if left:
            gateway.refund(
                account=account, intent=seen.intent, amount_cents=left, reference=key,
                key=f"{key}-{len(back)}",
            )  # fmt: skip
    return seen


def _fetched(renewal: Renewal, account: str) -> Seen:
    if renewal.state == RenewalState.COUNTED:
        return gateway.seen(account=account, session="", intent=renewal.instead_of)
    session = renewal.checkout_session or ""
    return gateway.seen(account=account, session=session, intent=renewal.payment_intent or "")


def _settle(op: Op, renewal: Renewal, seen: Seen, now: datetime) -> None:
    with transaction.atomic(durable=True):
        if not Op.objects.filter(pk=op.pk, state=OpState.LIVE).update(
            state=OpState.DONE, settled_at=now
        ):
            return
        note(
            type="leg.hold-dropped", of=of_leg(renewal.leg), actor=SYSTEM, now=now,
            data=told(
                renewal.leg, op=str(op.id), renewal=str(renewal.id), intent=seen.intent,
                how=WAYS.get(seen.intent_status, "closed"),
            ),
        )  # fmt: skip
