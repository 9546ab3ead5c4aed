"""What the doors show: the queue, a thread, where a question stands, and why."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.facts import instant
from billing import queries as money
from broker.models import Lease
from broker.queries.words import refused_words, verdict
from broker.rules import Waiting, queue_order
from consults import queries as care
from consults.queries.threads import Event, QuestionView


def view_of(question_id: UUID) -> QuestionView:
    """A question with its people, its answer and its report; for people already let in."""
    return care.question_view(question_id)


def events(question_id: UUID, *, after: int, limit: int) -> list[Event]:
    """The thread's events after a number, in order."""
    return care.thread(question_id, after=after, limit=limit)


def patient_of(account_id: UUID) -> UUID | None:
    """The patient who signs in with this account."""
    patient = care.patient_of(account_id)
    return patient.id if patient else None


def physician_of(account_id: UUID) -> UUID | None:
    """The physician who signs in with this account."""
    physician = care.physician_of(account_id)
    return physician.id if physician else None


def is_offered(question_id: UUID, physician_id: UUID) -> bool:
    """Whether the queue shows this question to this physician."""
    return any(one.question_id == question_id for one in care.queue(physician_id))


def is_taken(question_id: UUID, physician_id: UUID, at: datetime) -> bool:
    """Whether a question is among those this physician chose to take, whoever holds it now."""
    taken = care.taking(physician_id, at)
    return any(
        taken.takes("own" if one.own else "any", one.topic)
        for one in care.queue(physician_id)
        if one.question_id == question_id
    )


def queue(physician_id: UUID, at: datetime) -> list[Mapping[str, Any]]:
    """What waits for a physician, in the order of need: no text and no amount.

    What names them stays there, as its quote was accepted; the rest follows what they take.
    """
    taken = care.taking(physician_id, at)
    rows = {one.question_id: one for one in care.queue(physician_id)}
    held = set(
        Lease.objects.filter(question_id__in=rows, ended_at=None)
        .exclude(physician_id=physician_id)
        .values_list("question_id", flat=True)
    )
    waiting = [
        Waiting(
            question_id=one.question_id,
            severity=one.severity,
            for_this_physician=one.for_this_physician,
            deadline_at=one.deadline_at,
            opened_at=one.opened_at,
        )
        for one in rows.values()
        if one.question_id not in held
        and (one.for_this_physician or taken.takes("own" if one.own else "any", one.topic))
    ]
    return [
        {
            "id": one.question_id,
            "severity": one.severity,
            "ground": rows[one.question_id].ground,
            "specialty": rows[one.question_id].specialty,
            "topic": rows[one.question_id].topic,
            "mine": one.for_this_physician,
            "opened_at": one.opened_at,
            "deadline_at": one.deadline_at,
        }
        for one in queue_order(waiting)
    ]


def lease_on(question_id: UUID) -> Lease | None:
    """The live lease on a question."""
    return Lease.objects.filter(question_id=question_id, ended_at=None).first()


def held_before(question_id: UUID, physician_id: UUID) -> bool:
    """Whether this physician has ever held this question."""
    return Lease.objects.filter(question_id=question_id, physician_id=physician_id).exists()


def waiting_json(one: Mapping[str, Any]) -> dict[str, Any]:
    """One waiting question for programs."""
    moments = {name: one[name] and instant(one[name]) for name in ("opened_at", "deadline_at")}
    return {**one, "id": str(one["id"]), **moments}


def event_json(event: Event) -> dict[str, Any]:
    """One event of a thread as frames and JSON carry it."""
    return {
        "seq": event.seq,
        "kind": event.kind,
        "author": event.author,
        "at": instant(event.at),
        "id": str(event.client_id),
        "body": event.body,
    }


def state_of(question_id: UUID, *, language: str, now: datetime) -> dict[str, Any]:
    """Where a question stands, for scripts: state, quote, legs, verdict, papers. No thread."""
    view = view_of(question_id)
    lease = lease_on(question_id)
    return {
        "id": str(view.id),
        "subject": str(view.subject),
        "state": view.state,
        "refusal": view.refusal,
        "physician": view.physician_name,
        "ground": view.ground,
        "tier": view.tier,
        "head": view.head_seq,
        "opened_at": instant(view.opened_at),
        "deadline_at": view.deadline_at and instant(view.deadline_at),
        "lease_live": bool(lease and lease.expires_at > now),
        "outcome": view.outcome,
        "act_kind": view.act_kind,
        "delivery": view.delivery,
        "money": money.money_view(question_id),
        "ready": money.ready(question_id),
        "verdict": verdict(view.subject, language),
        "refused": refused_words(view, language),
    }
