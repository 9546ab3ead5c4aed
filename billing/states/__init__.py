"""The states of a leg, the moves between them, and the stable error codes of this app."""

from collections.abc import Iterable
from enum import StrEnum

from billing.states.seen import Disputed, Seen, taken


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
    TAKEN_ELSEWHERE = "taken_elsewhere"  # by its holder, without us, and nothing allows it
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
    RENEW = "renew"  # open the page of one more hold
    DROP = "drop"  # close the page, or give back the hold, that does not count


class OpState(StrEnum):
    """A live operation is retried under its own key until its effect is seen or refused."""

    LIVE = "live"
    DONE = "done"
    FAILED = "failed"


class RenewalState(StrEnum):
    """One more hold for a payment whose hold would lapse before the answer is due."""

    ASKED = "asked"  # the patient was asked
    OPEN = "open"  # its page is open; its hold does not count yet
    COUNTED = "counted"  # its hold counts, and the one before is given back
    DROPPED = "dropped"  # not wanted any more: its page is closed, its hold given back


S = LegState
# Why Stripe itself ends a hold: its newer word, and the one it used before 2025-03-31.
LAPSED = ("expired", "automatic")
_BEFORE_HOLD = {S.DRAFT, S.AUTHORISING, S.ACTION_REQUIRED, S.DECLINED}
_FROM_A_PAGE = {S.AUTHORISED, S.VOIDED, S.EXPIRED, S.TAKEN_ELSEWHERE}
MOVES: dict[LegState, frozenset[LegState]] = {
    S.DRAFT: frozenset({S.AUTHORISING, S.ACTION_REQUIRED, S.DECLINED, S.DUE, *_FROM_A_PAGE}),
    S.AUTHORISING: frozenset({S.ACTION_REQUIRED, S.DECLINED, S.DRAFT, *_FROM_A_PAGE}),
    S.ACTION_REQUIRED: frozenset({S.AUTHORISING, S.DECLINED, S.DRAFT, *_FROM_A_PAGE}),
    # The hosted page lets a declined person try another card.
    S.DECLINED: frozenset({S.AUTHORISING, S.ACTION_REQUIRED, S.DRAFT, *_FROM_A_PAGE}),
    # No way from here to CAPTURED: a capture is asked for by an operation, under a pass.
    S.AUTHORISED: frozenset({S.CAPTURING, S.VOIDED, S.EXPIRED, S.TAKEN_ELSEWHERE}),
    S.CAPTURING: frozenset({S.CAPTURED, S.CAPTURE_LOST, S.TAKEN_ELSEWHERE}),
    S.DUE: frozenset({S.ACQUITTED, S.WAIVED}),
    # What was taken may be given back, and a refund may fail: see `after_refunds`.
    S.CAPTURED: frozenset({S.PART_REFUNDED, S.REFUNDED, S.DISPUTED, S.CHARGED_BACK}),
    S.PART_REFUNDED: frozenset({S.CAPTURED, S.REFUNDED, S.DISPUTED, S.CHARGED_BACK}),
    S.REFUNDED: frozenset(
        {S.CAPTURED, S.PART_REFUNDED, S.TAKEN_ELSEWHERE, S.DISPUTED, S.CHARGED_BACK}
    ),
    # Given back whole, or not at all: a part of what nothing allows is still too much.
    S.TAKEN_ELSEWHERE: frozenset({S.REFUNDED, S.DISPUTED, S.CHARGED_BACK}),
    # The cardholder's bank took it back, for now or for good: see `after_disputes`.
    S.DISPUTED: frozenset(
        {S.CAPTURED, S.PART_REFUNDED, S.REFUNDED, S.TAKEN_ELSEWHERE, S.CHARGED_BACK}
    ),
    S.CHARGED_BACK: frozenset(
        {S.CAPTURED, S.PART_REFUNDED, S.REFUNDED, S.TAKEN_ELSEWHERE, S.DISPUTED}
    ),
    # Said of an account that was cut, by the clock alone; its holder may have taken it meanwhile.
    S.VOIDED: frozenset({S.TAKEN_ELSEWHERE}),
    S.EXPIRED: frozenset({S.TAKEN_ELSEWHERE}),
    # The same under a pass: what it earned is captured, another amount is owed back.
    S.CAPTURE_LOST: frozenset({S.CAPTURED, S.TAKEN_ELSEWHERE}),
    S.ACQUITTED: frozenset(),
    S.WAIVED: frozenset(),
}
BEFORE_HOLD = frozenset(_BEFORE_HOLD)
TAKEN = frozenset(
    {S.CAPTURED, S.PART_REFUNDED, S.REFUNDED, S.DISPUTED, S.CHARGED_BACK, S.TAKEN_ELSEWHERE}
)
# The physician has it, will have it, or is owed it: what is free beside a paid act rests on it.
PAID = frozenset({S.CAPTURING, S.CAPTURED, S.PART_REFUNDED, S.DUE, S.ACQUITTED})
CONTESTED = frozenset({S.DISPUTED, S.CHARGED_BACK})
# The patient pays nothing of it: released, run out, never obtained, given up, or won back.
NEVER_PAID = frozenset({S.VOIDED, S.EXPIRED, S.CAPTURE_LOST, S.WAIVED, S.CHARGED_BACK})
# Released, run out or lost; of an account that was cut, perhaps by the clock alone.
GIVEN_UP = frozenset({S.VOIDED, S.EXPIRED, S.CAPTURE_LOST})
# Nothing is awaited any more: no capture, no release, no page.
ENDED = TAKEN | GIVEN_UP | {state for state, next_states in MOVES.items() if not next_states}
# States in which a session or a hold stands at Stripe and may be given back.
RELEASABLE = frozenset(_BEFORE_HOLD | {S.AUTHORISED})


def after_disputes(standing: LegState, disputes: Iterable[Disputed]) -> LegState:
    """The state of a payment that was taken, by the disputes about it that are open.

    `standing` says what of it was given back, or lost: of what is gone there is no dispute.
    """
    if standing is S.CHARGED_BACK:
        return standing
    return S.DISPUTED if any(one.open for one in disputes) else standing


def after_refunds(
    *, captured_cents: int, refunded_cents: int, lost_cents: int = 0, elsewhere: bool = False
) -> LegState:
    """The state of a payment that was taken, by what of it was given back, or lost to a bank."""
    assert 0 <= refunded_cents <= captured_cents
    back_cents = refunded_cents + lost_cents
    if elsewhere and back_cents < captured_cents:
        return S.TAKEN_ELSEWHERE
    if back_cents == 0:
        return S.CAPTURED
    if back_cents < captured_cents:
        return S.PART_REFUNDED
    return S.CHARGED_BACK if lost_cents else S.REFUNDED


_WORDS = {
    "requires_action": S.ACTION_REQUIRED,
    "requires_confirmation": S.AUTHORISING,
    "processing": S.AUTHORISING,
    "requires_capture": S.AUTHORISED,
    "succeeded": S.CAPTURED,
}


def projected(state: LegState, seen: Seen, *, unwanted: bool = False) -> LegState:
    """The state that a fetched PaymentIntent means, given where the leg stood.

    An older picture fetched before a newer one was written leads to a move that does not
    exist, and then the state stays: projection never goes backwards. A hold that its holder took
    without us stands until the gate, and is owed back once it is `unwanted`, at once when another
    amount was taken than is owed, or when it was given up already without a pass.
    """
    after = _meant(state, seen)
    if state in TAKEN:
        return state  # only refunds move what was taken
    if after is S.CAPTURED and (unwanted or state in (S.VOIDED, S.EXPIRED)):
        after = S.TAKEN_ELSEWHERE
    elif after is S.CAPTURED and state in RELEASABLE:
        after = S.AUTHORISED
    if state is S.CAPTURING and after in (S.VOIDED, S.EXPIRED):
        after = S.CAPTURE_LOST
    return after if after in MOVES[state] else state


def _meant(state: LegState, seen: Seen) -> LegState:
    if seen.intent_status == "succeeded" and not taken(seen):
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
    "NOT_REFUNDABLE": "not captured, given back or on its way back already, or contested",
    "RENEWAL_NOT_DUE": "this hold need not be placed again, or cannot be any more",
    "PAYMENT_UNAVAILABLE": "the payment service did not answer; nothing was charged",
    "WEBHOOK_SIGNATURE_INVALID": "the signature does not match the raw body",
    "WEBHOOK_BODY_INVALID": "the body is not an event",
    "WEBHOOK_TIMESTAMP_REFUSED": "the timestamp of the signature is in the future",
}
