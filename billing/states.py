"""The states of a leg, the moves between them, and the stable error codes of this app."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Party(StrEnum):
    """Whose money a leg is."""

    HONORAIRES = "honoraires"
    PLATFORM = "platform"


class Settlement(StrEnum):
    """How the honoraires are settled; art. 53: no mode of payment may be imposed."""

    CARD = "card"
    OFF_PLATFORM = "off_platform"


class LegState(StrEnum):
    """Where one of the two payments stands."""

    DRAFT = "draft"
    AUTHORISING = "authorising"
    ACTION_REQUIRED = "action_required"
    DECLINED = "declined"
    AUTHORISED = "authorised"
    CAPTURING = "capturing"
    CAPTURED = "captured"
    PART_REFUNDED = "part_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    CHARGED_BACK = "charged_back"
    VOIDED = "voided"
    EXPIRED = "expired"
    CAPTURE_LOST = "capture_lost"
    DUE = "due"
    ACQUITTED = "acquitted"
    WAIVED = "waived"


class Mode(StrEnum):
    """How honoraires reached the practice."""

    TRANSFER = "transfer"
    CHEQUE = "cheque"
    CASH = "cash"


# Where a physician stands towards the convention with health insurance.
SECTORS = ("sector-1", "sector-2", "sector-2-optam", "outside")


class AccountState(StrEnum):
    """Where a physician's own account at Stripe stands, and what it still allows."""

    NONE = "none"  # free exchanges, or honoraires settled at the practice
    BEGUN = "begun"  # the same: onboarding is not finished
    PENDING = "pending"  # the same: Stripe is checking, or asks for more
    ACTIVE = "active"  # payments by card as well
    DEAUTHORISED = "deauthorised"  # the physician has cut the link


class OpKind(StrEnum):
    """What an operation asks of Stripe."""

    OPEN = "open"
    CAPTURE = "capture"
    CANCEL = "cancel"
    REFUND = "refund"


class OpState(StrEnum):
    """A live operation is retried under its own key until its effect is seen or refused."""

    LIVE = "live"
    DONE = "done"
    FAILED = "failed"


S = LegState
# Why Stripe itself ends a hold: its newer word, and the one it used before 2025-03-31.
LAPSED = ("expired", "automatic")
_BEFORE_HOLD = {S.DRAFT, S.AUTHORISING, S.ACTION_REQUIRED, S.DECLINED}
MOVES: dict[LegState, frozenset[LegState]] = {
    S.DRAFT: frozenset(
        {S.AUTHORISING, S.ACTION_REQUIRED, S.DECLINED, S.AUTHORISED, S.VOIDED, S.EXPIRED, S.DUE}
    ),
    S.AUTHORISING: frozenset(
        {S.ACTION_REQUIRED, S.DECLINED, S.AUTHORISED, S.VOIDED, S.EXPIRED, S.DRAFT}
    ),
    S.ACTION_REQUIRED: frozenset(
        {S.AUTHORISING, S.DECLINED, S.AUTHORISED, S.VOIDED, S.EXPIRED, S.DRAFT}
    ),
    # The hosted page lets a declined person try another card.
    S.DECLINED: frozenset(
        {S.AUTHORISING, S.ACTION_REQUIRED, S.AUTHORISED, S.VOIDED, S.EXPIRED, S.DRAFT}
    ),
    # No way from here to CAPTURED: a capture is asked for by an operation, under a pass.
    S.AUTHORISED: frozenset({S.CAPTURING, S.VOIDED, S.EXPIRED}),
    S.CAPTURING: frozenset({S.CAPTURED, S.CAPTURE_LOST}),
    S.DUE: frozenset({S.ACQUITTED, S.WAIVED}),
    # What was taken may be given back, and a refund may fail: see `after_refunds`.
    S.CAPTURED: frozenset({S.PART_REFUNDED, S.REFUNDED, S.DISPUTED, S.CHARGED_BACK}),
    S.PART_REFUNDED: frozenset({S.CAPTURED, S.REFUNDED, S.DISPUTED, S.CHARGED_BACK}),
    S.REFUNDED: frozenset({S.CAPTURED, S.PART_REFUNDED, S.DISPUTED, S.CHARGED_BACK}),
    # The cardholder's bank took it back, for now or for good: see `after_disputes`.
    S.DISPUTED: frozenset({S.CAPTURED, S.PART_REFUNDED, S.REFUNDED, S.CHARGED_BACK}),
    S.CHARGED_BACK: frozenset({S.CAPTURED, S.PART_REFUNDED, S.REFUNDED, S.DISPUTED}),
    S.VOIDED: frozenset(),
    S.EXPIRED: frozenset(),
    S.CAPTURE_LOST: frozenset(),
    S.ACQUITTED: frozenset(),
    S.WAIVED: frozenset(),
}
BEFORE_HOLD = frozenset(_BEFORE_HOLD)
TAKEN = frozenset({S.CAPTURED, S.PART_REFUNDED, S.REFUNDED, S.DISPUTED, S.CHARGED_BACK})
CONTESTED = frozenset({S.DISPUTED, S.CHARGED_BACK})
# Nothing is awaited any more: no capture, no release, no page.
ENDED = TAKEN | {state for state, next_states in MOVES.items() if not next_states}
# States in which a session or a hold stands at Stripe and may be given back.
RELEASABLE = frozenset(_BEFORE_HOLD | {S.AUTHORISED})


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
        return self.status in ("won", "lost", "warning_closed", "prevented")

    @property
    def lost(self) -> bool:
        """The bank gave it to its client."""
        return self.status == "lost"


def after_disputes(standing: LegState, statuses: Iterable[Disputed]) -> LegState:
    """The state of a payment that was taken, by the disputes about it; the worst counts."""
    found = list(statuses)
    if any(one.lost for one in found):
        return S.CHARGED_BACK
    return S.DISPUTED if any(one.open for one in found) else standing


def after_refunds(*, captured_cents: int, refunded_cents: int) -> LegState:
    """The state of a payment that was taken, by what of it was given back."""
    assert 0 <= refunded_cents <= captured_cents
    if refunded_cents == 0:
        return S.CAPTURED
    return S.REFUNDED if refunded_cents == captured_cents else S.PART_REFUNDED


_WORDS = {
    "requires_action": S.ACTION_REQUIRED,
    "requires_confirmation": S.AUTHORISING,
    "processing": S.AUTHORISING,
    "requires_capture": S.AUTHORISED,
    "succeeded": S.CAPTURED,
}


def projected(state: LegState, seen: Seen) -> LegState:
    """The state that a fetched PaymentIntent means, given where the leg stood.

    An older picture fetched before a newer one was written leads to a move that does not
    exist, and then the state stays: projection never goes backwards.
    """
    after = _meant(state, seen)
    if state in TAKEN:
        return state  # only refunds move what was taken
    if state is S.CAPTURING and after in (S.VOIDED, S.EXPIRED):
        after = S.CAPTURE_LOST
    return after if after in MOVES[state] else state


def _meant(state: LegState, seen: Seen) -> LegState:
    if seen.intent_status == "succeeded" and not seen.transaction:
        return state  # taken, but the balance does not show it yet: what was asked decides
    if seen.intent_status == "canceled":
        return S.EXPIRED if seen.cancellation_reason in LAPSED else S.VOIDED
    if seen.session_status == "expired" and seen.intent_status in ("", "requires_payment_method"):
        return S.VOIDED
    if seen.intent_status == "requires_payment_method":
        return S.DECLINED if seen.refused_code else S.AUTHORISING
    if seen.intent_status in _WORDS:
        return _WORDS[seen.intent_status]
    return S.AUTHORISING if seen.session_status else state


# Every error code that this app may answer with; stable, read by tests.
ERRORS: dict[str, str] = {
    "QUOTE_EXPIRED": "the quote has expired and must be issued again",
    "QUOTE_UNKNOWN": "no such quote",
    "QUOTE_ALREADY_ACCEPTED": "the quote was accepted before, on other terms",
    "SETTLEMENT_UNKNOWN": "the settlement is neither card nor off_platform",
    "NO_CONNECTED_ACCOUNT": "the physician cannot be paid by card yet",
    "LEG_NOT_PAYABLE": "this payment is not waiting for a card",
    "ACT_NOT_IN_CATALOGUE": "this kind of exchange is not offered on that day",
    "NOT_CHARGEABLE": "an amount is 0 or at least 50 cents",
    "HONORAIRES_ABOVE_CAP": "more than honoraires can be here",
    "FORFAIT_PERIOD_UNFIT": "a forfait needs an amount and a period, or neither",
    "FEE_QUESTION_OPEN": "an explanation was asked already and is not answered yet",
    "FEE_QUESTION_NONE": "no explanation is waiting for an answer",
    "CAP_NOT_SET": "the patient sets how much an exchange by the minute may cost at most",
    "CAP_UNFIT": "a cap is one of the durations offered, on a quote by the minute",
    "METER_NOT_RUNNING": "there is no meter here that could be ended",
    "NOT_DUE": "nothing is due on this payment",
    "RECEIVED_TOO_SOON": "the day of settlement lies before the answer, or has not come",
    "SECTOR_UNKNOWN": "no such sector of the convention",
    "INVOICE_ISSUED": "the platform's invoice is issued and is not changed any more",
    "NOT_REFUNDABLE": "this amount was not captured, or is given back already",
    "PAYMENT_UNAVAILABLE": "the payment service did not answer; nothing was charged",
    "WEBHOOK_SIGNATURE_INVALID": "the signature does not match the raw body",
    "WEBHOOK_BODY_INVALID": "the body is not an event",
    "WEBHOOK_TIMESTAMP_REFUSED": "the timestamp of the signature is in the future",
}
