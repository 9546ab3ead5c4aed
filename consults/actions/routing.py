"""Put a question in the queue, let one physician take it, give it back."""

from datetime import datetime
from uuid import UUID

from audit.law.model import Decision

from audit.facts import Actor
from consults import states
from consults.access import allow, disallow
from consults.actions.steps import check_move, law, locked, move, note
from consults.models import Physician
from consults.queries import physician_facts
from consults.rules import may_claim


class AlreadyClaimed(Exception):
    """Another physician took the question first, or it waits no longer."""

    code = "ALREADY_CLAIMED"


class NamedOther(Exception):
    """The patient, or the accepted quote, named another physician."""

    code = "NAMED_OTHER"


class NotClaimed(Exception):
    """The question is not in this physician's hands."""

    code = "NOT_CLAIMED"


def enqueue(
    *,
    question_id: UUID,
    physician_id: UUID | None,
    deadline_at: datetime,
    actor: Actor,
    now: datetime,
) -> None:
    """Put an opened question in the queue, for the physician that its quote names, if any."""
    question = locked(question_id)
    check_move(question, states.QUEUED)
    if physician_id is not None:
        question.physician = Physician.objects.get(pk=physician_id)
    note(question, "question.queued", actor=actor, now=now)
    changes = {"physician": question.physician, "deadline_at": deadline_at}
    move(question, states.QUEUED, actor=actor, now=now, changes=changes)


def claim(*, question_id: UUID, physician_id: UUID, actor: Actor, now: datetime) -> Decision:
    """Take a waiting question if the law lets this physician; a refusal is recorded, not raised.

    Raises AlreadyClaimed or NamedOther when the world, not the law, is in the way.
    """
    question = locked(question_id)
    if question.state != states.QUEUED:
        raise AlreadyClaimed
    if question.physician_id not in (None, physician_id):
        raise NamedOther
    question.physician = physician = Physician.objects.get(pk=physician_id)
    decision = may_claim(facts=physician_facts(physician_id, now), at=now, **law())
    if not decision.allowed:
        note(question, "claim.refused", actor=actor, now=now, decision=decision)
        return decision
    note(question, "question.claimed", actor=actor, now=now, decision=decision)
    changes = {"physician": physician, "claimed_at": now}
    move(question, states.CLAIMED, actor=actor, now=now, changes=changes)
    allow(question, physician.account_id)
    return decision


def unclaim(
    *, question_id: UUID, physician_id: UUID, reason: str, actor: Actor, now: datetime
) -> None:
    """Give a question back to the queue with its age; raises NotClaimed for another physician."""
    assert reason in states.REASONS["unclaim"]
    question = locked(question_id)
    if question.state != states.CLAIMED or question.physician_id != physician_id:
        raise NotClaimed
    assert question.physician is not None
    note(question, "question.unclaimed", actor=actor, now=now, data={"reason": reason})
    disallow(question, question.physician.account_id)
    # The quote that the patient accepted names this physician: the question keeps waiting for
    # them until a new quote is accepted.
    move(question, states.QUEUED, actor=actor, now=now, changes={"claimed_at": None})
