"""The tier of one's own physician is for their patients alone: anybody else is told no."""

from datetime import datetime
from uuid import UUID

from django.conf import settings

from audit.actions import record
from audit.facts import NATIONAL, Actor
from audit.law import packs
from audit.law.model import Decision
from broker.rules import may_be_billed
from consults import queries as people
from consults.queries.links import may_be_treating
from consults.queries.record import key_of_subject, subject_of_patient
from consults.queries.strangers import stranger_facts

# What the door says, whichever of the rules under this profile says it first.
STRANGER = "NO_TREATING_RELATION"


def refuse_stranger(
    *, patient_id: UUID, physician_id: UUID | None, tier: str, actor: Actor, now: datetime
) -> Decision | None:
    """Refuse this tier, on the record, where no treating relation is; None where one may be.

    A link that its physician has not confirmed yet may still be: the gate asks again. Nothing is
    opened, so that the form comes back as it was written.
    """
    if physician_id is not None and may_be_treating(physician_id, patient_id, now):
        return None
    forecast = may_be_billed(
        known=stranger_facts(patient_id, now), at=now, profile=settings.PROFILE, pack=packs.load()
    )
    subject = subject_of_patient(patient_id)
    record(
        type="quote.refused",
        subject=subject,
        scope=people.council_of(physician_id) if physician_id else NATIONAL,
        actor=actor,
        now=now,
        data={"code": STRANGER, "tier": tier},
        decision=forecast,
        key=key_of_subject(subject),
    )
    return forecast
