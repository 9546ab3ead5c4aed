"""A patient says who treats them, or ends a link of care; an attestor takes their word back."""

from datetime import datetime
from uuid import UUID

from audit.actions import record
from audit.facts import NATIONAL, Actor
from consults.actions.people import NotTheAttestor
from consults.actions.steps import in_transaction
from consults.models import PathwayEvidence, Patient, TreatingChoice


class LinkEnded(Exception):
    """This link of care has already ended."""

    code = "LINK_ENDED"


def end_link(*, evidence_id: UUID, actor: Actor, now: datetime) -> PathwayEvidence:
    """End a link from this instant on; what was decided about it before stays as it was.

    The patient ends their own; the attestor takes their word back. Raises NotTheAttestor for
    another physician, LinkEnded when it has ended.
    """
    in_transaction()
    link = (
        PathwayEvidence.objects.select_for_update(of=("self",))
        .select_related("attestor__account")
        .get(pk=evidence_id)
    )
    if link.ended_at is not None:
        raise LinkEnded
    if actor.kind == "physician" and actor.id != link.attestor.account.subject:
        raise NotTheAttestor
    record(
        type="pathway.ended",
        subject=link.subject,
        scope=link.attestor.council,
        actor=actor,
        now=now,
        data={"evidence": str(link.id)},
    )
    link.ended_at, link.ended_by = now, "patient" if actor.kind == "patient" else "attestor"
    link.save(update_fields=["ended_at", "ended_by"])
    return link


def choose_treating(
    *,
    patient_id: UUID,
    choice: str,
    actor: Actor,
    now: datetime,
    rpps: str = "",
    name: str = "",
    load: int | None = None,
) -> TreatingChoice:
    """Keep what the patient says of their treating physician. Who it is stays out of the log."""
    in_transaction()
    patient = Patient.objects.get(pk=patient_id)
    said = TreatingChoice(
        subject=patient.subject, patient=patient, choice=choice, rpps=rpps, name=name, load=load,
        said_at=now,
    )  # fmt: skip
    record(
        type="pathway.chosen",
        subject=patient.subject,
        scope=NATIONAL,
        actor=actor,
        now=now,
        data={"choice": str(said.id)},
    )
    said.save(force_insert=True)
    return said
