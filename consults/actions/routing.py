"""Put a question in the queue, let one physician take it, give it back."""

from datetime import datetime
from uuid import UUID

from audit.facts import Actor
from audit.law.model import Decision
from consults import states
from consults.access import allow, disallow
from consults.actions.steps import Act, law, locked
from consults.models import Physician, Question
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
    """Put an opened question in the queue, for the physician that its quote names, if any.

    A question that waits there for any physician is named by the quote that its patient accepts.
    """
    act = Act(locked(question_id=question_id), actor, now)
    if not (act.question.state == states.QUEUED and act.question.physician is None):
        act.check(states.QUEUED)
    if physician_id is not None:
        act.question.physician = Physician.objects.get(pk=physician_id)
    act.note("question.queued")
    changes = {"physician": act.question.physician, "deadline_at": deadline_at}
    act.move(states.QUEUED, changes)


def breach(*, question_id: UUID, at_work: bool, late: int, actor: Actor, now: datetime) -> bool:
    """Record that the agreed time passed unanswered, by how many seconds; False the second time.

    Where a physician is `at_work` on it the patient is told so in the thread: what they answer
    is still delivered, and costs nothing.
    """
    act = Act(locked(question_id=question_id), actor, now)
    if act.question.breached_at is not None:
        return False
    act.note("question.breached", {"seconds_late": late})
    Question.objects.filter(pk=question_id).update(breached_at=now)
    if at_work:
        act.tell("deadline-passed")
    return True


def claim(*, question_id: UUID, physician_id: UUID, actor: Actor, now: datetime) -> Decision:
    """Take a waiting question if the law lets this physician; a refusal is recorded, not raised.

    Raises AlreadyClaimed or NamedOther when the world, not the law, is in the way.
    """
    question = locked(question_id=question_id)
    if question.state != states.QUEUED:
        raise AlreadyClaimed
    if question.physician_id not in (None, physician_id):
        raise NamedOther
    question.physician = physician = Physician.objects.get(pk=physician_id)
    act = Act(question, actor, now)
    decision = may_claim(facts=physician_facts(physician_id, now), at=now, **law())
    if not decision.allowed:
        act.note("claim.refused", decision=decision)
        return decision
    act.note("question.claimed", {"physician_rpps": physician.rpps}, decision)
    act.move(states.CLAIMED, {"physician": physician, "claimed_at": now})
    allow(question, physician.account_id)
    return decision


def set_aside(*, question_id: UUID, actor: Actor, now: datetime) -> None:
    """Tell the patient, in the thread, that the physician whom a question waits for is stopped."""
    act = Act(locked(question_id=question_id), actor, now)
    act.note("question.set-aside", {"reason": "physician-suspended"})
    act.tell("physician-suspended")


def unclaim(
    *, question_id: UUID, physician_id: UUID, reason: str, actor: Actor, now: datetime
) -> None:
    """Give a question back to the queue with its age; raises NotClaimed for another physician.

    The quote that the patient accepted still names this physician: until a new quote is
    accepted the question waits for them.
    """
    assert reason in states.REASONS["unclaim"]
    question = locked(question_id=question_id)
    if question.state != states.CLAIMED or question.physician_id != physician_id:
        raise NotClaimed
    assert question.physician is not None
    act = Act(question, actor, now)
    act.note("question.unclaimed", {"reason": reason})
    disallow(question, question.physician.account_id)
    act.move(states.QUEUED, {"claimed_at": None})
