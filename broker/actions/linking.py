"""Links of care: declared by one person, vouched for by another."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.facts import Actor
from consults import actions as care


def declare(
    *,
    patient_id: UUID,
    ground: str,
    physician_id: UUID,
    attestor_id: UUID,
    actor: Actor,
    now: datetime,
) -> UUID:
    """Declare a link; until its attestor has spoken the rules read it as unknown."""
    with transaction.atomic(durable=True):
        evidence = care.declare_pathway(
            patient_id=patient_id,
            ground=ground,
            physician_id=physician_id,
            attestor_id=attestor_id,
            actor=actor,
            now=now,
        )
    return evidence.id


def confirm(*, evidence_id: UUID, confirmed: bool, actor: Actor, now: datetime) -> None:
    """Give the attestor's word on a declared link."""
    with transaction.atomic(durable=True):
        care.confirm_pathway(evidence_id=evidence_id, confirmed=confirmed, actor=actor, now=now)
