"""Whom the platform's fee is invoiced to: the patient, or a business that the patient names."""

from datetime import datetime
from uuid import UUID, uuid4

from audit.facts import Actor
from billing.actions.steps import in_transaction, note, one_at_a_time
from billing.facts import Business
from billing.models import Customer
from billing.queries.papers import is_invoiced
from consults.queries.record import recorded


class InvoiceIssued(Exception):
    """The platform's invoice is issued, and is not changed any more."""

    code = "INVOICE_ISSUED"


def address_invoice(
    *, question_id: UUID, business: Business | None, actor: Actor, now: datetime
) -> Customer:
    """State the business that the fee is invoiced to, or with None the patient again.

    The entry names nobody. Raises InvoiceIssued.
    """
    in_transaction()
    one_at_a_time(name="series platform")  # no invoice is issued in between
    if is_invoiced(question_id):
        raise InvoiceIssued
    of = recorded(question_id)
    row = Customer(id=uuid4(), subject=of.subject, question=question_id, stated_at=now)
    if business is not None:
        row.name, row.siren, row.vat_number = business.name, business.siren, business.vat_number
        row.street, row.postcode, row.city = business.street, business.postcode, business.city
    note(
        type="invoice.addressed", of=of, actor=actor, now=now,
        data={"customer": str(row.id), "business": business is not None},
    )  # fmt: skip
    row.save(force_insert=True)
    return row
