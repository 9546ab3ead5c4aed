"""The three ways in which a question ends without, or after, its answer."""

from datetime import datetime
from uuid import UUID

from audit.facts import Actor
from consults import states
from consults.access import disallow
from consults.actions.steps import Act, locked


def withdraw(*, question_id: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """Take a question back before it is answered; raises WrongState once it is.

    A physician who had taken it opens it no more; what they had begun to write is kept for them.
    """
    taken = locked(question_id=question_id)
    _end(question_id, states.WITHDRAWN, "withdraw", reason, actor, now)
    if taken.state == states.CLAIMED and taken.physician is not None:
        disallow(taken, taken.physician.account_id)


def expire(*, question_id: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """End a question that waited too long; raises WrongState once it is answered."""
    _end(question_id, states.EXPIRED, "expire", reason, actor, now)


def close_question(*, question_id: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """Close an answered question; raises WrongState before there is an answer."""
    _end(question_id, states.CLOSED, "close", reason, actor, now)


def _end(question_id: UUID, to: str, kind: str, reason: str, actor: Actor, now: datetime) -> None:
    assert reason in states.REASONS[kind]
    act = Act(locked(question_id=question_id), actor, now)
    act.check(to)
    act.note(f"question.{to}", {"reason": reason})
    act.move(to, {"closed_at": now, "reason": reason})
