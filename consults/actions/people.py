"""Acts on people: enrol physicians, attest with dates what is known of them, declare links."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from audit.actions import record
from audit.facts import Actor, Json, instant
from consults import states
from consults.actions.register import compare
from consults.actions.steps import in_transaction
from consults.models import Attestation, PathwayEvidence, Patient, Physician
from consults.queries.register import current_load

# Grounds where it matters who vouches: the physician concerned, or anyone but them.
VOUCHED_BY_ONESELF = {"treating": True, "prescriber": True, "referral": False}


class NotTheAttestor(Exception):
    """Somebody else than the physician named as attestor tried to confirm a link."""

    code = "NOT_THE_ATTESTOR"


class AttestorUnfit(Exception):
    """The physician named as attestor is not the one who can know of such a link."""

    code = "ATTESTOR_UNFIT"


class AlreadyDecided(Exception):
    """The attestor has already confirmed or denied this link."""

    code = "ALREADY_DECIDED"


def enrol_physician(
    *,
    account_id: UUID,
    rpps: str,
    name: str,
    specialty: str,
    departement: str,
    council: str,
    actor: Actor,
    now: datetime,
    status: str = "private",
) -> Physician:
    """Open a physician's file; the register is asked at once, all the rest is attested later."""
    in_transaction()
    physician = Physician(
        account_id=account_id,
        rpps=rpps,
        name=name,
        specialty=specialty,
        departement=departement,
        council=council,
        status=status,
        enrolled_at=now,
    )
    record(
        type="physician.enrolled",
        subject=physician.subject,
        scope=council,
        actor=actor,
        now=now,
        data={"rpps": rpps, "departement": departement, "status": status},
    )
    physician.save(force_insert=True)
    if load := current_load():
        compare(load=load, physicians=[physician], actor=actor, now=now)
    return physician


def attest(
    *,
    physician_id: UUID,
    kind: str,
    valid_from: datetime,
    valid_until: datetime | None,
    details: Mapping[str, Json],
    evidence_sha256: str,
    actor: Actor,
    now: datetime,
) -> Attestation:
    """Store dated evidence about a physician; see `queries.eligibility` for the details read."""
    in_transaction()
    assert kind in states.ATTESTATIONS
    physician = Physician.objects.get(pk=physician_id)
    record(
        type="attestation.recorded",
        subject=physician.subject,
        scope=physician.council,
        actor=actor,
        now=now,
        data={
            "kind": kind,
            "evidence": evidence_sha256,
            "details": dict(details),
            "valid_from": instant(valid_from),
            "valid_until": instant(valid_until) if valid_until else None,
        },
    )
    return Attestation.objects.create(
        subject=physician.subject,
        physician=physician,
        kind=kind,
        valid_from=valid_from,
        valid_until=valid_until,
        details=dict(details),
        evidence_sha256=evidence_sha256,
        recorded_at=now,
    )


def declare_pathway(
    *,
    patient_id: UUID,
    ground: str,
    physician_id: UUID,
    attestor_id: UUID,
    actor: Actor,
    now: datetime,
) -> PathwayEvidence:
    """Declare a link of care between a patient and a physician; alone it proves nothing.

    Nobody refers a patient to themselves, and only the physician concerned knows that they treat
    a patient or prescribed to them: raises AttestorUnfit for another attestor.
    """
    in_transaction()
    oneself = attestor_id == physician_id
    if VOUCHED_BY_ONESELF.get(ground, oneself) is not oneself:
        raise AttestorUnfit
    patient = Patient.objects.get(pk=patient_id)
    attestor = Physician.objects.get(pk=attestor_id)
    evidence = PathwayEvidence(
        subject=patient.subject,
        patient=patient,
        ground=ground,
        physician_id=physician_id,
        attestor=attestor,
        declared_at=now,
    )
    # The ground is left out: being in long-term care, or under treatment, is health.
    record(
        type="pathway.declared",
        subject=patient.subject,
        scope=attestor.council,
        actor=actor,
        now=now,
        data={"evidence": str(evidence.id)},
    )
    evidence.save(force_insert=True)
    return evidence


def confirm_pathway(
    *, evidence_id: UUID, confirmed: bool, actor: Actor, now: datetime
) -> PathwayEvidence:
    """Give the attestor's word; raises NotTheAttestor for others, AlreadyDecided when given."""
    in_transaction()
    evidence = (
        PathwayEvidence.objects.select_for_update(of=("self",))
        .select_related("attestor__account")
        .get(pk=evidence_id)
    )
    if actor.kind != "physician" or actor.id != evidence.attestor.account.subject:
        raise NotTheAttestor
    if evidence.confirmed is not None:
        raise AlreadyDecided
    record(
        type="pathway.confirmed" if confirmed else "pathway.denied",
        subject=evidence.subject,
        scope=evidence.attestor.council,
        actor=actor,
        now=now,
        data={"evidence": str(evidence.id)},
    )
    evidence.confirmed, evidence.decided_at = confirmed, now
    evidence.save(update_fields=["confirmed", "decided_at"])
    return evidence
