"""Ask for a hold again before it lapses: one more page, one more hold, and one of the two counts.

The new hold is one more attempt of the same payment under the same quote. It takes the place of
the old one in one transaction, and only while that one stands and nothing ends it; the other is
then given back. A hold that came too late is given back the same way.
"""

import secrets
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q

from audit.facts import SYSTEM, instant
from billing import gateway, money
from billing.actions.payments import NAMES, PaymentUnavailable, opening_refused
from billing.actions.releasing import ending
from billing.actions.steps import Since, in_transaction, locked_leg, note, ordered, posted
from billing.models import Leg, Op, Renewal
from billing.queries.legs import account_of, kind_of, of_leg, told
from billing.queries.renewals import WAITING, legs_to_renew, unwanted_renewals, waiting_of
from billing.states import LegState, OpKind, OpState, Party, RenewalState
from billing.states.seen import Seen


class RenewalNotDue(Exception):
    """This hold need not be placed again, or cannot be any more."""

    code = "RENEWAL_NOT_DUE"


def ask_renewals(*, now: datetime, limit: int) -> int:
    """Ask the patients whose hold would lapse before their answer is due; how many holds."""
    return sum(_asked(leg_id=one, now=now) for one in legs_to_renew(now, limit))


def _asked(*, leg_id: UUID, now: datetime) -> int:
    with transaction.atomic(durable=True):
        leg = _locked(leg_id)
        if not _stands_alone(leg) or waiting_of(leg_id):
            return 0
        assert leg.payment_intent and leg.capture_before
        renewal = Renewal(
            id=uuid4(), subject=leg.subject, leg=leg, instead_of=leg.payment_intent,
            until=leg.capture_before, return_token=secrets.token_urlsafe(32), asked_at=now,
        )  # fmt: skip
        renewal.reference = money.leg_reference(
            salt=bytes(leg.salt), leg=renewal.id, amount_cents=leg.amount_cents
        )
        _note("leg.renewal-asked", leg, renewal, now)
        renewal.save(force_insert=True)
    return 1


def tell_renewal(*, renewal_id: UUID, now: datetime) -> None:
    """Write that a mail told the patient."""
    with transaction.atomic(durable=True):
        leg, renewal = _both(renewal_id)
        if renewal.told_at is None:
            _note("leg.renewal-told", leg, renewal, now)
            renewal.told_at = now
            renewal.save(update_fields=["told_at"])


def take_telling(*, question_id: UUID, before: datetime, now: datetime) -> bool:
    """Take the one mail of a question, so that no other worker sends it at the same moment."""
    mine = Renewal.objects.filter(leg__question=question_id, told_at=None, state__in=WAITING)
    untried = mine.filter(Q(telling_at=None) | Q(telling_at__lt=before))
    return bool(untried.update(telling_at=now))


def open_renewal(*, leg_id: UUID, return_url: str, now: datetime) -> str:
    """Address of the page on which a hold is placed again. Not inside a transaction.

    Raises RenewalNotDue, PaymentUnavailable.
    """
    running, where = Since(now), urlsplit(return_url)
    with transaction.atomic(durable=True):
        leg = _locked(leg_id)
        renewal = waiting_of(leg_id)
        if renewal is None or not _wanted(leg, renewal):
            raise RenewalNotDue
        if renewal.hosted_url:
            return renewal.hosted_url
        op = Op.objects.filter(renewal=renewal, kind=OpKind.RENEW, state=OpState.LIVE).first()
        first = op is None
        if op is None:
            op = ordered(
                leg=leg, kind=OpKind.RENEW, now=now, renewal=renewal.id,
                returns_to=f"{where.scheme}://{where.netloc}",
            )  # fmt: skip
            _note("leg.renewal-opening", leg, renewal, now, op=str(op.id))
    return renewal_opened(op=op, running=running, first=first)


def renewal_opened(*, op: Op, running: Since, first: bool = False) -> str:
    """Carry out an opening and settle it; the same key makes the same page.

    Raises PaymentUnavailable; AccountCut of an opening that waits for its account.
    """
    assert op.renewal_id is not None
    renewal = Renewal.objects.get(pk=op.renewal_id)
    leg = Leg.objects.select_related("quote", "connected_account").get(pk=op.leg_id)
    back = f"{op.returns_to}/paiement/retour/{renewal.return_token}/"
    try:
        made = gateway.open_session(
            account=account_of(leg), amount_cents=leg.amount_cents, name=NAMES[Party(leg.party)],
            reference=renewal.reference, success_url=back, cancel_url=back, key=str(op.id),
        )  # fmt: skip
    except gateway.Unreachable:
        raise PaymentUnavailable from None
    except gateway.Refused as refused:
        opening_refused(op=op, refused=refused, first=first, now=running.at())
    _settled(op, made, running.at())
    return made.url


def _settled(op: Op, made: gateway.Session, now: datetime) -> None:
    """Remember the page; one that is not wanted any more is closed."""
    assert op.renewal_id is not None
    with transaction.atomic(durable=True):
        leg, renewal = _both(op.renewal_id)
        if renewal.checkout_session is not None:
            return
        renewal.checkout_session, renewal.hosted_url = made.id, made.url
        if renewal.state == RenewalState.ASKED:
            renewal.state = RenewalState.OPEN
        else:
            ordered(leg=leg, kind=OpKind.DROP, now=now, renewal=renewal.id)
        _note("leg.renewal-opened", leg, renewal, now, op=str(op.id), session=made.id)
        renewal.save(update_fields=["checkout_session", "hosted_url", "state"])
        Op.objects.filter(pk=op.id, state=OpState.LIVE).update(state=OpState.DONE, settled_at=now)


def reconcile_renewal(*, renewal_id: UUID, now: datetime) -> None:
    """Fetch a renewal's page with its leg's account and project it. Not inside a transaction.

    Raises PaymentUnavailable.
    """
    running = Since(now)
    renewal = Renewal.objects.select_related("leg__connected_account").get(pk=renewal_id)
    if renewal.state != RenewalState.OPEN:
        return
    Renewal.objects.filter(pk=renewal_id).update(looked_at=running.at())
    try:
        seen = gateway.seen(
            account=account_of(renewal.leg), session=renewal.checkout_session or "", intent=""
        )
    except (gateway.Unreachable, gateway.Refused):
        raise PaymentUnavailable from None
    with transaction.atomic(durable=True):
        project_renewal(renewal_id=renewal_id, seen=seen, now=running.at())


def project_renewal(*, renewal_id: UUID, seen: Seen, now: datetime) -> None:
    """Write what a fetch showed: its hold counts now, or is not wanted, or is not there."""
    in_transaction()
    leg, renewal = _both(renewal_id)
    if renewal.state != RenewalState.OPEN:
        return
    if seen.intent_status == "requires_capture" and _wanted(leg, renewal):
        _count(leg, renewal, seen, now)
    elif seen.session_status == "expired" or seen.intent_status == "canceled":
        _end(leg, renewal, "page-lapsed", seen, now)
    elif seen.intent_status in ("requires_capture", "succeeded") or not _wanted(leg, renewal):
        _end(leg, renewal, "not-wanted", seen, now)


def end_unwanted(*, now: datetime, limit: int) -> int:
    """Close what waits for a hold that no longer stands alone; how many."""
    done = 0
    for renewal_id in unwanted_renewals(limit):
        with transaction.atomic(durable=True):
            leg, renewal = _both(renewal_id)
            if renewal.state in WAITING and not _wanted(leg, renewal):
                _end(leg, renewal, "not-wanted", Seen(), now)
                done += 1
    return done


def _count(leg: Leg, renewal: Renewal, seen: Seen, now: datetime) -> None:
    """The new hold takes the old one's place: in the leg, in its book, and in one entry."""
    assert seen.amount_cents == leg.amount_cents, "quote = charge"
    of, kind, before = of_leg(leg), kind_of(leg), leg.payment_intent
    rows = posted(
        leg=leg, of=of, postings=money.given_back(kind, leg.amount_cents),
        source=f"{before}:released", now=now,
    ) + posted(
        leg=leg, of=of, postings=money.held(kind, leg.amount_cents),
        source=f"{seen.intent}:authorised", now=now,
    )  # fmt: skip
    renewal.state, renewal.payment_intent = RenewalState.COUNTED, seen.intent
    renewal.holds_until, renewal.settled_at = seen.capture_before, now
    leg.payment_intent, leg.charge = seen.intent, seen.charge
    leg.checkout_session, leg.hosted_url = renewal.checkout_session, renewal.hosted_url
    leg.capture_before, leg.authorised_at = seen.capture_before, now
    op = ordered(leg=leg, kind=OpKind.DROP, now=now, renewal=renewal.id)
    _note("leg.renewed", leg, renewal, now, op=str(op.id), intent=seen.intent, journal=rows)
    renewal.save(update_fields=["state", "payment_intent", "holds_until", "settled_at"])
    leg.save()


def _end(leg: Leg, renewal: Renewal, reason: str, seen: Seen, now: datetime) -> None:
    """Not wanted, or not there any more; what may stand of it at Stripe is closed by its drop."""
    renewal.state, renewal.settled_at = RenewalState.DROPPED, now
    renewal.payment_intent = seen.intent or None
    renewal.holds_until = seen.capture_before
    if renewal.checkout_session:
        ordered(leg=leg, kind=OpKind.DROP, now=now, renewal=renewal.id)
    _note("leg.renewal-ended", leg, renewal, now, reason=reason)
    renewal.save(update_fields=["state", "payment_intent", "holds_until", "settled_at"])


def _wanted(leg: Leg, renewal: Renewal) -> bool:
    return _stands_alone(leg) and leg.payment_intent == renewal.instead_of


def _stands_alone(leg: Leg) -> bool:
    """The hold stands, nobody took it elsewhere, and nothing was asked that ends it."""
    return leg.state == LegState.AUTHORISED and not leg.elsewhere and not ending(leg=leg)


def _locked(leg_id: UUID) -> Leg:
    try:
        return locked_leg(leg_id=leg_id)
    except Leg.DoesNotExist:
        raise RenewalNotDue from None


def _both(renewal_id: UUID) -> tuple[Leg, Renewal]:
    leg = _locked(Renewal.objects.values_list("leg_id", flat=True).get(pk=renewal_id))
    return leg, Renewal.objects.get(pk=renewal_id)


def _note(type: str, leg: Leg, renewal: Renewal, now: datetime, **more: object) -> None:
    said = told(leg, renewal=str(renewal.id), instead_of=renewal.instead_of)
    said |= {"until": instant(renewal.until), "renewal_state": str(renewal.state), **more}  # type: ignore[dict-item]
    note(type=type, of=of_leg(leg), actor=SYSTEM, now=now, data=said)
