"""Everything held about one patient, for that patient: who opened it, and a copy of the whole.

Nothing private of anybody else is in it: physicians appear as they practise, under their name
and number, and reviewers under their council.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from audit.facts import instant
from audit.models import Account
from audit.queries.trail import TrailEntry, trail_of
from billing import queries as money
from billing.queries.explaining import explanations_of
from billing.queries.papers import papers_of
from broker.queries.complaints import complaints_of
from broker.queries.words import refused_words, verdict
from consults import queries as care
from consults.queries import agreements
from consults.queries.links import treating_choice

# The entries that say that somebody opened something of a file, or took a copy of it.
OPENINGS = frozenset(
    {
        "question.claimed", "lease.taken", "alert.read", "report.opened", "report.downloaded",
        "report.delivered", "record.read", "record.verified", "record.replayed",
        "record.downloaded", "data.exported",
    }
)  # fmt: skip
MOST = 10_000


@dataclass(frozen=True)
class Opening:
    """Somebody opened something: when, who, why, and about which question."""

    at: datetime
    who: str
    kind: str
    type: str
    question_id: UUID | None


def openings(patient_id: UUID) -> list[Opening]:
    """Who opened this file, the latest first."""
    found = [
        _opening(entry, question_id)
        for question_id, subject in _subjects(patient_id)
        for entry in trail_of(subject, whole=True)
        if entry.type in OPENINGS
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)


def _subjects(patient_id: UUID) -> list[tuple[UUID | None, UUID]]:
    """The random numbers under which the log speaks of a file: its own, and its questions'."""
    return [(None, agreements.file_row(patient_id).subject), *agreements.subjects_of(patient_id)]


def _opening(entry: TrailEntry, question_id: UUID | None) -> Opening:
    actor = entry.said["actor"]
    who = ""
    if actor["kind"] == "physician":
        who = agreements.physician_behind(UUID(actor["id"]))
    elif actor["kind"] == "reviewer":
        who = ", ".join(str(code) for code in entry.data.get("councils", []))
    return Opening(entry.at, who, actor["kind"], entry.type, question_id)


def file_of(patient_id: UUID, at: datetime) -> dict[str, Any]:
    """The file itself: who this is, links, choices, agreements, and what was asked of it."""
    patient = agreements.file_row(patient_id)
    account: Account = patient.account
    erasure = agreements.erasure_of(patient_id)
    return {
        "identity": {
            "name": patient.name,
            "birth_date": patient.birth_date.isoformat(),
            "identified_by": patient.identified_by,
            "identified_at": _said(patient.identified_at),
            "enrolled_at": _said(patient.enrolled_at),
            "parental_authority": patient.parental_authority,
        },
        "account": {
            "email": account.email,
            "language": account.language,
            "joined_at": _said(account.joined_at),
        },
        "links": [_link(one) for one in care.links_of(patient_id)],
        "treating_physician": _choice(patient_id, at),
        "agreements": [_row(row) for one in _agreed(patient_id, at) for row in one.history],
        "erasure": erasure
        and {name: _said(getattr(erasure, name)) for name in ("asked_at", "due_at", "ordered_at")},
    }


def _agreed(patient_id: UUID, at: datetime) -> list[agreements.Agreement]:
    return agreements.agreements(patient_id, "fr", at)


def _row(row: Any) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "given": row.given,
        "version": row.version,
        "language": row.language,
        "sha256": row.sha256,
        "at": _said(row.at),
        "question": str(row.question_id) if row.question_id else None,
    }


def _link(one: Any) -> dict[str, Any]:
    return {
        "ground": one.ground,
        "physician": one.physician.name,
        "rpps": one.physician.rpps,
        "attestor": one.attestor.name,
        "declared_at": _said(one.declared_at),
        "confirmed": one.confirmed,
        "decided_at": _said(one.decided_at),
        "ended_at": _said(one.ended_at),
        "ended_by": one.ended_by,
    }


def _choice(patient_id: UUID, at: datetime) -> dict[str, Any] | None:
    said = treating_choice(patient_id, at)
    if said is None:
        return None
    return {
        "choice": said.choice, "name": said.name, "rpps": said.rpps, "at": _said(said.said_at)
    }  # fmt: skip


def questions_in(patient_id: UUID) -> Iterator[dict[str, Any]]:
    """Every question with its thread, report, decisions and money, one at a time."""
    for summary in reversed(care.questions_of(patient_id, limit=MOST)):
        yield _question(summary.id)


def _question(question_id: UUID) -> dict[str, Any]:
    view = care.question_view(question_id)
    names = {"patient": "patient", "physician": view.physician_name}
    author = Account.objects.values_list("subject", flat=True).get(pk=view.patient_account_id)
    return {
        "id": str(view.id),
        "opened_at": _said(view.opened_at),
        "answered_at": _said(view.answered_at),
        "state": view.state,
        "physician": view.physician_name,
        "rpps": view.physician_rpps,
        "ground": view.ground,
        "outcome": view.outcome,
        "refusal": view.refusal,
        "refused": refused_words(view, "fr"),
        "kept_text": care.draft_of(question_id, author).get("message", ""),
        "thread": _thread(question_id, names),
        "report": view.report
        and {name: value for name, value in vars(view.report).items() if value},
        "delivery": view.delivery,
        "complaints": _complaints(question_id),
        "decision": verdict(view.subject, "fr"),
        "money": _money(question_id),
        "log": [
            {"at": _said(entry.at), "type": entry.type, "by": entry.said["actor"]["kind"]}
            for entry in trail_of(view.subject, whole=True)
        ],
    }


def _thread(question_id: UUID, names: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "seq": event.seq,
            "at": _said(event.at),
            "kind": event.kind,
            "author": names.get(event.author, event.author),
            "text": event.body,
            "erased": event.erased,
        }
        for event in care.thread(question_id, limit=MOST)
    ]


def _complaints(question_id: UUID) -> list[dict[str, Any]]:
    return [
        {
            "made_at": _said(one.made_at),
            "about": one.about,
            "text": one.text,
            "answered_at": _said(one.answered_at),
            "outcome": one.outcome,
            "answer": one.answer,
        }
        for one in complaints_of(question_id)
    ]


def _money(question_id: UUID) -> dict[str, Any]:
    shown = money.money_view(question_id)
    return {
        "quote": shown["quote"],
        "payments": [
            {name: leg[name] for name in ("party", "amount", "state", "settlement")}
            for leg in shown["legs"]
        ],
        "explained": [
            {
                "asked_at": _said(one.asked_at),
                "asked": one.asked,
                "answered_at": _said(one.answered_at),
                "answered": one.answered,
            }
            for one in explanations_of(question_id)
        ],
        "papers": [paper.number for paper in papers_of([question_id])],
    }


def _said(value: datetime | date | None) -> str | None:
    if value is None:
        return None
    return instant(value) if isinstance(value, datetime) else value.isoformat()
