"""The steps that acts of care share: lock the question, append an event, seal, record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection

from audit.actions import OutsideTransaction, record
from audit.facts import NATIONAL, Actor, Json
from audit.law import packs
from audit.law.model import Decision
from consults import states
from consults.keys import content_key
from consults.models import Draft, Message, Question
from consults.seal import Sealed, sealed


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


def locked(*, question_id: UUID) -> Question:
    """Take the question's row until the end of the transaction, with its people."""
    in_transaction()
    return (
        Question.objects.select_for_update(of=("self",))
        .select_related("patient", "physician")
        .get(pk=question_id)
    )


def held_alone(*, question_id: UUID) -> bool:
    """Take the question's row without waiting; False while somebody else acts on it."""
    in_transaction()
    free = Question.objects.select_for_update(skip_locked=True).filter(pk=question_id)
    return free.values_list("pk", flat=True).first() is not None


@dataclass(frozen=True)
class Act:
    """Somebody acts on one question at one moment; the question's row is locked, or new."""

    question: Question
    actor: Actor
    now: datetime

    @property
    def key(self) -> bytes:
        """The content key of the question's patient."""
        return content_key(self.question.patient.key_id)

    @property
    def next_seq(self) -> int:
        """The number that the next event of the thread will have."""
        return self.question.head_seq + 1

    def check(self, to: str) -> None:
        """Raise WrongState unless the question may go there."""
        if not states.may_move(self.question.state, to):
            raise WrongState(f"{self.question.state} does not lead to {to}")

    def note(
        self,
        type: str,
        data: Mapping[str, Json] | None = None,
        decision: Decision | None = None,
    ) -> None:
        """Record one entry, under the question's random subject and its physician's council."""
        physician = self.question.physician
        record(
            type=type,
            subject=self.question.subject,
            scope=physician.council if physician else NATIONAL,
            actor=self.actor,
            now=self.now,
            data=data or {},
            decision=decision,
            key=self.key if decision is not None else None,
        )

    def cover(self, text: str, *, client_id: UUID, field: str = "body") -> Sealed:
        """Seal a text for the next place of the thread."""
        return sealed(
            self.key,
            text,
            question=self.question.id,
            seq=self.next_seq,
            field=field,
            author=self.actor.id,
            client_id=client_id,
        )

    def say(self, kind: str, cover: Sealed, client_id: UUID) -> Message:
        """Write a sealed text as the next event of the thread."""
        return self._append(
            kind=kind,
            client_id=client_id,
            body=cover.body,
            commitment=cover.commitment,
            mac=cover.mac,
            body_bytes=cover.size,
        )

    def tell(self, code: str) -> Message:
        """Write what happened to the question, in one closed word, as the next event."""
        return self._append(kind="state", client_id=uuid4(), code=code)

    def move(self, to: str, changes: Mapping[str, Any] | None = None) -> None:
        """Write where the question now is, with the columns that go with it, as an event."""
        self.tell(to)
        Question.objects.filter(pk=self.question.pk).update(state=to, **(changes or {}))
        self.question.state = to

    def keep(self, field: str, cover: Sealed, client_id: UUID) -> None:
        """Keep a text that was not accepted, sealed, so that its author can take it up again."""
        Draft.objects.create(
            subject=self.question.subject,
            question=self.question,
            field=field,
            seq=self.next_seq,
            author_id=self.actor.id,
            client_id=client_id,
            kept_at=self.now,
            delete_at=self.now + states.DRAFT_LIFE,
            body=cover.body,
            mac=cover.mac,
            body_bytes=cover.size,
        )

    def _append(self, **columns: Any) -> Message:
        """Number and write an event; the number comes from the question's own row."""
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE consults_question SET head_seq = head_seq + 1 WHERE id = %s"
                " RETURNING head_seq",
                [self.question.id],
            )
            (self.question.head_seq,) = cursor.fetchone()
        return Message.objects.create(
            subject=self.question.subject,
            question=self.question,
            seq=self.question.head_seq,
            author_kind=self.actor.kind,
            author_id=self.actor.id,
            at=self.now,
            **columns,
        )
