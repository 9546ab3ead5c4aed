"""What a patient has agreed to and asked for: consents, erasures, and what they mean for acts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet

from consults import states
from consults.calendar import paris_date
from consults.law.consents import Words, words
from consults.models import Consent, Erasure, Patient, Physician, Question
from consults.queries.files import usable

# The questions that end when their patient takes the agreement back: not answered yet.
UNANSWERED = (states.HELD, states.OPENED, states.QUEUED, states.CLAIMED)


@dataclass(frozen=True)
class Agreement:
    """One agreement as its page shows it: the words in force, and what was said of it.

    `given` is None while nothing was ever said; `said` is the last row; `current` tells whether
    the words agreed to are those in force.
    """

    kind: str
    words: Words
    given: bool | None
    said: Consent | None
    history: list[Consent]

    @property
    def current(self) -> bool:
        """Whether the last row was said of the version in force."""
        return self.said is not None and self.said.version == self.words.version


def agreements(patient_id: UUID, language: str, at: datetime) -> list[Agreement]:
    """Every agreement of a patient, each with its words and its dated rows, the latest first."""
    rows = list(Consent.objects.filter(patient_id=patient_id, at__lte=at).order_by("-at"))
    found = []
    for kind in states.CONSENTS:
        mine = [row for row in rows if row.kind == kind]
        said = mine[0] if mine else None
        in_force = words(kind, paris_date(at), language)
        found.append(Agreement(kind, in_force, said.given if said else None, said, mine))
    return found


def agrees(patient_id: UUID, kind: str, at: datetime) -> bool | None:
    """What a patient last said of one agreement by that instant; None when nothing was said."""
    said = Consent.objects.filter(patient_id=patient_id, kind=kind, at__lte=at).order_by("at")
    return said.values_list("given", flat=True).last()


def consent_stands(question: Question, at: datetime) -> bool:
    """Whether the agreement to the remote act, given with the question, was not taken back."""
    taken_back = Consent.objects.filter(
        Q(question=None) | Q(question=question),
        patient_id=question.patient_id,
        kind="remote",
        given=False,
        at__gte=question.consented_at,
        at__lte=at,
    )
    return question.consented_at <= at and not taken_back.exists()


def objects_to_sharing(patient_id: UUID, at: datetime) -> bool:
    """Whether the patient took back their agreement that reports reach the treating physician."""
    return agrees(patient_id, "sharing", at) is False


def unanswered_of(patient_ids: list[UUID]) -> list[UUID]:
    """The questions of these files that no answer has ended yet, in the order of their locks."""
    rows = Question.objects.filter(patient_id__in=patient_ids, state__in=UNANSWERED)
    return list(rows.order_by("id").values_list("id", flat=True))


def asked_by(account_id: UUID) -> list[UUID]:
    """Every question of every file this account ever opened."""
    rows = Question.objects.filter(patient__account_id=account_id)
    return list(rows.values_list("id", flat=True))


def questions_behind(patient_id: UUID) -> list[UUID]:
    """Every question of a file."""
    return list(Question.objects.filter(patient_id=patient_id).values_list("id", flat=True))


def patients_behind(account_id: UUID, at: datetime) -> list[Patient]:
    """Every file of this account, its own first; not that of a child who is of age."""
    rows = Patient.objects.filter(usable(at), account_id=account_id)
    return list(rows.order_by("-own", "enrolled_at"))


def unfinished_of(patient_ids: list[UUID]) -> list[Question]:
    """The answered questions of these files that are not closed: their patient has a say left."""
    rows = Question.objects.filter(patient_id__in=patient_ids, state=states.ANSWERED)
    return list(rows.select_related("physician").order_by("answered_at"))


def erasure_of(patient_id: UUID) -> Erasure | None:
    """The erasure of a file that was not cancelled: it waits, is under way, or is done."""
    return Erasure.objects.filter(patient_id=patient_id, cancelled_at=None).first()


def erasures(limit: int = 200) -> list[Erasure]:
    """Every erasure, the latest asked first: dates and random numbers, nobody's name."""
    return list(Erasure.objects.order_by("-asked_at")[:limit])


def erasures_due(at: datetime, limit: int = 100) -> list[UUID]:
    """The erasures that wait for the worker: ordered and not done, then due and not ordered.

    What a parent asked for a child's file is not done once the child is of age.
    """
    waiting = Erasure.objects.filter(
        Q(ordered_at__isnull=False) | usable(at, "patient__"),
        cancelled_at=None, done_at=None, due_at__lte=at,
    )  # fmt: skip
    ordered = waiting.order_by(F("ordered_at").asc(nulls_last=True), "due_at")
    return list(ordered.values_list("id", flat=True)[:limit])


def key_to_destroy(erasure_id: UUID) -> UUID | None:
    """The key of an erasure that was ordered and is not done; None when none is to be deleted."""
    ordered = Erasure.objects.filter(pk=erasure_id, ordered_at__isnull=False, done_at=None)
    return ordered.values_list("key_id", flat=True).first()


def is_erased(patient_id: UUID) -> bool:
    """Whether the destruction of this file's key was ordered: nothing of it opens any more."""
    return Erasure.objects.filter(patient_id=patient_id, ordered_at__isnull=False).exists()


def erased_questions() -> QuerySet[Question, UUID]:
    """The ids of the questions of erased files: nothing is read or written in them any more."""
    gone = Question.objects.filter(patient__erasure__ordered_at__isnull=False)
    return gone.values_list("id", flat=True)


def account_of(patient_id: UUID) -> UUID:
    """The account that holds a file."""
    return Patient.objects.values_list("account_id", flat=True).get(pk=patient_id)


def file_row(patient_id: UUID) -> Patient:
    """A file with the account that holds it."""
    return Patient.objects.select_related("account").get(pk=patient_id)


def subjects_of(patient_id: UUID) -> list[tuple[UUID, UUID]]:
    """A patient's questions, each with the random number under which the log speaks of it."""
    rows = Question.objects.filter(patient_id=patient_id).order_by("opened_at")
    return list(rows.values_list("id", "subject"))


def physician_behind(account_subject: UUID) -> str:
    """The name under which the physician of an account practises; empty for anybody else."""
    names = Physician.objects.filter(account__subject=account_subject)
    return names.values_list("name", flat=True).first() or ""
