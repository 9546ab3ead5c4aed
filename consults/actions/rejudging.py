"""What care keeps of an act that is judged again, and of a charge that was wrong."""

from datetime import datetime
from uuid import UUID

from audit.facts import Actor, Json
from audit.law.model import Decision
from audit.law.words import refusal_code
from consults.actions.steps import Act, locked
from consults.models import Incident, Rejudgment


def keep_rejudgment(
    *, question_id: UUID, decision: Decision, earlier: UUID, actor: Actor, now: datetime
) -> Rejudgment:
    """Record one more decision on an act, beside `earlier`, which stays as it is."""
    act = Act(locked(question_id=question_id), actor, now)
    data: dict[str, Json] = {"earlier": str(earlier)}
    act.note("act.judged-again", data, decision)
    return Rejudgment.objects.create(
        subject=act.question.subject,
        question=act.question,
        decision_id=decision.id,
        act_at=decision.at,
        at=now,
        outcome=decision.outcome,
        code="" if decision.allowed else refusal_code(decision),
    )


def open_incident(
    *, question_id: UUID, rejudgment: Rejudgment, actor: Actor, now: datetime
) -> bool:
    """Say once that a charge was wrong, and tell both people in their thread.

    False when it is said already: a second decision changes nothing of it.
    """
    act = Act(locked(question_id=question_id), actor, now)
    if Incident.objects.filter(question=act.question).exists():
        return False
    act.note(
        "incident.opened",
        {"decision": str(rejudgment.decision_id), "outcome": rejudgment.outcome},
    )
    Incident.objects.create(
        subject=act.question.subject,
        question=act.question,
        rejudgment=rejudgment,
        opened_at=now,
    )
    act.tell("incident-opened")
    return True
