"""The steps that acts of care share: lock the question, append an event, seal, record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from audit.law import packs
from audit.law.model import Decision
from django.conf import settings
from django.db import connection

from audit.actions import OutsideTransaction, record
from audit.facts import NATIONAL, Actor, Json
from consults import states
from consults.keys import content_key
from consults.models import Message, Physician, Question
from consults.seal import Sealed


class WrongState(Exception):
    """The question is no longer, or not yet, where this act takes it from."""

    code = "WRONG_STATE"


def in_transaction() -> None:
    """Refuse to act outside the transaction that the door's action opened."""
    if not connection.in_atomic_block:
        raise OutsideTransaction("an act of care belongs in its use case's transaction")


def law() -> dict[str, Any]:
    """The profile this service runs under and the pack of dated rules, as rules ask for them."""
    return {"profile": settings.PROFILE, "pack": packs.load()}


def locked(question_id: UUID) -> Question:
    """Take the question's row until the end of the transaction, with its people."""
    in_transaction()
    return (
        Question.objects.select_for_update(of=("self",))
        .select_related("patient", "physician")
        .get(pk=question_id)
    )


def key_of(question: Question) -> bytes:
    """The content key of the question's patient."""
    return content_key(question.patient.key_id)


def scope_of(physician: Physician | None) -> str:
    """The council under whose eyes an act falls: the physician's, else the national one."""
    return physician.council if physician else NATIONAL


def check_move(question: Question, to: str) -> None:
    """Raise WrongState unless the question may go there."""
    if not states.may_move(question.state, to):
        raise WrongState(f"{question.state} does not lead to {to}")


def note(
    question: Question,
    type: str,
    *,
    actor: Actor,
    now: datetime,
    data: Mapping[str, Json] | None = None,
    decision: Decision | None = None,
) -> None:
    """Record one entry about a question, under its random subject."""
    record(
        type=type,
        subject=question.subject,
        scope=scope_of(question.physician),
        actor=actor,
        now=now,
        data=data or {},
        decision=decision,
        key=key_of(question) if decision is not None else None,
    )


def append(
    question: Question,
    *,
    actor: Actor,
    now: datetime,
    kind: str = "state",
    code: str = "",
    sealed: Sealed | None = None,
    client_id: UUID | None = None,
) -> Message:
    """Write the next event of a thread; its number comes from the locked question's row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE consults_question SET head_seq = head_seq + 1 WHERE id = %s"
            " RETURNING head_seq",
            [question.id],
        )
        (question.head_seq,) = cursor.fetchone()
    return Message.objects.create(
        subject=question.subject,
        question=question,
        seq=question.head_seq,
        client_id=client_id or uuid4(),
        kind=kind,
        author_kind=actor.kind,
        author_id=actor.id,
        at=now,
        code=code,
        body=sealed.body if sealed else None,
        commitment=sealed.commitment if sealed else None,
        mac=sealed.mac if sealed else None,
        body_bytes=sealed.size if sealed else 0,
    )


def move(
    question: Question,
    to: str,
    *,
    actor: Actor,
    now: datetime,
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Write where the question now is, with the columns that go with it, as a thread event."""
    append(question, actor=actor, now=now, code=to)
    Question.objects.filter(pk=question.pk).update(state=to, **(changes or {}))
    question.state = to
