"""A physician answers: the fence, care's judgment, the gate, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from audit.facts import Actor
from audit.law.model import Decision
from billing.actions.desk import acquit as acknowledge
from billing.actions.gate import charge
from billing.models import Leg
from broker import relay
from broker.actions.breaching import breach
from broker.actions.leases import end_lease, held_lease
from broker.models import Lease
from broker.queries import questions as queries
from broker.queries import words
from consults import actions as care
from consults import queries as people
from consults import states
from consults.actions.steps import locked
from consults.facts import Classification, Report
from consults.queries.threads import QuestionView

# Why a question closes, by how its report travelled.
CLOSES = dict.fromkeys(states.WAYS, "report-delivered") | {"objected": "patient-objected"}


@dataclass(frozen=True)
class Written:
    """An answer as the physician wrote and signed it; `client_id` makes a resend harmless."""

    client_id: UUID
    against_seq: int
    text: str
    report: Report | None
    classification: Classification
    outcome: str
    incidents: str
    strong_at: datetime | None


@dataclass(frozen=True)
class Verdict:
    """What became of an answer: refused by care's rules, or given and charged or free."""

    answer_id: UUID | None
    decision: Decision | None
    charged: bool
    repeated: bool = False


def answer(
    *,
    question_id: UUID,
    physician_id: UUID,
    lease: UUID,
    written: Written,
    actor: Actor,
    now: datetime,
) -> Verdict:
    """Sign the answer, judge the gate and order the captures or the releases, or none of it.

    Raises LeaseLost and care's StaleView; the door has kept what was typed.
    """
    with transaction.atomic(durable=True):
        locked(question_id=question_id)  # before its lease, as every act on a question does
        view = queries.view_of(question_id)
        if view.answer_id is not None and view.physician_id == physician_id:
            return _again(view=view, written=written, actor=actor, now=now)
        held = held_lease(question_id=question_id, physician_id=physician_id, token=lease, now=now)
        if view.deadline_at is not None and view.deadline_at < now:
            breach(view=view, now=now)  # delivered all the same, and free
        given = _given(
            question_id=question_id,
            physician_id=physician_id,
            written=written,
            actor=actor,
            now=now,
        )
        return _judged(given=given, lease=held, actor=actor, now=now)


def _given(
    *, question_id: UUID, physician_id: UUID, written: Written, actor: Actor, now: datetime
) -> care.Answered:
    return care.give_answer(
        question_id=question_id,
        physician_id=physician_id,
        client_id=written.client_id,
        against_seq=written.against_seq,
        text=written.text,
        report=written.report,
        classification=written.classification,
        outcome=written.outcome,
        incidents=written.incidents,
        strong_at=written.strong_at,
        actor=actor,
        now=now,
    )


def _again(*, view: QuestionView, written: Written, actor: Actor, now: datetime) -> Verdict:
    """The same answer sent again, its lease already ended by the first: nothing happens twice."""
    assert view.physician_id is not None
    given = _given(
        question_id=view.id,
        physician_id=view.physician_id,
        written=written,
        actor=actor,
        now=now,
    )
    said = words.verdict(view.subject, "fr")
    return Verdict(given.answer_id, None, bool(said and said["charged"]), repeated=True)


def _judged(*, given: care.Answered, lease: Lease, actor: Actor, now: datetime) -> Verdict:
    question_id = lease.question_id
    charged = False
    decision = given.decision
    if given.answer_id is not None:
        care.follow_plan(question_id=question_id, now=now)
        gate = charge(question_id=question_id, answer_id=given.answer_id, actor=actor, now=now)
        decision, charged = gate.decision, gate.gate_pass is not None
        end_lease(
            lease=lease,
            because="answered",
            scope=people.council_of(lease.physician_id),
            actor=actor,
            now=now,
        )
    relay.hint(question_id=question_id, head_seq=queries.view_of(question_id).head_seq)
    relay.wake_worker()
    return Verdict(given.answer_id, decision, charged, given.repeated)


def keep_draft(
    *, question_id: UUID, typed: Mapping[str, str], actor: Actor, now: datetime
) -> None:
    """Keep an answer as it stands, sealed, so that nothing that was typed is ever lost."""
    with transaction.atomic(durable=True):
        care.keep_form(question_id=question_id, typed=typed, actor=actor, now=now)


def close(*, question_id: UUID, actor: Actor, now: datetime) -> None:
    """Close an answered question whose report is delivered, or left none, at the patient's word.

    Raises care's WrongState when a report is still to be delivered or nothing was answered.
    """
    with transaction.atomic(durable=True):
        view = queries.view_of(question_id)
        if view.report is not None and not view.delivery:
            raise care.WrongState("a report waits to be delivered")
        reason = CLOSES.get(view.delivery, "nothing-to-deliver")
        care.close_question(question_id=question_id, reason=reason, actor=actor, now=now)
        relay.hint(question_id=question_id, head_seq=queries.view_of(question_id).head_seq)


def acquit(
    *, leg_id: UUID, mode: str = "", received_on: date | None = None, actor: Actor, now: datetime
) -> Leg:
    """The physician acknowledges honoraires settled at the practice."""
    with transaction.atomic(durable=True):
        return acknowledge(leg_id=leg_id, mode=mode, received_on=received_on, actor=actor, now=now)
