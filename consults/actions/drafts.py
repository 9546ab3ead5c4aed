"""Texts that came too late to be accepted are kept, so that their author loses nothing."""

from datetime import datetime
from uuid import UUID

from audit.facts import Actor
from consults.actions.steps import Act, in_transaction, locked
from consults.facts import Report, report_text
from consults.models import Draft


def forget_drafts(*, now: datetime) -> int:
    """Delete the drafts whose thirty days are over; return how many there were."""
    in_transaction()
    deleted, _ = Draft.objects.filter(delete_at__lte=now).delete()
    return deleted


def keep_unsent(
    *,
    question_id: UUID,
    client_id: UUID,
    text: str,
    report: Report | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Keep an answer that could not be given, sealed; it takes the place of its earlier draft."""
    act = Act(locked(question_id=question_id), actor, now)
    Draft.objects.filter(question=act.question, author_id=actor.id).delete()
    act.keep("answer", act.cover(text, client_id=client_id), client_id)
    if report is not None and report.written:
        words = report_text(report)
        act.keep("report", act.cover(words, client_id=client_id, field="report"), client_id)
