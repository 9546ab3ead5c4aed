"""The notes that a patient was told by mail: of an order, of a withdrawal, of what is due."""

from datetime import datetime
from uuid import UUID, uuid4

from audit.facts import SYSTEM
from billing.actions.steps import in_transaction, note
from billing.models import Confirmation, Leg, Quote, Reminder
from billing.queries.legs import of_leg, told
from consults.queries.record import recorded

ENTRIES = {"order": "order.confirmed", "withdrawal": "withdrawal.confirmed"}


def note_confirmation(*, quote_id: UUID, kind: str, now: datetime) -> UUID:
    """Note that a contract was confirmed, or its end; a second note fails on the constraint."""
    in_transaction()
    quote = Quote.objects.get(pk=quote_id)
    row = Confirmation(id=uuid4(), subject=quote.subject, quote=quote_id, kind=kind, at=now)
    of = recorded(quote.question, quote.physician)
    note(type=ENTRIES[kind], of=of, actor=SYSTEM, now=now, data={"quote": str(quote_id)})
    row.save(force_insert=True)
    return row.id


def note_reminder(*, leg_id: UUID, days: int, now: datetime) -> UUID:
    """Note that a patient was reminded, at a bound of days; a second note fails alike."""
    in_transaction()
    leg = Leg.objects.select_related("quote").get(pk=leg_id)
    row = Reminder(id=uuid4(), subject=leg.subject, leg=leg_id, days=days, at=now)
    note(type="leg.reminded", of=of_leg(leg), actor=SYSTEM, now=now, data=told(leg, days=days))
    row.save(force_insert=True)
    return row.id
