"""Reads for the doors and for the clock: where questions stand, lists of them, kept drafts."""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min, Q

from audit.queries.pages import Page, page_of
from consults import states
from consults.facts import report_of
from consults.keys import KeyErased, content_key
from consults.models import Draft, Physician, Question
from consults.seal import opened


@dataclass(frozen=True)
class Standing:
    """The little that every frame of a socket asks of a question."""

    subject: UUID
    state: str
    head_seq: int
    patient_id: UUID


@dataclass(frozen=True)
class Summary:
    """One line of a person's list of questions; no text."""

    id: UUID
    state: str
    refusal: str
    severity: str
    physician_name: str
    opened_at: datetime
    deadline_at: datetime | None
    answered_at: datetime | None


def standing(question_id: UUID) -> Standing | None:
    """Where a question stands; None when there is none."""
    glance = Question.objects.filter(pk=question_id).values_list(
        "subject", "state", "head_seq", "patient_id"
    )
    row = glance.first()
    return Standing(*row) if row else None


def council_of(physician_id: UUID) -> str:
    """The council under whose eyes this physician acts: the scope of their entries."""
    return Physician.objects.values_list("council", flat=True).get(pk=physician_id)


def physician_name(physician_id: UUID) -> str:
    """The name under which a physician practises."""
    return Physician.objects.values_list("name", flat=True).get(pk=physician_id)


def patient_names(questions: Collection[UUID]) -> dict[UUID, str]:
    """Whom each of these questions is about, for the physician who answered it."""
    rows = Question.objects.filter(pk__in=questions)
    return dict(rows.values_list("id", "patient__name"))


def questions_of(patient_id: UUID, limit: int = 100) -> list[Summary]:
    """A patient's questions, the latest first."""
    return _summaries(patient_id=patient_id, limit=limit)


def page_of_questions(patient_id: UUID, after: str = "") -> tuple[list[Summary], Page[Question]]:
    """A page of a patient's questions, the latest first, and where it stands among the pages."""
    rows = Question.objects.filter(patient_id=patient_id).select_related("physician")
    page = page_of(rows, by="-opened_at", after=after)
    return [_summary(row) for row in page.rows], page


def held_by(physician_id: UUID, limit: int = 100) -> list[Summary]:
    """The questions in a physician's hands."""
    return _summaries(physician_id=physician_id, state=states.CLAIMED, limit=limit)


def answered_by(physician_id: UUID, limit: int = 30) -> list[Summary]:
    """The questions a physician answered, the latest asked first."""
    done = (states.ANSWERED, states.CLOSED)
    return _summaries(physician_id=physician_id, state__in=done, limit=limit)


def _summaries(*, limit: int, **where: object) -> list[Summary]:
    rows = Question.objects.filter(**where).select_related("physician").order_by("-opened_at")
    return [_summary(row) for row in rows[:limit]]


def _summary(row: Question) -> Summary:
    return Summary(
        id=row.id,
        state=row.state,
        refusal=row.refusal,
        severity=row.severity,
        physician_name=row.physician.name if row.physician else "",
        opened_at=row.opened_at,
        deadline_at=row.deadline_at,
        answered_at=row.answered_at,
    )


def unqueued(limit: int) -> list[UUID]:
    """The questions that wait for their payments, the oldest first."""
    rows = Question.objects.filter(state=states.OPENED, physician__isnull=False)
    return list(rows.order_by("opened_at").values_list("id", flat=True)[:limit])


def reserved(limit: int) -> list[UUID]:
    """The queued questions that no accepted quote names a physician for, the oldest first."""
    rows = Question.objects.filter(state=states.QUEUED, physician__isnull=True)
    return list(rows.order_by("opened_at").values_list("id", flat=True)[:limit])


def overdue(at: datetime, limit: int) -> list[UUID]:
    """The questions whose deadline has passed unanswered, the longest overdue first.

    One that is known to be late and is in a physician's hands is left to them, for a day.
    """
    late = Question.objects.filter(
        state__in=(states.QUEUED, states.CLAIMED), deadline_at__lt=at
    ).order_by("deadline_at")
    left = Q(
        state=states.CLAIMED, breached_at__isnull=False, deadline_at__gte=at - states.LATE_LEFT
    )
    return list(late.exclude(left).values_list("id", flat=True)[:limit])


def next_deadline() -> datetime | None:
    """When the next unanswered question that is not known to be late falls due."""
    rows = Question.objects.filter(
        state__in=(states.QUEUED, states.CLAIMED), breached_at=None, deadline_at__isnull=False
    )
    found: datetime | None = rows.aggregate(next=Min("deadline_at"))["next"]
    return found


def deadlines(question_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Until when each of these questions waits for its answer, of those that wait for one."""
    rows = Question.objects.filter(
        id__in=question_ids, state__in=(states.QUEUED, states.CLAIMED), deadline_at__isnull=False
    )
    return {pk: at for pk, at in rows.values_list("id", "deadline_at") if at}


def owes_by(physician_id: UUID, until: datetime) -> bool:
    """Whether an answer of this physician is due by then, and not late already."""
    waiting = Question.objects.filter(
        physician_id=physician_id, state__in=(states.QUEUED, states.CLAIMED), breached_at=None
    )
    return waiting.filter(deadline_at__lte=until).exists()


def counts_by_state() -> dict[str, int]:
    """How many questions are in each state; numbers only."""
    rows = Question.objects.values("state").annotate(number=Count("id"))
    return {row["state"]: row["number"] for row in rows}


def draft_of(question_id: UUID, author_id: UUID) -> dict[str, str]:
    """The last texts an author wrote on a question that were not accepted, by field.

    The report's draft is as `facts.report_text` writes it, that of a form is JSON.
    """
    rows = Draft.objects.filter(question_id=question_id, author_id=author_id)
    key_id = Question.objects.values_list("patient__key_id", flat=True).get(pk=question_id)
    try:
        key = content_key(key_id)
    except KeyErased:
        return {}
    return {
        row.field: opened(
            key,
            bytes(row.body),
            question=question_id,
            seq=row.seq,
            field=row.field if row.field in ("report", "form") else "body",
            author=author_id,
        )
        for row in rows.order_by("kept_at")
    }


def waiting_for(physician_id: UUID) -> list[UUID]:
    """The questions in the queue whose accepted quote names this physician."""
    waiting = Question.objects.filter(physician_id=physician_id, state=states.QUEUED)
    return list(waiting.order_by("id").values_list("id", flat=True))


def answer_draft(question_id: UUID, author_id: UUID) -> dict[str, str]:
    """An answer as far as its author wrote it, by the names of its form; empty without a draft."""
    kept = draft_of(question_id, author_id)
    if "form" in kept:
        return {str(name): str(value) for name, value in json.loads(kept["form"]).items()}
    typed = {"text": kept["answer"]} if "answer" in kept else {}
    if "report" in kept:
        headings = asdict(report_of(kept["report"]))
        typed |= {"report": headings.pop("text"), **headings}
    return typed
