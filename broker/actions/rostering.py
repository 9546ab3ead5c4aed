"""Turns of duty: the operator enters and ends them, physicians refuse them or hand them over."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from audit.facts import Actor
from consults import actions as care
from consults import queries as people


def roster(*, turns: Sequence[Mapping[str, Any]], actor: Actor, now: datetime) -> int:
    """Enter turns, all of them or none; each as `consults.actions.roster` takes it."""
    with transaction.atomic(durable=True):
        for turn in turns:
            care.roster(**turn, actor=actor, now=now)
    return len(turns)


def end(*, duty_id: UUID, actor: Actor, now: datetime) -> None:
    """The operator ends a turn now, or cancels one that has not begun."""
    with transaction.atomic(durable=True):
        because = "ended" if people.has_begun(duty_id, now) else "cancelled"
        care.end_turn(duty_id=duty_id, because=because, ended_at=now, actor=actor, now=now)


def refuse(*, duty_id: UUID, actor: Actor, now: datetime) -> None:
    """A physician gives up a turn of theirs; what is left of it is a gap on the board."""
    with transaction.atomic(durable=True):
        care.end_turn(duty_id=duty_id, because="refused", ended_at=now, actor=actor, now=now)


def hand_over(*, duty_id: UUID, to_id: UUID, actor: Actor, now: datetime) -> None:
    """A physician offers a turn of theirs to a colleague."""
    with transaction.atomic(durable=True):
        care.offer_turn(duty_id=duty_id, to_id=to_id, actor=actor, now=now)


def answer_offer(
    *, handover_id: UUID, physician_id: UUID, accepted: bool, actor: Actor, now: datetime
) -> None:
    """A colleague takes the turn over, or leaves it."""
    with transaction.atomic(durable=True):
        care.answer_handover(
            handover_id=handover_id,
            physician_id=physician_id,
            accepted=accepted,
            actor=actor,
            now=now,
        )
