"""A patient asks: taken in or turned away, routed, quoted."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from audit.actions import record
from audit.facts import NATIONAL, Actor
from audit.law import packs
from audit.law.model import Decision
from billing import queries as money
from billing.actions.quotes import issue_quote
from billing.models import Quote
from billing.money import FORFAIT
from billing.money.tiers import OWN
from billing.queries.quotes import honoraires_of, in_forfait
from broker import relay
from broker.actions.faults import Moved
from broker.actions.treating import STRANGER, refuse_stranger
from broker.queries import questions as queries
from broker.rules import FIND_SECONDS, Candidate, Opening, deadline, may_be_billed, route
from consults import actions as care
from consults import queries as people
from consults import states
from consults.actions.consenting import say_consent
from consults.actions.steps import locked

# Exchanges that may be quoted another way: a follow-up or a forfait is paid for already.
USUAL = ("async-48h", "own-physician")


@dataclass(frozen=True)
class Agreed:
    """The agreements that were ticked with a question, and the language they were read in."""

    kinds: tuple[str, ...]
    language: str


REMOTE = Agreed(("remote",), "fr")


@dataclass(frozen=True)
class Asked:
    """What became of a question at the door; `refusal` is the code it was turned away with.

    Without a state nothing was opened: what was asked for is not for this patient.
    """

    question_id: UUID
    state: str
    decision: Decision
    quoted: bool
    refusal: str = ""


def ask(
    *,
    question_id: UUID,
    patient_id: UUID,
    text: str,
    client_id: UUID,
    flags: tuple[str, ...],
    ground: str,
    physician_id: UUID | None,
    tier: str,
    actor: Actor,
    now: datetime,
    topic: str = "",
    agreed: Agreed = REMOTE,
) -> Asked:
    """Screen, judge and take the question in; quote at once when it names a physician."""
    with transaction.atomic(durable=True):
        stranger = tier == OWN and refuse_stranger(
            patient_id=patient_id, physician_id=physician_id, tier=tier, actor=actor, now=now
        )
        if stranger:
            return Asked(question_id, "", stranger, False, STRANGER)
        opened = care.open_question(
            question_id=question_id, patient_id=patient_id, text=text, client_id=client_id,
            flags=flags, ground=ground, physician_id=physician_id, tier=tier, topic=topic,
            actor=actor, now=now,
        )  # fmt: skip
        _agree(question_id, agreed, actor, now)
        got_in = opened.state == states.OPENED
        if got_in:
            offer(question_id=question_id, physician_id=physician_id, actor=actor, now=now)
        relay.wake_worker()
    state = states.QUEUED if got_in and physician_id is None else opened.state
    quoted = got_in and physician_id is not None
    return Asked(question_id, state, opened.decision, quoted, opened.refusal)


def _agree(question_id: UUID, agreed: Agreed, actor: Actor, now: datetime) -> None:
    question = locked(question_id=question_id)
    for kind in agreed.kinds:
        say_consent(
            patient_id=question.patient_id, kind=kind, given=True, language=agreed.language,
            actor=actor, now=now, question=question,
        )  # fmt: skip


def offer(*, question_id: UUID, physician_id: UUID | None, actor: Actor, now: datetime) -> None:
    """Record who could have been asked; quote in the named physician's name, or let it wait.

    "Any eligible" is the patient's explicit choice: it waits, unquoted, until one reserves it.
    """
    _record_routing(question_id=question_id, physician_id=physician_id, actor=actor, now=now)
    if physician_id is not None:
        quote(question_id=question_id, physician_id=physician_id, actor=actor, now=now)
        return
    found_by = deadline(answer_within_seconds=FIND_SECONDS, ready_at=now)
    care.enqueue(
        question_id=question_id, physician_id=None, deadline_at=found_by, actor=actor, now=now
    )


def quote(
    *, question_id: UUID, physician_id: UUID, actor: Actor, now: datetime, tier: str = "",
    seen_at: datetime | None = None, cap_minutes: int = 0,
) -> Quote:  # fmt: skip
    """Issue the two-line quote in one physician's name, inside the caller's transaction.

    The tier is the question's own, unless another is named or a forfait that was paid covers it:
    one by speed says when its physician was last seen here.
    Facts already known that exclude billing make both lines 0, and there is no card page.
    """
    view = queries.view_of(question_id)
    if not tier and view.tier in USUAL and in_forfait(question_id, physician_id, now):
        tier = FORFAIT
    forecast = may_be_billed(
        known=people.act_facts(question_id, now),
        at=now,
        profile=settings.PROFILE,
        pack=packs.load(),
    )
    return issue_quote(
        question_id=question_id,
        subject=view.subject,
        physician_id=physician_id,
        tier=tier or view.tier,
        physician_seen_at=seen_at,
        cap_minutes=cap_minutes,
        settlement="card",
        forecast=forecast,
        actor=actor,
        now=now,
    )


def requote(*, question_id: UUID, actor: Actor, now: datetime) -> Quote:
    """Issue a new quote when the last ran out, lost a payment, or is to be settled another way.

    What stands on the last one is given back when the new one is accepted, and not before.
    """
    with transaction.atomic(durable=True):
        view = locked(question_id=question_id)
        last = money.quote_of(question_id)
        agreed = money.acceptance_of(question_id)
        begun = agreed is not None and agreed.quote_id == last.id if last else False
        if view.state != states.OPENED or view.physician_id is None or last is None:
            raise Moved("WRONG_STATE")
        if last.expires_at > now and not begun and money.still_included(last):
            return last
        return quote(
            question_id=question_id, physician_id=view.physician_id, tier=_picked(last, now),
            actor=actor, now=now,
        )  # fmt: skip


def _picked(last: Quote, now: datetime) -> str:
    """The forfait, where the patient picked it and the physician still offers it; else ""."""
    picked = last.tier == FORFAIT and last.honoraires_cents
    return FORFAIT if picked and honoraires_of(last.physician, now).forfait_days else ""


def _record_routing(
    *, question_id: UUID, physician_id: UUID | None, actor: Actor, now: datetime
) -> None:
    """Who could have been asked: "why not this physician?" is answered from the log."""
    view = queries.view_of(question_id)
    candidates = [
        Candidate(one.physician_id, _excluded(one, view, physician_id))
        for one in people.physicians_offered(view.patient_id, now)
    ]
    record(
        type="question.routed",
        subject=view.subject,
        scope=NATIONAL,
        actor=actor,
        now=now,
        data={
            "choice": "any-eligible" if physician_id is None else "named",
            **route(candidates).as_data(names=not view.topic),
        },
    )


def _excluded(one: people.Offered, view: people.QuestionView, named: UUID | None) -> str:
    kind = one.kind(view.ground)
    topic = view.topic if kind == "any" else ""
    closed = Opening(
        eligible=one.eligible,
        acknowledged=one.acknowledged,
        taking=one.taking.now,
        kind_taken=kind in one.taking.kinds,
        topic_taken=not topic or topic in one.taking.topics,
    ).closed_by
    return closed or ("NOT_NAMED" if named is not None and one.physician_id != named else "")
