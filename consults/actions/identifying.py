"""Who a patient is: a physician who knows them says so, or an identity provider vouches."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings

from audit import seal
from audit.actions import record
from audit.facts import NATIONAL, Actor, Json
from consults.actions.enrolling import NotAMinor, known_to
from consults.actions.steps import in_transaction
from consults.calendar import of_age_at
from consults.facts import Claims
from consults.models import IdentityProof, Patient, Question
from consults.rules import same_person

# An identity provider is asked again after a year; a physician's word stands until withdrawn.
PROOF_LASTS = timedelta(days=365)


class IdentityMismatch(Exception):
    """The identity provider's names or birth date are not those of the file."""

    code = "IDENTITY_MISMATCH"


class BirthDateStands(Exception):
    """A child's birth date is not changed once a question was asked for them."""

    code = "BIRTH_DATE_STANDS"


class IdentityTaken(Exception):
    """The same person at the identity provider stands behind another file."""

    code = "IDENTITY_TAKEN"


def confirm_identity(
    *, patient_id: UUID, physician_id: UUID, actor: Actor, now: datetime
) -> Patient:
    """A physician confirms that this patient is who the file says; raises NotTheirPatient."""
    in_transaction()
    physician = known_to(patient_id=patient_id, physician_id=physician_id, at=now)
    patient = Patient.objects.select_for_update().get(pk=patient_id)
    _note(patient, "physician", physician.council, {}, actor, now)
    patient.identified_by, patient.identified_at = "physician", now
    patient.identified_until = None
    patient.save(update_fields=["identified_by", "identified_at", "identified_until"])
    return patient


def prove_identity(*, patient_id: UUID, claims: Claims, actor: Actor, now: datetime) -> Patient:
    """Take an identity provider's word for a file that says the same.

    `claims` were checked at the door: issuer, audience, signature, nonce, level. Nothing is ever
    joined by an e-mail address. Raises IdentityMismatch, IdentityTaken.
    """
    in_transaction()
    patient = Patient.objects.select_for_update().get(pk=patient_id)
    if not same_person(name=patient.name, birth_date=patient.birth_date, claims=claims):
        raise IdentityMismatch
    mark = _mark(claims)
    if IdentityProof.objects.filter(mark=mark).exclude(patient=patient).exists():
        raise IdentityTaken
    _note(patient, "identity-provider", NATIONAL, {"acr": claims.acr}, actor, now)
    IdentityProof.objects.update_or_create(
        patient=patient,
        defaults={
            "subject": patient.subject, "mark": mark, "acr": claims.acr, "proved_at": now,
        },
    )  # fmt: skip
    patient.identified_by, patient.identified_at = "identity-provider", now
    patient.identified_until = now + PROOF_LASTS
    patient.save(update_fields=["identified_by", "identified_at", "identified_until"])
    return patient


def withdraw_identity(
    *, patient_id: UUID, physician_id: UUID | None, actor: Actor, now: datetime
) -> Patient:
    """Take an identification back, at once: the patient, or a physician who knows them.

    Raises NotTheirPatient for a physician without a confirmed link.
    """
    in_transaction()
    scope = NATIONAL
    if physician_id is not None:
        scope = known_to(patient_id=patient_id, physician_id=physician_id, at=now).council
    patient = Patient.objects.select_for_update().get(pk=patient_id)
    if patient.identified_at is None:
        return patient
    record(
        type="patient.unidentified",
        subject=patient.subject,
        scope=scope,
        actor=actor,
        now=now,
        data={},
    )
    IdentityProof.objects.filter(patient=patient).delete()
    patient.identified_by, patient.identified_at, patient.identified_until = "", None, None
    patient.save(update_fields=["identified_by", "identified_at", "identified_until"])
    return patient


def correct_file(
    *, patient_id: UUID, name: str, birth_date: date, actor: Actor, now: datetime
) -> Patient:
    """Correct who a file is about; whoever vouched for it vouched for something else.

    A child's birth date stays once a question was asked for them: it says until when a parent
    holds the file. Raises BirthDateStands, NotAMinor.
    """
    in_transaction()
    patient = withdraw_identity(patient_id=patient_id, physician_id=None, actor=actor, now=now)
    changed = birth_date != patient.birth_date
    if changed and not patient.own and Question.objects.filter(patient=patient).exists():
        raise BirthDateStands
    if not patient.own and of_age_at(birth_date) <= now:
        raise NotAMinor
    record(
        type="patient.corrected",
        subject=patient.subject,
        scope=NATIONAL,
        actor=actor,
        now=now,
        data={},
    )
    patient.name, patient.birth_date = name, birth_date
    if patient.own:
        patient.parental_authority = False if of_age_at(birth_date) > now else None
    else:
        patient.held_until = of_age_at(birth_date)
    patient.save(update_fields=["name", "birth_date", "held_until", "parental_authority"])
    return patient


def _note(
    patient: Patient, by: str, scope: str, more: dict[str, Json], actor: Actor, now: datetime
) -> None:
    record(
        type="patient.identified",
        subject=patient.subject,
        scope=scope,
        actor=actor,
        now=now,
        data={"by": by, **more},
    )


def _mark(claims: Claims) -> str:
    """One person at one issuer, under a key of this service: the name there is not kept."""
    assert settings.MASTER_KEY, "no file is opened without a master key"
    key = seal.derived(settings.MASTER_KEY, "identity-provider")
    return seal.mac(key, f"{claims.issuer}\0{claims.sub}".encode()).hex()
