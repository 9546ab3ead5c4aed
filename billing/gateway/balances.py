"""Reads of one account's balance at Stripe: its lines, its sum, and the disputes of a payment."""

from datetime import UTC, datetime
from typing import Any

import stripe

from billing.money import CURRENCY
from billing.states.seen import Disputed, Moved

PAGE = 100


def balance_of(client: stripe.StripeClient, options: Any) -> int:
    """What stands on the account in cents, available or not yet."""
    found: Any = client.v1.balance.retrieve({}, options)
    parts = [*found.available, *found.pending]
    return sum(part.amount for part in parts if part.currency == CURRENCY)


def lines_of(client: stripe.StripeClient, options: Any, since: datetime) -> list[Moved]:
    """Every line of the balance since then, the oldest first, page after page."""
    found: list[Moved] = []
    asked: dict[str, Any] = {
        "limit": PAGE, "created": {"gte": int(since.timestamp())}, "expand": ["data.source"],
    }  # fmt: skip
    while True:
        page = client.v1.balance_transactions.list(dict(asked), options)  # type: ignore[arg-type]
        found += [_line(one) for one in page.data]
        if not page.has_more or not page.data:
            return found[::-1]
        asked["starting_after"] = page.data[-1].id


def disputes_of(client: stripe.StripeClient, options: Any, intent: str) -> list[Disputed]:
    """The disputes about a payment, with what each moved on the balance; the oldest first."""
    page = client.v1.disputes.list({"payment_intent": intent, "limit": PAGE}, options)
    return [
        Disputed(
            one.id, one.status, one.amount,
            # Withdrawn before put back, whatever order the list has.
            tuple(sorted(map(_line, one.balance_transactions), key=lambda at: (at.at, at.cents))),
        )
        for one in reversed(page.data)
    ]  # fmt: skip


def _line(one: Any) -> Moved:
    plain = isinstance(one.source, str)
    source = one.source if plain else getattr(one.source, "id", "")
    charge = "" if plain else getattr(one.source, "charge", "")
    charge = charge if isinstance(charge, str) else getattr(charge, "id", "")
    at = datetime.fromtimestamp(one.created, UTC)
    return Moved(
        one.id, one.type, source or "", one.amount, one.fee or 0, at, charge or "", one.currency
    )
