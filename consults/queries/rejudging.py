"""Acts that new evidence speaks of, and the incidents that came of judging them again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from consults.calendar import PARIS
from consults.models import Answer, Attestation, ContractStep, Erasure, Incident, Rejudgment


@dataclass(frozen=True)
class JudgedAct:
    """An answered question as the operator sees it: no name, no text."""

    question_id: UUID
    subject: UUID
    signed_at: datetime
    judged_at: datetime | None
    outcome: str
    code: str
    incident_at: datetime | None


def spoken_of_since(since: datetime) -> list[UUID]:
    """Questions answered before a paper came, after `since`, that speaks of that very moment.

    One that was judged again after the paper came is left out.
    """
    found: dict[UUID, None] = {}
    for physician_id, begins, recorded_at in _papers(since):
        found.update(dict.fromkeys(_answers(physician_id, begins, recorded_at)))
    return list(found)


def _papers(since: datetime) -> list[tuple[UUID, datetime, datetime]]:
    """(physician, from when it speaks, when it was recorded) of what came since."""
    papers = Attestation.objects.filter(recorded_at__gt=since, valid_from__lt=F("recorded_at"))
    steps = ContractStep.objects.filter(recorded_at__gt=since)
    return [
        *papers.values_list("physician_id", "valid_from", "recorded_at"),
        *(
            (physician, datetime.combine(on, time(), PARIS), recorded_at)
            for physician, on, recorded_at in steps.values_list(
                "contract__physician_id", "on", "recorded_at"
            )
        ),
    ]


def _answers(physician_id: UUID, begins: datetime, recorded_at: datetime) -> QuerySet[Any]:
    seen = Rejudgment.objects.filter(question=OuterRef("question"), at__gte=recorded_at)
    gone = Erasure.objects.filter(patient=OuterRef("question__patient"), ordered_at__isnull=False)
    return (
        Answer.objects.filter(
            physician_id=physician_id, signed_at__gte=begins, signed_at__lt=recorded_at
        )
        # Of an erased file nothing can be opened, nor judged, any more.
        .exclude(Exists(seen) | Exists(gone))
        .values_list("question_id", flat=True)
    )


def open_incidents() -> list[UUID]:
    """Questions whose charge was wrong."""
    return list(Incident.objects.order_by("opened_at").values_list("question_id", flat=True))


def has_incident(question_id: UUID) -> bool:
    """Whether the charge of this question was wrong."""
    return Incident.objects.filter(question=question_id).exists()


def judged_acts(*, limit: int) -> Sequence[JudgedAct]:
    """The last answered questions with what was last said of them, newest first."""
    again = Rejudgment.objects.filter(question=OuterRef("question")).order_by("-at")
    incident = Incident.objects.filter(question=OuterRef("question"))
    rows = (
        Answer.objects.annotate(
            judged_at=Subquery(again.values("at")[:1]),
            said=Subquery(again.values("outcome")[:1]),
            why=Subquery(again.values("code")[:1]),
            wrong_at=Subquery(incident.values("opened_at")[:1]),
        )
        .order_by("-signed_at")
        .values_list(
            "question_id", "question__subject", "signed_at", "judged_at", "said", "why", "wrong_at"
        )[:limit]
    )
    return [
        JudgedAct(question, subject, signed, judged, said or "", why or "", wrong)
        for question, subject, signed, judged, said, why, wrong in rows
    ]
