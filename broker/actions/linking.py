"""Links of care: declared by one person, vouched for by another."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.facts import Actor
from consults import actions as care
from consults.actions.choosing import choose_treating, declare_link, end_link


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
        evidence = declare_link(
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


def end(*, evidence_id: UUID, actor: Actor, now: datetime) -> None:
    """End a link from now on: the patient's own, or one that stands on this physician's word."""
    with transaction.atomic(durable=True):
        end_link(evidence_id=evidence_id, actor=actor, now=now)


def say_treating(*, patient_id: UUID, choice: str, rpps: str, actor: Actor, now: datetime) -> None:
    """The patient has a treating physician elsewhere, has none, or would rather not say."""
    with transaction.atomic(durable=True):
        choose_treating(patient_id=patient_id, choice=choice, rpps=rpps, actor=actor, now=now)
