"""A patient agrees to a quote and places the two holds; then the question enters the queue."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.facts import SYSTEM, Actor
from billing import queries as money
from billing.actions.payments import open_payment, reconcile
from billing.actions.quotes import accept_quote
from billing.states import BEFORE_HOLD, Settlement
from broker import relay
from broker.actions.faults import Moved
from broker.actions.leases import end_lease
from broker.actions.tiers import must_be_met
from broker.models import Lease
from broker.queries import questions as queries
from broker.queries import texts
from broker.rules import deadline
from consults import actions as care
from consults import queries as people
from consults import states
from consults.actions.steps import locked

CARD = Settlement.CARD
TERMS = "responsabilites"  # the public text that is accepted with a quote
IN_HAND = (states.QUEUED, states.CLAIMED, states.ANSWERED, states.CLOSED)


def accept(
    *,
    question_id: UUID,
    quote_id: UUID,
    settlement: str,
    shown_at: datetime,
    actor: Actor,
    now: datetime,
    language: str = "fr",
    way: str = "",
    address: str = "",
    begins_at_once: bool = False,
) -> bool:
    """Record the agreement to the quote that was shown; True when nothing remains to be paid.

    With it the patient accepts the page that says who answers for what, as it stood when the
    quote was shown. `way` is how the report is to reach the treating physician, if there is one.
    Raises Moved(QUOTE_CHANGED) when that is no longer the question's quote, and
    Moved(NO_ELIGIBLE_PRESENT) when nobody is here any more to keep a promise of speed.
    """
    with transaction.atomic(durable=True):
        state = locked(question_id=question_id).state  # nobody ends it or quotes it meanwhile
        _stands(question_id, quote_id, state, now)
        terms = texts.published(TERMS, language, shown_at)
        accept_quote(
            quote_id=quote_id,
            settlement=settlement,
            shown_at=shown_at,
            terms_sha256=terms.sha256 if terms else "",
            begins_at_once=begins_at_once,
            actor=actor,
            now=now,
        )
        if way:
            care.plan_report(
                question_id=question_id, way=way, address=address, actor=actor, now=now
            )
        relay.hint(question_id=question_id, head_seq=queries.view_of(question_id).head_seq)
        relay.wake_worker()
    return enter_queue(question_id=question_id, now=now)


def _stands(question_id: UUID, quote_id: UUID, state: str, now: datetime) -> None:
    """The quote is still the question's, and its speed, if it has one, can still be promised."""
    current = money.quote_of(question_id)
    if current is None or current.id != quote_id:
        raise Moved("QUOTE_CHANGED")
    named = queries.view_of(question_id).physician_id is not None
    if state != states.OPENED and (state != states.QUEUED or named):
        raise Moved("WRONG_STATE")  # what is in a physician's queue stays as it was agreed
    agreed = money.acceptance_of(question_id)
    if agreed is None or agreed.quote_id != current.id:  # its physician may have left since
        must_be_met(
            quote_tier=current.tier, question_id=question_id, by=current.physician, now=now
        )


def hosted_page(*, question_id: UUID, number: int, return_url: str, now: datetime) -> str:
    """Address of the hosted page of payment 1 or 2; Moved(LEG_NOT_PAYABLE) when there is none.

    The second opens only once the first holds, so that a lone hold is never the platform's.
    """
    legs = money.legs_of(question_id)
    if not 1 <= number <= len(legs) or legs[number - 1].settlement != CARD:
        raise Moved("LEG_NOT_PAYABLE")
    if any(leg.state in BEFORE_HOLD and leg.settlement == CARD for leg in legs[: number - 1]):
        raise Moved("LEG_NOT_PAYABLE")
    return open_payment(leg_id=legs[number - 1].id, return_url=return_url, now=now)


def settle(*, question_id: UUID, now: datetime) -> bool:
    """Look at both payments where they are, then let the question in if they stand."""
    for leg in money.legs_of(question_id):
        if leg.settlement == CARD and leg.state in BEFORE_HOLD and leg.checkout_session:
            reconcile(leg_id=leg.id, now=now)
    return enter_queue(question_id=question_id, now=now)


def enter_queue(*, question_id: UUID, now: datetime) -> bool:
    """Queue a question whose payments stand; the deadline runs from here. Idempotent."""
    try:
        return _entered(question_id=question_id, now=now)
    except care.WrongState:  # the worker, or another page, let it in at the same moment
        return queries.view_of(question_id).state in IN_HAND


def _entered(*, question_id: UUID, now: datetime) -> bool:
    with transaction.atomic(durable=True):
        view = queries.view_of(question_id)
        waits = view.state == states.OPENED or (
            view.state == states.QUEUED and view.physician_id is None
        )
        if not waits or not money.ready(question_id):
            return not waits and view.state in IN_HAND
        accepted = money.acceptance_of(question_id)
        assert accepted is not None
        agreed = accepted.quote
        care.enqueue(
            question_id=question_id,
            physician_id=agreed.physician,
            deadline_at=deadline(answer_within_seconds=agreed.answer_within_seconds, ready_at=now),
            actor=SYSTEM,
            now=now,
        )
        for lease in Lease.objects.filter(question_id=question_id, ended_at=None):
            scope = people.council_of(lease.physician_id)
            end_lease(lease=lease, because="quoted", scope=scope, actor=SYSTEM, now=now)
        relay.hint(question_id=question_id, head_seq=queries.view_of(question_id).head_seq)
        relay.wake_worker()
    return True
