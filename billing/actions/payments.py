"""Take, call, settle: open a hosted page, and fetch and project a leg."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import NoReturn
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Max

from audit.facts import SYSTEM, Actor
from billing import gateway
from billing.actions.disputing import project_disputes
from billing.actions.projecting import project
from billing.actions.refunding import project_refunds, refund_rest
from billing.actions.releasing import release_quote
from billing.actions.steps import EXPLAINED, Since, in_transaction, note, ordered
from billing.models import Acceptance, Journal, Leg, Op
from billing.queries.legs import account_of, may_be_captured, of_leg, told
from billing.states import (
    BEFORE_HOLD,
    GIVEN_UP,
    TAKEN,
    LegState,
    OpKind,
    OpState,
    Party,
    Settlement,
)
from billing.states.seen import Seen, taken

NAMES = {Party.HONORAIRES: "Honoraires du médecin", Party.PLATFORM: "Frais de plateforme"}


class LegNotPayable(Exception):
    """This payment is not waiting for a card."""

    code = "LEG_NOT_PAYABLE"


class PaymentUnavailable(Exception):
    """The payment service did not answer; nothing was charged."""

    code = "PAYMENT_UNAVAILABLE"


class AccountCut(PaymentUnavailable):
    """Its holder cut the account: what was asked there waits until they let us in."""


def open_payment(*, leg_id: UUID, return_url: str, now: datetime) -> str:
    """Address of the hosted page for this leg; only the origin of `return_url` is used.

    Not inside a transaction. The person comes back to `/paiement/retour/<token>/`, whose token
    belongs to this leg alone, and is sent on to `/questions/<id>/retour/`. Raises
    LegNotPayable, PaymentUnavailable.
    """
    running = Since(now)
    where = urlsplit(return_url)
    with transaction.atomic(durable=True):
        leg = _locked(leg_id)
        if leg.checkout_session and leg.hosted_url:
            return leg.hosted_url
        op = Op.objects.filter(leg=leg, kind=OpKind.OPEN, state=OpState.LIVE).first()
        first = op is None
        if op is None:
            op = ordered(
                leg=leg, kind=OpKind.OPEN, now=now, returns_to=f"{where.scheme}://{where.netloc}"
            )
            note(
                type="leg.opening", of=of_leg(leg), actor=SYSTEM, now=now,
                data=told(leg, op=str(op.id)),
            )  # fmt: skip
    # At this point the operation is committed: whatever happens, its key stays the same.
    return opened(op=op, running=running, first=first)


def opened(*, op: Op, running: Since, first: bool = False) -> str:
    """Carry out an opening and settle it; the same key makes the same page.

    Raises PaymentUnavailable; AccountCut of an opening that waits for its account.
    """
    leg = Leg.objects.select_related("quote", "connected_account").get(pk=op.leg_id)
    back = f"{op.returns_to}/paiement/retour/{leg.return_token}/"
    try:
        made = gateway.open_session(
            account=account_of(leg), amount_cents=leg.amount_cents,
            name=NAMES[Party(leg.party)], reference=leg.reference, success_url=back,
            cancel_url=back, key=str(op.id),
        )  # fmt: skip
    except gateway.Unreachable:
        raise PaymentUnavailable from None
    except gateway.Refused as refused:
        opening_refused(op=op, refused=refused, first=first, now=running.at())
    with transaction.atomic(durable=True):
        leg = Leg.objects.select_for_update(of=("self",)).select_related("quote").get(pk=leg.id)
        if leg.checkout_session is None and leg.state == LegState.DRAFT:
            leg.checkout_session, leg.hosted_url = made.id, made.url
            leg.state = LegState.AUTHORISING
            note(
                type="leg.opened", of=of_leg(leg), actor=SYSTEM, now=running.at(),
                data=told(leg, op=str(op.id), session=made.id),
            )  # fmt: skip
            leg.save(update_fields=["checkout_session", "hosted_url", "state"])
            Op.objects.filter(pk=op.id, state=OpState.LIVE).update(
                state=OpState.DONE, settled_at=running.at()
            )
    return leg.hosted_url or made.url


def reconcile(*, leg_id: UUID, now: datetime) -> Leg:
    """Fetch the leg with its own account and project what was seen. Not inside a transaction.

    Webhook, return, sweeper and the operator's button all end here; local state changes nowhere
    else. Raises PaymentUnavailable.
    """
    running = Since(now)
    leg = Leg.objects.select_related("quote", "connected_account").get(pk=leg_id)
    if leg.checkout_session is None:
        return leg
    if leg.state in TAKEN:
        return _refunds_seen(leg, running)
    if leg.state in GIVEN_UP and leg.look_after_at is not None:
        return _seen_after(leg, running)
    try:
        seen = gateway.seen(
            account=account_of(leg),
            session=leg.checkout_session if leg.state in BEFORE_HOLD else "",
            intent=leg.payment_intent or "",
        )
    except gateway.Unreachable:
        raise PaymentUnavailable from None
    except gateway.Refused as refused:
        if refused.code not in gateway.GONE or not _lapsed(leg, running.at()):
            raise PaymentUnavailable from None
        seen = replace(LAPSED, intent=leg.payment_intent or "", amount_cents=leg.amount_cents)
        with transaction.atomic(durable=True):
            given_up = project(leg_id=leg_id, seen=seen, now=running.at())
            # Nobody saw it end: it is looked at when its holder lets us in again.
            Leg.objects.filter(pk=leg_id).update(look_after_at=running.at())
            return given_up
    return _written(leg_id, seen, running)


def _seen_after(leg: Leg, running: Since) -> Leg:
    """The same, where somebody comes by; a leg whose account is still cut stays as it is."""
    try:
        return look_after(leg_id=leg.id, now=running.at())
    except gateway.Unreachable:
        raise PaymentUnavailable from None
    except gateway.Refused as refused:
        if refused.code not in gateway.GONE:
            raise PaymentUnavailable from None
        return leg


def look_after(*, leg_id: UUID, now: datetime) -> Leg:
    """Look at a payment that was given up by the clock alone, and let nothing of it stand.

    Not inside a transaction. What its holder took meanwhile is captured where a pass earned it,
    else owed back. Raises gateway.Unreachable, gateway.Refused, PaymentUnavailable.
    """
    running = Since(now)
    leg = Leg.objects.select_related("connected_account").get(pk=leg_id)
    # Closing and cancelling are the same however often they are asked: a key of its own each
    # time, so that no error that Stripe keeps under one answers for a day.
    account, key = account_of(leg), str(uuid4())
    # The page of a card that was declined takes another, for as long as it is open.
    session = "" if leg.authorised_at else leg.checkout_session or ""
    look = partial(gateway.seen, account=account, session=session, intent=leg.payment_intent or "")
    seen = look()
    if seen.session_status == "open":
        gateway.expire(account=account, session=session, key=key)
        seen = look()
    if seen.intent_status == "requires_capture":
        gateway.cancel(account=account, intent=seen.intent, key=key)
        seen = look()
    if seen.intent_status == "succeeded" and not taken(seen):
        return leg  # the balance does not show it yet
    after = _written(leg_id, seen, running)
    Leg.objects.filter(pk=leg_id).update(look_after_at=None)
    return after


def _written(leg_id: UUID, seen: Seen, running: Since) -> Leg:
    Leg.objects.filter(pk=leg_id).update(looked_at=running.at())
    with transaction.atomic(durable=True):
        leg = project(leg_id=leg_id, seen=seen, now=running.at())
    if (
        leg.state in TAKEN
        and Journal.objects.filter(
            question=leg.question, leg=leg.id, source__endswith=EXPLAINED
        ).exists()
    ):
        # A daily look came by before us: what was given back since is in no line to come.
        return _refunds_seen(leg, running)
    return leg


# The account was cut by its holder: nothing can be fetched, and what stood has ended by its date.
PAGE_LIVES = 24 * 3600  # seconds; Stripe's own term for a hosted page when none is asked for
LAPSED = Seen(session_status="expired", intent_status="canceled", cancellation_reason="expired")


def _lapsed(leg: Leg, now: datetime) -> bool:
    """Whether what can no longer be fetched has ended by its own date.

    What may have been taken is never called lost by a clock: that waits for a fetch.
    """
    if leg.elsewhere or may_be_captured(leg):
        return False
    if leg.state in BEFORE_HOLD:
        asked = Op.objects.filter(leg=leg, kind=OpKind.OPEN).aggregate(last=Max("asked_at"))[
            "last"
        ]
        return asked is not None and asked + timedelta(seconds=PAGE_LIVES) <= now
    return leg.capture_before is not None and leg.capture_before <= now


def _refunds_seen(leg: Leg, running: Since) -> Leg:
    """What was taken changes by refunds and disputes alone."""
    account, intent = account_of(leg), leg.payment_intent or ""
    try:
        found = gateway.refunds(account=account, intent=intent)
        contested = gateway.disputes(account=account, intent=intent)
    except (gateway.Unreachable, gateway.Refused):
        raise PaymentUnavailable from None
    Leg.objects.filter(pk=leg.id).update(looked_at=running.at())
    with transaction.atomic(durable=True):
        project_refunds(leg_id=leg.id, found=found, now=running.at())
        after = project_disputes(leg_id=leg.id, found=contested, now=running.at())
        refund_rest(leg_id=leg.id, now=running.at())
        return after


def release(*, question_id: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """Order every hold of a question given back, inside the caller's transaction."""
    in_transaction()
    quotes = Acceptance.objects.filter(quote__question=question_id)
    for quote_id in quotes.order_by("accepted_at").values_list("quote_id", flat=True):
        release_quote(quote_id=quote_id, reason=reason, actor=actor, now=now)


def _locked(leg_id: UUID) -> Leg:
    leg = (
        Leg.objects.select_for_update(of=("self",))
        .select_related("quote", "connected_account")
        .filter(pk=leg_id)
        .first()
    )
    if leg is None or leg.settlement != Settlement.CARD or leg.state not in BEFORE_HOLD:
        raise LegNotPayable
    if Op.objects.filter(leg=leg, kind=OpKind.CANCEL, state=OpState.LIVE).exists():
        raise LegNotPayable
    return leg


def opening_refused(*, op: Op, refused: gateway.Refused, first: bool, now: datetime) -> NoReturn:
    """Write that Stripe refused to open a page; it may be asked for again.

    Unless this was the first try, the page may stand though nobody heard of it: on an account
    that its holder cut meanwhile the opening waits, and finds its page when they let us in.
    Raises AccountCut then, else PaymentUnavailable.
    """
    if refused.code in gateway.GONE and not first:
        raise AccountCut(refused.code) from None
    with transaction.atomic(durable=True):
        leg = Leg.objects.select_related("quote").get(pk=op.leg_id)
        if Op.objects.filter(pk=op.id, state=OpState.LIVE).update(
            state=OpState.FAILED, settled_at=now
        ):
            note(
                type="op.failed", of=of_leg(leg), actor=SYSTEM, now=now,
                data=told(leg, op=str(op.id), code=refused.code),
            )  # fmt: skip
    raise PaymentUnavailable from None
