"""The fence: a lease taken, checked, renewed and ended, inside the caller's transaction."""

from datetime import datetime
from uuid import UUID

from django.db import connection

from audit.actions import record
from audit.facts import Actor
from broker.actions.faults import LeaseLost, Moved
from broker.models import Lease
from broker.rules import lease_until


def take_lease(
    *,
    question_id: UUID,
    subject: UUID,
    physician_id: UUID,
    purpose: str,
    scope: str,
    actor: Actor,
    now: datetime,
) -> Lease:
    """Take a question nobody holds, or one's own again; Moved(ALREADY_CLAIMED) otherwise."""
    _lock(question_id)
    held = Lease.objects.filter(question_id=question_id, ended_at=None).first()
    if held is not None and held.expires_at > now:
        if held.physician_id != physician_id:
            raise Moved("ALREADY_CLAIMED")
        if held.purpose == purpose:
            return held
    if held is not None:
        end_lease(lease=held, because="replaced", scope=scope, actor=actor, now=now)
    record(
        type="lease.taken",
        subject=subject,
        scope=scope,
        actor=actor,
        now=now,
        data={"purpose": purpose},
    )
    return Lease.objects.create(
        subject=subject,
        question_id=question_id,
        physician_id=physician_id,
        purpose=purpose,
        taken_at=now,
        expires_at=lease_until(now),
    )


def _lock(question_id: UUID) -> None:
    """One claimer at a time per question: who comes while another is inside loses at once."""
    key = int.from_bytes(question_id.bytes[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [key])
        if not cursor.fetchone()[0]:
            raise Moved("ALREADY_CLAIMED")


def held_lease(*, question_id: UUID, physician_id: UUID, token: UUID, now: datetime) -> Lease:
    """The live lease with this token, locked; LeaseLost when it ended, expired or is another's."""
    lease = (
        Lease.objects.select_for_update()
        .filter(question_id=question_id, physician_id=physician_id, token=token, ended_at=None)
        .first()
    )
    if lease is None or lease.expires_at <= now:
        raise LeaseLost(question_id)
    return lease


def end_lease(*, lease: Lease, because: str, scope: str, actor: Actor, now: datetime) -> None:
    """End a lease and say why; its token is worth nothing from here on."""
    record(
        type="lease.ended",
        subject=lease.subject,
        scope=scope,
        actor=actor,
        now=now,
        data={"because": because},
    )
    lease.ended_at, lease.ended_because = now, because
    lease.save(update_fields=["ended_at", "ended_because"])
