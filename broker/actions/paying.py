"""A patient agrees to a quote and places the two holds; then the question enters the queue."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.facts import SYSTEM, Actor
from audit.law.model import Decision
from audit.law.words import refusal_code
from billing import queries as money
from billing.actions.payments import open_payment, reconcile
from billing.actions.quotes import accept_quote
from billing.money.tiers import SWITCHED
from billing.states import BEFORE_HOLD, Settlement
from broker import relay
from broker.actions.faults import Moved
from broker.actions.leases import end_lease
from broker.actions.tiers import refuse_promise
from broker.models import Lease
from broker.queries import questions as queries
from broker.queries import texts
from broker.queries.presence import ready_for
from broker.rules import deadline
from consults import actions as care
from consults import queries as people
from consults import states
from consults.actions.steps import locked

CARD = Settlement.CARD
TERMS = "responsabilites"  # the public text that is accepted with a quote
IN_HAND = (states.QUEUED, states.CLAIMED, states.ANSWERED, states.CLOSED)


@dataclass(frozen=True)
class Accepted:
    """What became of an order: whether nothing remains to be paid, or why it was refused."""

    done: bool
    refusal: str = ""


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
) -> Accepted:
    """Record the agreement to the quote that was shown, or the refusal of its promise of speed.

    With it the patient accepts the page that says who answers for what, as it stood when the
    quote was shown. `way` is how the report is to reach the treating physician, if there is one.
    Raises Moved(QUOTE_CHANGED) when that is no longer the question's quote.
    """
    with transaction.atomic(durable=True):
        state = locked(question_id=question_id).state  # nobody ends it or quotes it meanwhile
        _stands(question_id, quote_id, state)
        seen_at, broken = _promised(question_id, actor, now)
        if broken:
            return Accepted(False, refusal_code(broken))
        terms = texts.published(TERMS, language, shown_at)
        accept_quote(
            quote_id=quote_id, settlement=settlement, shown_at=shown_at,
            terms_sha256=terms.sha256 if terms else "", begins_at_once=begins_at_once,
            physician_seen_at=seen_at, actor=actor, now=now,
        )  # fmt: skip
        if way:
            care.plan_report(
                question_id=question_id, way=way, address=address, actor=actor, now=now
            )
        relay.hint(question_id=question_id, head_seq=queries.view_of(question_id).head_seq)
        relay.wake_worker()
    return Accepted(enter_queue(question_id=question_id, now=now))


def _stands(question_id: UUID, quote_id: UUID, state: str) -> None:
    """The quote is still the question's, which waits for it."""
    current = money.quote_of(question_id)
    if current is None or current.id != quote_id:
        raise Moved("QUOTE_CHANGED")
    named = queries.view_of(question_id).physician_id is not None
    if state != states.OPENED and (state != states.QUEUED or named):
        raise Moved("WRONG_STATE")  # what is in a physician's queue stays as it was agreed


def _promised(
    question_id: UUID, actor: Actor, now: datetime
) -> tuple[datetime | None, Decision | None]:
    """When the physician of a tier by speed was last seen; the refusal, recorded, if they left."""
    current, agreed = money.quote_of(question_id), money.acceptance_of(question_id)
    accepted = current is not None and agreed is not None and agreed.quote_id == current.id
    if current is None or accepted or current.tier not in SWITCHED:
        return None, None
    seen_at = ready_for(question_id, current.physician, now)
    return seen_at, refuse_promise(
        tier=current.tier, question_id=question_id, by=current.physician, seen_at=seen_at,
        actor=actor, now=now,
    )  # fmt: skip


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
