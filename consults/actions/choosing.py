"""A patient says who treats them, or ends a link of care; an attestor takes their word back."""

from datetime import datetime
from uuid import UUID

from audit.actions import record
from audit.facts import NATIONAL, Actor
from consults.actions.people import NotTheAttestor, declare_pathway
from consults.actions.steps import in_transaction
from consults.models import PathwayEvidence, Patient, TreatingChoice
from consults.queries.finding import Listed, listed_under
from consults.queries.links import in_force


class LinkEnded(Exception):
    """This link of care has already ended."""

    code = "LINK_ENDED"


class RppsUnlisted(Exception):
    """The national register that is loaded here has no physician with this number."""

    code = "RPPS_UNLISTED"


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


def declare_link(
    *,
    patient_id: UUID,
    ground: str,
    physician_id: UUID,
    attestor_id: UUID,
    actor: Actor,
    now: datetime,
) -> PathwayEvidence:
    """Declare a link, once: the same declaration gives the link that stands or waits already.

    Nobody has two treating physicians: naming one ends the link with another, from now on.
    """
    in_transaction()
    _turn(patient_id)
    standing = PathwayEvidence.objects.filter(
        in_force(now), patient_id=patient_id, ground=ground, physician_id=physician_id,
        attestor_id=attestor_id,
    ).exclude(confirmed=False)  # fmt: skip
    if found := standing.first():
        return found
    evidence = declare_pathway(
        patient_id=patient_id,
        ground=ground,
        physician_id=physician_id,
        attestor_id=attestor_id,
        actor=actor,
        now=now,
    )
    if ground == "treating":
        _leave_others(patient_id, physician_id, actor, now)
        _said(patient_id, "here", actor, now)
    return evidence


def choose_treating(
    *, patient_id: UUID, choice: str, actor: Actor, now: datetime, rpps: str = ""
) -> TreatingChoice:
    """Keep what the patient says of their treating physician; a link with one here ends.

    Who it is stays out of the log. Raises RppsUnlisted for a number the register does not have.
    """
    in_transaction()
    _turn(patient_id)
    listed = None
    if choice == "elsewhere":
        listed = listed_under(rpps)
        if listed is None:
            raise RppsUnlisted
    _leave_others(patient_id, None, actor, now)
    return _said(patient_id, choice, actor, now, listed)


def _turn(patient_id: UUID) -> None:
    """One choice at a time for one patient."""
    Patient.objects.select_for_update(no_key=True).get(pk=patient_id)


def _leave_others(patient_id: UUID, kept: UUID | None, actor: Actor, now: datetime) -> None:
    treating = PathwayEvidence.objects.filter(
        in_force(now), patient_id=patient_id, ground="treating"
    )
    for link in treating.exclude(confirmed=False).order_by("id"):
        if link.physician_id == kept:
            continue
        end_link(evidence_id=link.id, actor=actor, now=now)


def _said(
    patient_id: UUID, choice: str, actor: Actor, now: datetime, listed: Listed | None = None
) -> TreatingChoice:
    patient = Patient.objects.get(pk=patient_id)
    said = TreatingChoice(
        subject=patient.subject,
        patient=patient,
        choice=choice,
        rpps=listed.rpps if listed else "",
        name=listed.name if listed else "",
        load=listed.load if listed else None,
        said_at=now,
    )
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
