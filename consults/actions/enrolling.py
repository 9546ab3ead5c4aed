"""Acts on files: the terms, one's own file, a child's file, and handing it over at majority."""

from datetime import date, datetime
from uuid import UUID

from audit.actions import record
from audit.facts import NATIONAL, Actor
from consults.actions.leaving import cancel_erasure
from consults.actions.steps import in_transaction
from consults.calendar import MAJORITY_YEARS, age_years, of_age_at, paris_date
from consults.keys import new_key
from consults.models import Erasure, MinorException, Patient, Physician
from consults.queries.links import confirmed


class AlreadyEnrolled(Exception):
    """This account has its own file already."""

    code = "ALREADY_ENROLLED"


class NotAMinor(Exception):
    """Nobody holds the file of a person who is of age, and nobody spares them a parent."""

    code = "NOT_A_MINOR"


class NotTheirPatient(Exception):
    """This physician has no confirmed link with this patient."""

    code = "NOT_THEIR_PATIENT"


class NotToHandOver(Exception):
    """This file is not a child's file any more, or the person who asks for it is not the child."""

    code = "NOT_TO_HAND_OVER"


def accept_terms(
    *, account_subject: UUID, words_sha256: str, language: str, actor: Actor, now: datetime
) -> None:
    """Record which words of the terms an account accepted, by their hash."""
    in_transaction()
    record(
        type="terms.accepted",
        subject=account_subject,
        scope=NATIONAL,
        actor=actor,
        now=now,
        data={"words": words_sha256, "language": language},
    )


def enrol_patient(
    *,
    account_id: UUID,
    name: str,
    birth_date: date,
    identified_by: str,
    actor: Actor,
    now: datetime,
    parental_authority: bool | None = None,
) -> Patient:
    """Open an account's own file; raises AlreadyEnrolled.

    The content key commits first, in the key store. A minor who has a file of their own holds
    no parental authority over themselves.
    """
    in_transaction()
    if Patient.objects.filter(account_id=account_id, own=True).exists():
        raise AlreadyEnrolled
    if parental_authority is None and age_years(birth_date, paris_date(now)) < MAJORITY_YEARS:
        parental_authority = False
    patient = Patient(
        account_id=account_id,
        key_id=new_key(),
        name=name,
        birth_date=birth_date,
        parental_authority=parental_authority,
        identified_by=identified_by,
        identified_at=now if identified_by else None,
        enrolled_at=now,
    )
    _record_enrolled(patient, identified_by, actor, now)
    return patient


def enrol_child(
    *,
    account_id: UUID,
    name: str,
    birth_date: date,
    words_sha256: str,
    actor: Actor,
    now: datetime,
) -> Patient:
    """Open the file of a child, held by the account that declares parental authority.

    The words declared are recorded by their hash. Raises NotAMinor.
    """
    in_transaction()
    held_until = of_age_at(birth_date)
    if held_until <= now:
        raise NotAMinor
    child = Patient(
        account_id=account_id,
        own=False,
        held_until=held_until,
        key_id=new_key(),
        name=name,
        birth_date=birth_date,
        parental_authority=True,
        enrolled_at=now,
    )
    _record_enrolled(child, "", actor, now)
    record(
        type="authority.declared",
        subject=child.subject,
        scope=NATIONAL,
        actor=actor,
        now=now,
        data={"words": words_sha256},
    )
    return child


def _record_enrolled(patient: Patient, identified_by: str, actor: Actor, now: datetime) -> None:
    """Record and write a new file; nothing in the entry says whose it is, or who holds it."""
    record(
        type="patient.enrolled",
        subject=patient.subject,
        scope=NATIONAL,
        actor=actor,
        now=now,
        data={"identified_by": identified_by},
    )
    patient.save(force_insert=True)


def hand_over(
    *, patient_id: UUID, account_id: UUID, birth_date: date, actor: Actor, now: datetime
) -> Patient:
    """Give a file to the person it is about, who is of age and has an account without a file.

    The rights on its questions follow the file; what the parent had asked for it, an erasure
    that waits, does not. Raises NotToHandOver, AlreadyEnrolled.
    """
    in_transaction()
    patient = Patient.objects.select_for_update().get(pk=patient_id)
    if patient.own or patient.held_until is None or patient.held_until > now:
        raise NotToHandOver
    if patient.birth_date != birth_date or patient.account_id == account_id:
        raise NotToHandOver
    if Patient.objects.filter(account_id=account_id, own=True).exists():
        raise AlreadyEnrolled
    if Erasure.objects.filter(patient=patient, cancelled_at=None, ordered_at=None).exists():
        cancel_erasure(patient_id=patient.id, actor=actor, now=now)
    record(
        type="patient.handed-over",
        subject=patient.subject,
        scope=NATIONAL,
        actor=actor,
        now=now,
        data={},
    )
    patient.account_id, patient.own, patient.held_until = account_id, True, None
    patient.parental_authority = None
    patient.save(update_fields=["account_id", "own", "held_until", "parental_authority"])
    return patient


def except_minor(
    *, patient_id: UUID, physician_id: UUID, actor: Actor, now: datetime
) -> MinorException:
    """A physician who knows a minor spares them the parents' consent (L.1111-5 CSP).

    It counts for questions to this physician. Said twice it is one exception. Raises
    NotTheirPatient, and NotAMinor for a person of age.
    """
    in_transaction()
    patient = Patient.objects.get(pk=patient_id)
    physician = known_to(patient_id=patient_id, physician_id=physician_id, at=now)
    if of_age_at(patient.birth_date) <= now:
        raise NotAMinor
    if said := MinorException.objects.filter(patient=patient, physician=physician).first():
        return said
    record(
        type="authority.excepted",
        subject=patient.subject,
        scope=physician.council,
        actor=actor,
        now=now,
        data={},
    )
    return MinorException.objects.create(
        subject=patient.subject, patient=patient, physician=physician, recorded_at=now
    )


def known_to(*, patient_id: UUID, physician_id: UUID, at: datetime) -> Physician:
    """The physician, on whose own word a link with the patient stands; NotTheirPatient."""
    physician = Physician.objects.get(pk=physician_id)
    standing = confirmed(at).filter(patient_id=patient_id, physician=physician, attestor=physician)
    if not standing.exists():
        raise NotTheirPatient
    return physician
