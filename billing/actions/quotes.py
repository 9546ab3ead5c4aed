"""Issue a quote in the name of one physician, and take the patient's agreement to it."""

from datetime import datetime
from uuid import UUID

from audit.facts import Actor
from billing.models import Quote


class QuoteExpired(Exception):
    """The quote is past its term and must be issued again (`QUOTE_EXPIRED`)."""


class QuoteAlreadyAccepted(Exception):
    """The quote was accepted before, on other terms (`QUOTE_ALREADY_ACCEPTED`)."""


class NoConnectedAccount(Exception):
    """The physician cannot be paid by card: settle off-platform (`NO_CONNECTED_ACCOUNT`)."""


def issue_quote(
    *,
    question_id: UUID,
    subject: UUID,
    physician_id: UUID,
    tier: str,
    settlement: str,
    billable: bool,
    actor: Actor,
    now: datetime,
) -> Quote:
    """Write an immutable, hashed quote of two lines; both are 0 when not billable."""
    raise NotImplementedError


def accept_quote(
    *, quote_id: UUID, settlement: str, shown_at: datetime, actor: Actor, now: datetime
) -> Quote:
    """Record the agreement and make the legs; the same agreement again changes nothing."""
    raise NotImplementedError
