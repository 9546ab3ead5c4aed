"""Tables and constraints of the money, no logic: quotes, payments, ledger, papers."""

from billing.models.explaining import FeeQuestion
from billing.models.ledger import Book, ClosedDay, DaySum, Flow, Journal, LedgerAccount
from billing.models.metering import MeterReading, MeterStop, Presence
from billing.models.papers import (
    Acquittal,
    Confirmation,
    Customer,
    Letterhead,
    PaperLink,
    Receipt,
    Reminder,
)
from billing.models.payments import (
    Attempt,
    Dispute,
    GatePass,
    Leg,
    Op,
    Reconciliation,
    Refund,
    StripeEvent,
)
from billing.models.quotes import Acceptance, ConnectedAccount, Honoraires, Quote, Schedule
from billing.models.renewals import Renewal

__all__ = [
    "Acceptance",
    "Acquittal",
    "Attempt",
    "Book",
    "ClosedDay",
    "Confirmation",
    "ConnectedAccount",
    "Customer",
    "DaySum",
    "Dispute",
    "FeeQuestion",
    "Flow",
    "GatePass",
    "Honoraires",
    "Journal",
    "LedgerAccount",
    "Leg",
    "Letterhead",
    "MeterReading",
    "MeterStop",
    "Op",
    "PaperLink",
    "Presence",
    "Quote",
    "Receipt",
    "Reconciliation",
    "Refund",
    "Reminder",
    "Renewal",
    "Schedule",
    "StripeEvent",
]
