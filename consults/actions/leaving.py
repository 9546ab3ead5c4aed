"""A file's end: an erasure asked, cancelled, ordered and done; and a copy of it that leaves.

No transaction spans both databases. The order commits first: from then on the file names a key
that does not exist, so nothing opens any more. Then the key is deleted, which may be said twice.
Then the end is recorded. Whoever stops in between is taken up again by the worker.
"""

from datetime import date, datetime
from uuid import UUID, uuid4

from audit.actions import record
from audit.facts import NATIONAL, Actor
from consults import states
from consults.actions.steps import in_transaction
from consults.models import Erasure, IdentityProof, Patient

# What an erased file has for a day of birth.
NO_BIRTH_DATE = date(1, 1, 1)


class ErasureUnderWay(Exception):
    """This file waits to be erased, or is: nothing new is written in it."""

    code = "ERASURE_UNDER_WAY"


class NothingToCancel(Exception):
    """No erasure waits that could still be cancelled."""

    code = "NOTHING_TO_CANCEL"


def ask_erasure(*, patient_id: UUID, actor: Actor, now: datetime) -> Erasure:
    """Ask that a file be erased once the waiting time is over; raises ErasureUnderWay."""
    in_transaction()
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient_id)
    if Erasure.objects.filter(patient=patient, cancelled_at=None).exists():
        raise ErasureUnderWay
    erasure = Erasure(
        subject=patient.subject,
        patient=patient,
        asked_at=now,
        due_at=now + states.ERASURE_WAITS,
    )
    _note("asked", erasure, actor, now)
    erasure.save(force_insert=True)
    return erasure


def cancel_erasure(*, patient_id: UUID, actor: Actor, now: datetime) -> None:
    """Take the wish back while it waits; raises NothingToCancel once it is ordered."""
    in_transaction()
    waiting = Erasure.objects.select_for_update().filter(
        patient_id=patient_id, cancelled_at=None, ordered_at=None
    )
    erasure = waiting.first()
    if erasure is None:
        raise NothingToCancel
    _note("cancelled", erasure, actor, now)
    erasure.cancelled_at = now
    erasure.save(update_fields=["cancelled_at"])


def order_erasure(*, erasure_id: UUID, actor: Actor, now: datetime) -> UUID | None:
    """Order a due erasure: from this commit on nothing of the file opens.

    Returns the file's id; None when it is not due, was cancelled, or is ordered already.
    """
    in_transaction()
    erasure = (
        Erasure.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("patient")
        .filter(pk=erasure_id, cancelled_at=None, ordered_at=None, due_at__lte=now)
        .first()
    )
    if erasure is None:
        return None
    patient = Patient.objects.select_for_update(no_key=True).get(pk=erasure.patient_id)
    if patient.held_until is not None and patient.held_until <= now:
        return None  # it is the grown child's alone, who has not asked for this
    _note("ordered", erasure, actor, now)
    erasure.ordered_at, erasure.key_id = now, patient.key_id
    erasure.save(update_fields=["ordered_at", "key_id"])
    # At this point the old key still exists, and no row but the erasure's names it.
    IdentityProof.objects.filter(patient=patient).delete()
    Patient.objects.filter(pk=patient.pk).update(
        key_id=uuid4(), name="", birth_date=NO_BIRTH_DATE, identified_by="", identified_at=None,
        identified_until=None,
    )  # fmt: skip
    return patient.id


def finish_erasure(*, erasure_id: UUID, actor: Actor, now: datetime) -> bool:
    """Record that the key is gone; False when another has recorded it already."""
    in_transaction()
    erasure = (
        Erasure.objects.select_for_update(skip_locked=True)
        .filter(pk=erasure_id, ordered_at__isnull=False, done_at=None)
        .first()
    )
    if erasure is None:
        return False
    _note("done", erasure, actor, now)
    erasure.done_at = now
    erasure.save(update_fields=["done_at"])
    return True


def note_export(*, patient_id: UUID, actor: Actor, now: datetime) -> None:
    """Record that a copy of a file leaves; the caller commits it before the first byte."""
    in_transaction()
    patient = Patient.objects.get(pk=patient_id)
    record(type="data.exported", subject=patient.subject, scope=NATIONAL, actor=actor, now=now)


def _note(step: str, erasure: Erasure, actor: Actor, now: datetime) -> None:
    record(
        type=f"erasure.{step}",
        subject=erasure.subject,
        scope=NATIONAL,
        actor=actor,
        now=now,
        data={"erasure": str(erasure.id)},
    )
