"""The agreed time passed without an answer: recorded once, and both parties' money given back."""

from datetime import datetime
from uuid import UUID

from audit.facts import SYSTEM
from billing.actions.payments import release
from billing.actions.refunding import refund_all
from broker.models import Lease
from broker.rules import seconds_late
from consults import actions as care
from consults.queries.threads import QuestionView

PASSED = "deadline-passed"


def breach(*, view: QuestionView, now: datetime) -> bool:
    """Record a breach and order both payments given back, once; True while somebody is at work.

    Inside the transaction that locked the question, whose deadline has passed. Whatever stands
    is released, and whatever was taken is refunded, each party's on its own.
    """
    assert view.deadline_at is not None and view.deadline_at < now
    working = _at_work(view.id, now)
    late = seconds_late(deadline_at=view.deadline_at, now=now)
    fresh = care.breach(question_id=view.id, at_work=working, late=late, actor=SYSTEM, now=now)
    if fresh:
        reason = PASSED if view.physician_id else "no-physician"
        release(question_id=view.id, reason=reason, actor=SYSTEM, now=now)
        refund_all(question_id=view.id, reason="breach", actor=SYSTEM, now=now)
    return working


def _at_work(question_id: UUID, now: datetime) -> bool:
    """A physician who took the question is at it: what they write must find its way."""
    live = Lease.objects.filter(
        question_id=question_id, purpose="answer", ended_at=None, expires_at__gt=now
    )
    return live.exists()
