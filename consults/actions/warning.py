"""The act of warning a physician that an attestation ends soon: once for each bound of days."""

from datetime import datetime
from uuid import UUID

from audit.actions import record
from audit.facts import SYSTEM
from consults.actions.steps import in_transaction
from consults.models import Attestation, ExpiryWarning


def note_warning(*, attestation_id: UUID, days: int, now: datetime) -> None:
    """Note that the physician was told; a second worker's note fails on the constraint."""
    in_transaction()
    row = Attestation.objects.select_related("physician").get(pk=attestation_id)
    record(
        type="expiry.warned", subject=row.subject, scope=row.physician.council, actor=SYSTEM,
        now=now, data={"kind": row.kind, "days": days},
    )  # fmt: skip
    ExpiryWarning.objects.create(subject=row.subject, attestation=row, days=days, at=now)
