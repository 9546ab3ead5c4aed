"""A patient agrees to words, or takes that back: one dated row and one entry each.

Said for a question, the log speaks of it under that question's subject, so that no two questions
can be joined by it. Which agreement it is stays out of the log: that somebody objects to sharing
is theirs to tell. A commitment that only their key makes binds the words.
"""

from datetime import datetime
from uuid import UUID, uuid4

from audit import seal
from audit.actions import record
from audit.facts import NATIONAL, Actor, canonical
from consults.actions.steps import in_transaction
from consults.calendar import paris_date
from consults.keys import content_key
from consults.law.consents import words
from consults.models import Consent, Patient, Question


def say_consent(
    *,
    patient_id: UUID,
    kind: str,
    given: bool,
    language: str,
    actor: Actor,
    now: datetime,
    question: Question | None = None,
) -> Consent:
    """Record that a patient agrees to the words in force, or no longer does."""
    in_transaction()
    patient = Patient.objects.get(pk=patient_id)
    said = words(kind, paris_date(now), language)
    row = Consent(
        id=uuid4(),
        subject=question.subject if question else patient.subject,
        patient=patient,
        question=question,
        kind=kind,
        given=given,
        version=said.version,
        language=said.language,
        sha256=said.sha256,
        at=now,
    )
    record(
        type="consent.given" if given else "consent.withdrawn",
        subject=row.subject,
        scope=NATIONAL,
        actor=actor,
        now=now,
        data={"consent": str(row.id), "commitment": _commitment(patient, row)},
    )
    row.save(force_insert=True)
    return row


def _commitment(patient: Patient, row: Consent) -> str:
    salt = seal.mac(seal.derived(content_key(patient.key_id), "consent"), row.id.bytes)
    said = canonical({"kind": row.kind, "given": row.given, "words": row.sha256})
    return seal.commitment(salt, said).hex()
