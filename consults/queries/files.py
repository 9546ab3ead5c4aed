"""The files of an account: its own, and those of children until they are of age."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q
from django.db.models.expressions import Combinable

from consults.calendar import MAJORITY_YEARS, age_years, of_age_at, paris_date
from consults.models import MinorException, Patient
from consults.queries.links import confirmed


@dataclass(frozen=True)
class File:
    """A file as its holder sees it; `until` is when a child's file is no longer theirs."""

    id: UUID
    name: str
    birth_date: date
    own: bool
    until: datetime | None
    identified: bool
    identified_by: str
    minor: bool


@dataclass(frozen=True)
class Known:
    """A patient as a physician with a confirmed link sees them."""

    patient_id: UUID
    name: str
    birth_date: date
    identified: bool
    identified_by: str
    minor_alone: bool
    excepted: bool


def usable(at: datetime | Combinable, path: str = "") -> Q:
    """Files that their account may use at an instant: an expiry at T acts at T by itself."""
    return Q(**{f"{path}held_until__isnull": True}) | Q(**{f"{path}held_until__gt": at})


def identified_at(patient: Patient, at: datetime) -> bool:
    """Whether somebody vouched for this patient's identity, and it stands at that instant."""
    since, until = patient.identified_at, patient.identified_until
    return since is not None and since <= at and (until is None or at < until)


def is_identified(patient_id: UUID, at: datetime) -> bool:
    """The same for a patient's id."""
    return identified_at(Patient.objects.get(pk=patient_id), at)


def patient_of(account_id: UUID) -> Patient | None:
    """The patient who signs in with this account: their own file."""
    return Patient.objects.filter(account_id=account_id, own=True).first()


def files_of(account_id: UUID, at: datetime) -> list[File]:
    """The files this account may use at an instant, its own first."""
    rows = Patient.objects.filter(usable(at), account_id=account_id)
    return [_file(row, at) for row in rows.order_by("-own", "birth_date", "enrolled_at")]


def is_held_by(patient_id: UUID, account_id: UUID) -> bool:
    """Whether this is the file of somebody else that this account holds, or held until lately."""
    return Patient.objects.filter(pk=patient_id, account_id=account_id, own=False).exists()


def files_to_hand_over(account_id: UUID, at: datetime) -> list[File]:
    """The files of children who are of age: still here, no longer readable, to be handed over."""
    rows = Patient.objects.filter(account_id=account_id, own=False, held_until__lte=at)
    return [_file(row, at) for row in rows.order_by("held_until")]


def patients_known_to(physician_id: UUID, at: datetime) -> list[Known]:
    """The patients with whom a link stands on this physician's own word, A to Z."""
    linked = (
        confirmed(at)
        .filter(physician_id=physician_id, attestor_id=physician_id)
        .values("patient_id")
    )
    spared = set(
        MinorException.objects.filter(physician_id=physician_id).values_list(
            "patient_id", flat=True
        )
    )
    return [
        Known(
            patient_id=row.id,
            name=row.name,
            birth_date=row.birth_date,
            identified=identified_at(row, at),
            identified_by=row.identified_by,
            minor_alone=row.own and of_age_at(row.birth_date) > at,
            excepted=row.id in spared,
        )
        for row in Patient.objects.filter(pk__in=linked).order_by("name")
    ]


def _file(row: Patient, at: datetime) -> File:
    return File(
        id=row.id,
        name=row.name,
        birth_date=row.birth_date,
        own=row.own,
        until=row.held_until,
        identified=identified_at(row, at),
        identified_by=row.identified_by if identified_at(row, at) else "",
        minor=age_years(row.birth_date, paris_date(at)) < MAJORITY_YEARS,
    )
