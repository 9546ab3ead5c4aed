"""Take, call, settle: open a hosted page, fetch and project a leg, give a hold back."""

from datetime import datetime
from uuid import UUID

from audit.facts import Actor
from billing.models import Leg


class LegNotPayable(Exception):
    """This payment is not waiting for a card (`LEG_NOT_PAYABLE`)."""


class PaymentUnavailable(Exception):
    """The payment service did not answer; nothing was charged (`PAYMENT_UNAVAILABLE`)."""


def open_payment(*, leg_id: UUID, return_url: str, now: datetime) -> str:
    """Address of the hosted page for this leg; only the origin of `return_url` is used.

    Not inside a transaction. The person comes back to `/paiement/retour/<token>/`, whose token
    belongs to this leg alone, and is sent on to `/questions/<id>/retour/`.
    """
    raise NotImplementedError


def reconcile(*, leg_id: UUID, now: datetime) -> Leg:
    """Fetch the leg with its own account and project what was seen. Not inside a transaction."""
    raise NotImplementedError


def release(*, question_id: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """Order both holds of a question given back, inside the caller's transaction."""
    raise NotImplementedError
