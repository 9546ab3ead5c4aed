"""What was asked about fees and how it was explained."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.seal import Unreadable
from billing.models import FeeQuestion
from consults.keys import KeyErased
from consults.queries.agreements import erased_questions
from consults.queries.record import key_of
from consults.seal import opened


@dataclass(frozen=True)
class Explained:
    """One demand; a text is "" when it is not there yet, None when it was erased."""

    question_id: UUID
    asked_at: datetime
    due_at: datetime
    answered_at: datetime | None
    asked: str | None
    answered: str | None


def explanations_of(question_id: UUID) -> list[Explained]:
    """Everything asked and explained about the fee of a question, oldest first."""
    rows = FeeQuestion.objects.filter(question=question_id).order_by("asked_at")
    return [
        Explained(
            row.question, row.asked_at, row.due_at, row.answered_at,
            _text(row, row.asked, "fee-question"), _text(row, row.answered, "fee-answer"),
        )
        for row in rows
    ]  # fmt: skip


def to_explain(physician_id: UUID) -> list[FeeQuestion]:
    """What waits for this physician's explanation, soonest due first."""
    rows = FeeQuestion.objects.filter(physician=physician_id, answered_at=None)
    return list(rows.exclude(question__in=erased_questions()).order_by("due_at"))


def _text(row: FeeQuestion, body: bytes | memoryview | None, field: str) -> str | None:
    if body is None:
        return ""
    try:
        return opened(
            key_of(row.question), bytes(body), question=row.question, seq=0, field=field,
            author=row.id,
        )  # fmt: skip
    except (KeyErased, Unreadable):
        return None
