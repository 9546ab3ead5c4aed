"""Links of care as they stand at an instant: what counts, who treats, what was last said."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from consults.models import PathwayEvidence, Physician, TreatingChoice


def in_force(at: datetime) -> Q:
    """The links that have not ended by that instant."""
    return Q(ended_at__isnull=True) | Q(ended_at__gt=at)


def confirmed(at: datetime) -> QuerySet[PathwayEvidence]:
    """The links that count at that instant: their attestor said yes, and they have not ended."""
    return PathwayEvidence.objects.filter(in_force(at), confirmed=True, decided_at__lte=at)


def treats(physician_id: UUID, patient_id: UUID, at: datetime) -> bool:
    """Whether this physician is, by their own word, treating the patient at that instant."""
    return (
        confirmed(at)
        .filter(physician_id=physician_id, patient_id=patient_id, ground="treating")
        .exists()
    )


def may_be_treating(physician_id: UUID, patient_id: UUID, at: datetime) -> bool:
    """Whether a physician is the patient's treating one, or was named so and has not said no."""
    declared = PathwayEvidence.objects.filter(
        in_force(at), physician_id=physician_id, patient_id=patient_id, ground="treating"
    )
    return declared.exclude(confirmed=False).exists()


def counts(link: PathwayEvidence, at: datetime) -> bool:
    """Whether a confirmed link is worth something: its attestor may know of it at that instant."""
    own_word = link.attestor_id == link.physician_id
    return bool(link.confirmed) and (own_word or treats(link.attestor_id, link.patient_id, at))


def treating_reader(patient_id: UUID, at: datetime) -> Physician | None:
    """The treating physician who reads reports here, the last confirmed if there are several."""
    link = (
        confirmed(at)
        .filter(patient_id=patient_id, ground="treating")
        .select_related("physician")
        .order_by("decided_at")
        .last()
    )
    return link.physician if link else None


def treating_choice(patient_id: UUID, at: datetime) -> TreatingChoice | None:
    """What the patient last said of their treating physician, by that instant."""
    said = TreatingChoice.objects.filter(patient_id=patient_id, said_at__lte=at)
    return said.order_by("said_at").last()


def treating_link(patient_id: UUID, at: datetime) -> PathwayEvidence | None:
    """The link with the treating physician that stands or waits for their word."""
    live = PathwayEvidence.objects.filter(in_force(at), patient_id=patient_id, ground="treating")
    said = live.exclude(confirmed=False).select_related("physician")
    return said.order_by("declared_at").last()


def links_attested(physician_id: UUID) -> list[PathwayEvidence]:
    """The links that stand on this physician's word, the latest first."""
    return list(
        PathwayEvidence.objects.filter(
            attestor_id=physician_id, confirmed=True, ended_at__isnull=True
        )
        .select_related("patient", "physician")
        .order_by("-decided_at")
    )
