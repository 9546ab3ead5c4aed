"""Questions and their threads, opened for people whom the door has let in."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from consults.facts import Report, report_of
from consults.keys import KeyErased, content_key
from consults.models import Answer, Message, PathwayEvidence, Question, ReportDelivery, Seen
from consults.seal import opened
from consults.states import QUEUED, WRITABLE


@dataclass(frozen=True)
class Event:
    """One event of a thread; `body` is the text of a message, or the code of a state event."""

    seq: int
    kind: str
    author: str
    at: datetime
    client_id: UUID
    body: str
    erased: bool = False


@dataclass(frozen=True)
class QuestionView:
    """A question without its thread, as its people may see it. No money: care cannot see it."""

    id: UUID
    subject: UUID
    patient_id: UUID
    patient_name: str
    patient_born_on: date
    asked_by_parent: bool
    patient_account_id: UUID
    physician_id: UUID | None
    physician_name: str
    physician_rpps: str
    physician_account_id: UUID | None
    named: bool
    ground: str
    state: str
    severity: str
    tier: str
    topic: str
    refusal: str
    refused_by: str
    reason: str
    opened_at: datetime
    deadline_at: datetime | None
    breached_at: datetime | None
    answered_at: datetime | None
    head_seq: int
    answer_id: UUID | None
    outcome: str
    act_kind: str
    report: Report | None
    delivery: str


@dataclass(frozen=True)
class Waiting:
    """A queued question as the board may show it: no text, no money."""

    question_id: UUID
    severity: str
    ground: str
    specialty: str
    topic: str
    own: bool
    for_this_physician: bool
    opened_at: datetime
    deadline_at: datetime | None


def head_of(question_id: UUID) -> int:
    """The number of the last event of a thread."""
    return Question.objects.values_list("head_seq", flat=True).get(pk=question_id)


def first_message_at(question_id: UUID, *, by: str, since: datetime) -> datetime | None:
    """When one side first wrote in a thread after a moment; a signed answer is no message."""
    said = Message.objects.filter(question_id=question_id, kind="message", author_kind=by)
    return said.filter(at__gte=since).order_by("at").values_list("at", flat=True).first()


def exchange_span(question_id: UUID) -> tuple[datetime, datetime] | None:
    """From the claim that still held to the signed answer; None before it was signed."""
    question = Question.objects.filter(pk=question_id, answered_at__isnull=False)
    for claimed_at, answered_at in question.values_list("claimed_at", "answered_at"):
        if claimed_at and answered_at:
            return claimed_at, answered_at
    return None


def signed_at(question_id: UUID) -> datetime | None:
    """When the answer to a question was signed."""
    return (
        Answer.objects.filter(question_id=question_id).values_list("signed_at", flat=True).first()
    )


def thread(question_id: UUID, after: int = 0, limit: int = 200) -> list[Event]:
    """The events after a number, in order; texts are opened with the patient's key."""
    rows = list(
        Message.objects.filter(question_id=question_id, seq__gt=after).order_by("seq")[:limit]
    )
    key = _key_of(question_id) if any(row.body is not None for row in rows) else None
    return [_event(row, key) for row in rows]


def first_words(question_ids: Collection[UUID], longest: int = 90) -> dict[UUID, str]:
    """How each question begins, for the patient's own list; the first is always message 1."""
    rows = Message.objects.filter(question_id__in=question_ids, seq=1, body__isnull=False)
    keys: dict[UUID, bytes | None] = {}
    said: dict[UUID, str] = {}
    for row in rows.select_related("question__patient"):
        patient_id = row.question.patient_id
        if patient_id not in keys:
            keys[patient_id] = _key_of(row.question_id)
        text = " ".join(_event(row, keys[patient_id]).body.split())
        said[row.question_id] = text if len(text) <= longest else f"{text[:longest].rstrip()}…"
    return said


def _key_of(question_id: UUID) -> bytes | None:
    key_id = Question.objects.values_list("patient__key_id", flat=True).get(pk=question_id)
    try:
        return content_key(key_id)
    except KeyErased:
        return None


def _event(row: Message, key: bytes | None) -> Event:
    text = row.code
    if row.body is not None and key is not None:
        text = opened(
            key,
            bytes(row.body),
            question=row.question_id,
            seq=row.seq,
            field="body",
            author=row.author_id,
        )
    erased = row.body is not None and key is None
    return Event(row.seq, row.kind, row.author_kind, row.at, row.client_id, text, erased)


def question_view(question_id: UUID) -> QuestionView:
    """One question with its people, its answer and its report."""
    q = Question.objects.select_related("patient", "physician").get(pk=question_id)
    answer = Answer.objects.filter(question=q).select_related("message").first()
    delivery = ReportDelivery.objects.filter(question=q).first()
    return QuestionView(
        **{name: getattr(q, name) for name in PLAIN},
        **_people(q),
        answer_id=answer.id if answer else None,
        outcome=answer.outcome if answer else "",
        act_kind=answer.act_kind if answer else "",
        report=_report(q, answer),
        delivery=delivery.way if delivery else "",
    )


# Columns of a question that its people see as they are.
PLAIN = (
    "id", "subject", "patient_id", "physician_id", "named", "ground", "state", "severity",
    "tier", "topic", "refusal", "refused_by", "reason", "opened_at", "deadline_at", "breached_at",
    "answered_at", "head_seq",
)  # fmt: skip


def _people(q: Question) -> dict[str, Any]:
    return {
        "patient_name": q.patient.name,
        "patient_born_on": q.patient.birth_date,
        "asked_by_parent": not q.patient.own,
        "patient_account_id": q.patient.account_id,
        "physician_name": q.physician.name if q.physician else "",
        "physician_rpps": q.physician.rpps if q.physician else "",
        "physician_account_id": q.physician.account_id if q.physician else None,
    }


def _report(question: Question, answer: Answer | None) -> Report | None:
    key = _key_of(question.id) if answer is not None and answer.report is not None else None
    if answer is None or answer.report is None or key is None:
        return None
    text = opened(
        key,
        bytes(answer.report),
        question=question.id,
        seq=answer.message.seq,
        field="report",
        author=answer.message.author_id,
    )
    return report_of(text)


def queue(physician_id: UUID) -> list[Waiting]:
    """The queued questions this physician might take: named to them, or to nobody yet."""
    rows = Question.objects.filter(state=QUEUED).filter(
        Q(physician_id=physician_id) | Q(physician__isnull=True)
    )
    links = PathwayEvidence.objects.filter(physician_id=physician_id)
    own = set(links.exclude(confirmed=False).values_list("patient_id", flat=True))
    return [
        Waiting(
            question_id=row.id,
            severity=row.severity,
            ground=row.ground,
            specialty=row.physician.specialty if row.physician else "",
            topic=row.topic,
            own=row.patient_id in own,
            for_this_physician=row.physician_id == physician_id,
            opened_at=row.opened_at,
            deadline_at=row.deadline_at,
        )
        for row in rows.select_related("physician")
    ]


def to_screen(limit: int = 100) -> list[UUID]:
    """The threads with something new that the screen has not listened to, the oldest first."""
    fresh = Question.objects.filter(head_seq__gt=F("screened_seq"), state__in=WRITABLE)
    return list(fresh.order_by("opened_at").values_list("pk", flat=True)[:limit])


def seen_of(question_id: UUID) -> dict[UUID, int]:
    """How far each account has read."""
    return dict(Seen.objects.filter(question_id=question_id).values_list("account_id", "seq"))
