"""What one fetch of Stripe showed: of a payment, its refunds, its disputes, a balance."""

from dataclasses import dataclass
from datetime import datetime

LOST = "lost"  # Stripe's word for a dispute that its bank decided for its client


@dataclass(frozen=True)
class Seen:
    """What one fetch of Stripe showed of a leg's Checkout session and PaymentIntent."""

    session_status: str = ""  # "", open, complete, expired
    intent: str = ""
    intent_status: str = ""  # Stripe's own words
    amount_cents: int = 0
    capturable_cents: int = 0
    received_cents: int = 0
    refused_code: str = ""
    cancellation_reason: str = ""
    charge: str = ""
    capture_before: datetime | None = None
    transaction: str = ""
    stripe_fee_cents: int = 0
    livemode: bool = False


@dataclass(frozen=True)
class Returned:
    """What one fetch of Stripe showed of a refund; `reference` is our operation's id, or ""."""

    id: str
    reference: str
    status: str  # Stripe's own words
    cents: int
    line: str = ""  # of the balance, when it left

    @property
    def stands(self) -> bool:
        """The money has left the account, or is on its way."""
        return self.status in ("pending", "succeeded", "requires_action")


@dataclass(frozen=True)
class Moved:
    """One line of an account's balance at Stripe, in cents, negative when it went out."""

    id: str
    kind: str  # Stripe's own word: charge, refund, adjustment, payout …
    source: str  # what it is about: a charge, a refund, a dispute, a payout
    cents: int
    fee_cents: int
    at: datetime
    charge: str = ""  # of a refund or a dispute: the payment behind it
    currency: str = "eur"

    @property
    def net_cents(self) -> int:
        """What the balance changed by."""
        return self.cents - self.fee_cents


@dataclass(frozen=True)
class Disputed:
    """What one fetch of Stripe showed of a dispute, with what it moved on the balance."""

    id: str
    status: str  # Stripe's own words
    cents: int
    moves: tuple[Moved, ...]

    @property
    def open(self) -> bool:
        """The bank has the money, and has not decided yet."""
        return self.status in ("needs_response", "under_review")

    @property
    def closed(self) -> bool:
        """Decided; a mere inquiry of the bank (`warning_…`) closes too."""
        return self.status in ("won", LOST, "warning_closed", "prevented")

    @property
    def lost(self) -> bool:
        """The bank gave it to its client."""
        return self.status == LOST

    @property
    def lost_cents(self) -> int:
        """What its client has of it: of a dispute won in part, less than was contested."""
        return max(0, -sum(move.cents for move in self.moves)) if self.lost else 0


def taken(seen: Seen) -> bool:
    """Whether the money was taken and the balance shows it."""
    return seen.intent_status == "succeeded" and bool(seen.transaction)
