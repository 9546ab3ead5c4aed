"""Complaints as their people see them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.queries.pages import Page, page_of
from audit.seal import Unreadable
from broker.models import Complaint
from consults.keys import KeyErased
from consults.queries.agreements import erased_questions
from consults.queries.record import key_of
from consults.seal import opened

TEXT, ANSWERED = "complaint", "complaint-answer"
ABOUT = ("advice", "service", "payment")
OUTCOMES = ("upheld", "refunded", "rejected")


@dataclass(frozen=True)
class Told:
    """One complaint; a text is "" while there is none, None when it was erased."""

    id: UUID
    about: str
    made_at: datetime
    due_at: datetime
    answered_at: datetime | None
    outcome: str
    text: str | None
    answer: str | None


def answers_for(about: str) -> str:
    """The kind of person who answers: the physician for the advice, else the operator."""
    return "physician" if about == "advice" else "operator"


def complaints_of(question_id: UUID) -> list[Told]:
    """Everything complained of an exchange, oldest first."""
    rows = Complaint.objects.filter(question_id=question_id).order_by("made_at")
    return [told(row) for row in rows]


def told(row: Complaint) -> Told:
    """A complaint with its texts opened."""
    return Told(
        row.id, row.about, row.made_at, row.due_at, row.answered_at, row.outcome,
        _text(row, row.text, TEXT), _text(row, row.answer, ANSWERED),
    )  # fmt: skip


def waiting(kind: str, physician_id: UUID | None = None, after: str = "") -> Page[Complaint]:
    """A page of what waits for the operator, or for this physician; soonest due first.

    Of an erased file nothing waits: its complaint reads no more, and no answer would be read.
    """
    rows = Complaint.objects.filter(answered_at=None).exclude(question__in=erased_questions())
    if kind == "physician" and physician_id is not None:
        rows = rows.filter(about="advice", question__physician_id=physician_id)
    else:
        rows = rows.exclude(about="advice") if kind == "operator" else rows.none()
    return page_of(rows, by="due_at", after=after)


def _text(row: Complaint, body: bytes | memoryview | None, field: str) -> str | None:
    if body is None:
        return ""
    try:
        return opened(
            key_of(row.question_id), bytes(body), question=row.question_id, seq=0, field=field,
            author=row.id,
        )  # fmt: skip
    except (KeyErased, Unreadable):
        return None
