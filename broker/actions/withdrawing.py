"""A patient takes back a question, or an agreement on which their questions rest.

The question's row is locked first, its lease and its payments after it: every act on a question
takes its locks in this order, so that none waits for another in a circle.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.facts import NATIONAL, Actor
from billing.actions.payments import release
from billing.actions.steps import Since
from broker import relay
from broker.actions.leases import end_lease
from broker.models import Lease
from broker.queries import questions as queries
from consults import actions as care
from consults import states
from consults.actions.consenting import say_consent
from consults.actions.steps import locked
from consults.queries import agreements


def withdraw(*, question_id: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """The patient takes the question back: holds are released, a lease ends."""
    with transaction.atomic(durable=True):
        withdrawn(question_id=question_id, reason=reason, actor=actor, now=now)


def withdrawn(*, question_id: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """The same inside the caller's transaction; raises care's WrongState once it is answered."""
    care.withdraw(question_id=question_id, reason=reason, actor=actor, now=now)
    release(question_id=question_id, reason="withdrawn", actor=actor, now=now)
    for lease in Lease.objects.select_for_update().filter(question_id=question_id, ended_at=None):
        end_lease(lease=lease, because="withdrawn", scope=NATIONAL, actor=actor, now=now)
    relay.hint(question_id=question_id, head_seq=queries.view_of(question_id).head_seq)
    relay.wake_worker()


def agree(*, patient_id: UUID, kind: str, language: str, actor: Actor, now: datetime) -> None:
    """The patient agrees to the words in force."""
    with transaction.atomic(durable=True):
        say_consent(
            patient_id=patient_id, kind=kind, given=True, language=language, actor=actor, now=now
        )


def take_back(*, patient_id: UUID, kind: str, language: str, actor: Actor, now: datetime) -> int:
    """The patient no longer agrees, from this instant on; how many questions ended with it.

    The remote act: every question without an answer is closed, its holds given back. Sharing:
    a report that has not left stays. The terms: no new question.
    """
    with transaction.atomic(durable=True):
        ended = 0
        if kind == "remote":
            ended = _unasked(patient_id, language, actor, now)
        elif kind == "sharing":
            ended = _kept(patient_id, actor, now)
        if kind != "remote" or not ended:
            say_consent(
                patient_id=patient_id,
                kind=kind,
                given=False,
                language=language,
                actor=actor,
                now=now,
            )
    return ended


def _unasked(patient_id: UUID, language: str, actor: Actor, now: datetime) -> int:
    """End the unanswered questions, each with its own row: the log joins them to nothing."""
    ended, running = 0, Since(now)
    for question_id in agreements.unanswered_of([patient_id]):
        question = locked(question_id=question_id)
        now = running.at()  # the same microsecond would join them
        if not states.may_move(question.state, states.WITHDRAWN):
            continue  # answered while we waited for its row: what was signed stands
        say_consent(
            patient_id=patient_id, kind="remote", given=False, language=language, actor=actor,
            now=now, question=question,
        )  # fmt: skip
        withdrawn(question_id=question_id, reason="consent-withdrawn", actor=actor, now=now)
        ended += 1
    return ended


def _kept(patient_id: UUID, actor: Actor, now: datetime) -> int:
    """Record the objection on every report that has not left yet, and close its question."""
    kept, running = 0, Since(now)
    for question in agreements.unfinished_of([patient_id]):
        view = queries.view_of(question.id)
        now = running.at()
        if view.report is None or view.delivery:
            continue
        care.deliver_report(question_id=question.id, way="objected", actor=actor, now=now)
        care.close_question(
            question_id=question.id, reason="patient-objected", actor=actor, now=now
        )
        relay.hint(question_id=question.id, head_seq=queries.view_of(question.id).head_seq)
        kept += 1
    return kept
