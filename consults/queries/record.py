"""Who and what an entry about a question is about: its subject, its physician, its council."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from audit.facts import NATIONAL
from consults.keys import KeyErased, content_key
from consults.models import Patient, Physician, Question
from consults.states import EXPIRED, REFUSED, WITHDRAWN

UNANSWERED_ENDS = (WITHDRAWN, EXPIRED, REFUSED)


@dataclass(frozen=True)
class Named:
    """A physician as papers and entries name them."""

    physician_id: UUID
    subject: UUID
    rpps: str
    name: str
    scope: str


@dataclass(frozen=True)
class Recorded:
    """A question as entries speak of it; without a physician the scope is the national council."""

    subject: UUID
    physician_id: UUID | None
    rpps: str
    physician_name: str
    scope: str


def named(physician_id: UUID) -> Named:
    """The physician of that id; Physician.DoesNotExist when there is none."""
    return _named(Physician.objects.get(pk=physician_id))


def named_by_rpps(numbers: Collection[str]) -> dict[UUID, Named]:
    """The physicians of these numbers, by their id; a number that is nobody's is left out."""
    return {one.id: _named(one) for one in Physician.objects.filter(rpps__in=numbers)}


def _named(one: Physician) -> Named:
    return Named(one.id, one.subject, one.rpps, one.name, one.council)


def recorded(question_id: UUID, physician_id: UUID | None = None) -> Recorded:
    """What an entry needs to know of a question, for the physician named or the one who has it."""
    subject, own = Question.objects.values_list("subject", "physician_id").get(pk=question_id)
    who = physician_id or own
    if who is None:
        return Recorded(subject, None, "", "", NATIONAL)
    one = named(who)
    return Recorded(subject, one.physician_id, one.rpps, one.name, one.scope)


@dataclass(frozen=True)
class Sibling:
    """Another question of the same patient: its id, and whether it ended without an answer."""

    question_id: UUID
    unanswered: bool


def siblings(question_id: UUID) -> list[Sibling]:
    """The other questions of this question's patient."""
    patient = Question.objects.values_list("patient_id", flat=True).get(pk=question_id)
    others = Question.objects.filter(patient_id=patient).exclude(pk=question_id)
    return [
        Sibling(pk, state in UNANSWERED_ENDS) for pk, state in others.values_list("pk", "state")
    ]


def patient_name(question_id: UUID) -> str:
    """Whom a question is about, by name; "" once the file was erased."""
    return Question.objects.values_list("patient__name", flat=True).get(pk=question_id)


def is_breached(question_id: UUID) -> bool:
    """Whether the time that was agreed for its answer passed without one."""
    return Question.objects.filter(pk=question_id, breached_at__isnull=False).exists()


def key_of(question_id: UUID) -> bytes:
    """The content key of the question's patient, to seal what a decision must not tell."""
    return content_key(
        Question.objects.values_list("patient__key_id", flat=True).get(pk=question_id)
    )


def subject_of_patient(patient_id: UUID) -> UUID:
    """Under what an entry about a patient's file, and about no question of theirs, is told."""
    return Patient.objects.values_list("subject", flat=True).get(pk=patient_id)


def key_of_subject(subject: UUID) -> bytes | None:
    """The content key behind a question's or a patient's subject; None once it was erased."""
    key_id = (
        Question.objects.filter(subject=subject).values_list("patient__key_id", flat=True).first()
        or Patient.objects.filter(subject=subject).values_list("key_id", flat=True).first()
    )
    if key_id is None:
        return None
    try:
        return content_key(key_id)
    except KeyErased:
        return None
