"""Facts about a request at the moment it is written: what it asks for, of whom, by whom."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from audit.law.model import Fact
from consults.calendar import age_years, paris_date
from consults.models import MinorException, PathwayEvidence, Patient
from consults.queries.links import in_force

OWN_PRESCRIBER_GROUNDS = ("prescriber", "treating")


class Heard(Protocol):
    """What the facts need of a screening: its label."""

    @property
    def label(self) -> str:
        """What the text was heard to be, in one closed word."""


def intake_facts(
    *,
    patient_id: UUID,
    screening: Heard,
    flags: tuple[str, ...],
    ground: str,
    physician_id: UUID | None,
    at: datetime,
) -> dict[str, Fact]:
    """What is known when a question arrives; every one of these is sensitive, channel aside."""
    patient = Patient.objects.get(pk=patient_id)
    facts = {
        "channel": Fact("written", "system"),
        "patient_age_years": Fact(age_years(patient.birth_date, paris_date(at)), "patient"),
        "l1111_5_exception_by_physician": _excepted(patient_id, physician_id, at),
        **_heard(screening.label, flags),
    }
    if patient.parental_authority is not None:
        facts["parental_authority_confirmed"] = Fact(patient.parental_authority, "patient")
    own = _own_prescriber(patient_id, physician_id, ground, at)
    if own is not None:
        facts["addressee_is_own_prescriber"] = Fact(own, "system")
    return facts


def _excepted(patient_id: UUID, physician_id: UUID | None, at: datetime) -> Fact:
    """Whether the physician who is asked spares this minor the parents' consent (L.1111-5)."""
    said = physician_id is not None and MinorException.objects.filter(
        patient_id=patient_id, physician_id=physician_id, recorded_at__lte=at
    )
    found = bool(said and said.exists())
    return Fact(found, "physician" if found else "system")


def _heard(label: str, flags: tuple[str, ...]) -> dict[str, Fact]:
    """A tick on the red-flag list counts by itself; the screen may add to it, never clear it."""
    ticked_suicide = "suicide" in flags
    ticked = any(flag != "suicide" for flag in flags)
    return {
        "red_flag_detected": Fact(
            ticked or label == "emergency_red_flag", "patient" if ticked else "system"
        ),
        "suicidal_content_detected": Fact(
            ticked_suicide or label == "suicidal", "patient" if ticked_suicide else "system"
        ),
        "request_is_sick_leave": Fact(label == "sick_leave_request", "system"),
        "request_is_certificate": Fact(label == "certificate_request", "system"),
        "request_is_renewal": Fact(label == "prescription_renewal", "system"),
        "solicitation_detected": Fact(label == "advertising_or_solicitation", "system"),
        "abusive_content_detected": Fact(label == "abusive", "system"),
    }


def _own_prescriber(
    patient_id: UUID, physician_id: UUID | None, ground: str, at: datetime
) -> bool | None:
    """Whether the question goes to the patient's own prescriber; None when only declared."""
    if physician_id is None:
        return False
    answers = list(
        PathwayEvidence.objects.filter(
            in_force(at),
            patient_id=patient_id,
            physician_id=physician_id,
            ground__in=OWN_PRESCRIBER_GROUNDS,
            declared_at__lte=at,
        ).values_list("confirmed", flat=True)
    )
    if True in answers:
        return True
    return None if None in answers or (not answers and ground in OWN_PRESCRIBER_GROUNDS) else False
