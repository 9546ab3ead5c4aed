"""Cents, VAT, tiers, quotes as values, and the closed table of ledger flows. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

CURRENCY = "eur"
MINIMUM_CARD_CENTS = 50  # Stripe charges nothing below this; an amount is 0 or at least this
VAT_BPS = 2000
FEE_REVIEW_THRESHOLD_CENTS = 2500  # tact et mesure: above it the fee is flagged for review
# Above this nothing is set: a slip of the keyboard must not become a hold on a patient's card.
HONORAIRES_CAP_CENTS = 15_000
OUTLIER_TIMES_MEDIAN = 2  # beside the threshold: this many times what others of the specialty ask
FORFAIT_MAX_DAYS = 366
INCLUDED_FOLLOW_UPS, FOLLOW_UP_DAYS = 1, 30
EXPLAIN_WITHIN_DAYS = 7
FOLLOW_UP, FORFAIT = "follow-up", "forfait"
QUOTE_VALID_SECONDS = 24 * 3600
LONE_HOLD_SECONDS = 30 * 60


@dataclass(frozen=True)
class Tier:
    """A kind of exchange: time to answer, flat platform fee with VAT."""

    name: str
    answer_within_seconds: int
    platform_cents: int


# Whose line of the schedule a kind of exchange uses when it has none of its own, or is not free.
PRICED_AS: Mapping[str, str] = {"follow-up": "async-48h", "forfait": "async-48h"}
TIERS: Mapping[str, Tier] = {
    "async-48h": Tier("async-48h", 172_800, 300),
    "own-physician": Tier("own-physician", 172_800, 180),
    "follow-up": Tier("follow-up", 172_800, 0),
}


def vat_inside(gross_cents: int, bps: int = VAT_BPS) -> int:
    """The VAT contained in an amount that includes it, rounded half up to a cent."""
    return (2 * gross_cents * bps + (10_000 + bps)) // (2 * (10_000 + bps))


@dataclass(frozen=True)
class Lines:
    """The two lines of a quote. There is no total: nobody is owed it."""

    honoraires_cents: int
    platform_cents: int
    platform_vat_cents: int


def lines(*, honoraires_cents: int, platform_cents: int, billable: bool, vat_bps: int) -> Lines:
    """Quote lines: nothing when the act cannot be billed, no fee where there are no honoraires."""
    assert honoraires_cents >= 0 and platform_cents >= 0
    if not billable or honoraires_cents == 0:
        return Lines(0, 0, 0)
    return Lines(honoraires_cents, platform_cents, vat_inside(platform_cents, vat_bps))


def digest_of(terms: Mapping[str, object]) -> str:
    """SHA-256 over the terms of a quote in canonical JSON; this hash goes into the log."""
    text = json.dumps(terms, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def leg_reference(*, salt: bytes, leg: UUID, amount_cents: int) -> str:
    """What Stripe is told of a leg: a salted hash of that leg alone, joined to nothing."""
    return hashlib.sha256(salt + leg.bytes + amount_cents.to_bytes(8, "big")).hexdigest()[:40]


def euros(cents: int) -> str:
    """Cents as French readers write them: `3,00 €`."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100},{abs(cents) % 100:02d} €"


# One account plan per kind of book.
ACCOUNTS: Mapping[str, tuple[str, ...]] = {
    "physician": (
        "memo_held", "memo_contra", "receivable", "honoraires", "stripe", "stripe_fees",
        "practice", "bank", "dispute_hold", "chargebacks", "external",
    ),
    "platform": (
        "memo_held", "memo_contra", "receivable", "platform_fee", "vat_due", "stripe",
        "stripe_fees", "bank", "dispute_hold", "chargebacks", "external",
    ),
}  # fmt: skip

# A refund, and the same taken back when it fails.
REFUND_FLOWS: tuple[tuple[str, str, str, str], ...] = (
    ("physician", "refund", "honoraires", "stripe"),
    ("platform", "refund", "platform_fee", "stripe"),
    ("platform", "refund", "vat_due", "stripe"),
    ("physician", "refund_failed", "stripe", "honoraires"),
    ("platform", "refund_failed", "stripe", "platform_fee"),
    ("platform", "refund_failed", "stripe", "vat_due"),
)
# What happens at Stripe without our asking: disputes, payouts, and what nobody here explains.
_MOVED: tuple[tuple[str, str, str], ...] = (
    ("disputed", "dispute_hold", "stripe"),
    ("dispute_won", "stripe", "dispute_hold"),
    ("dispute_lost", "chargebacks", "dispute_hold"),
    ("dispute_regained", "dispute_hold", "chargebacks"),  # lost, then decided otherwise
    ("dispute_fee", "stripe_fees", "stripe"),
    ("dispute_fee", "stripe", "stripe_fees"),
    ("payout", "bank", "stripe"),
    ("payout", "stripe", "bank"),  # drawn from the bank, when the balance was below zero
    ("payout_failed", "stripe", "bank"),
    ("payout_failed", "bank", "stripe"),
    ("external", "external", "stripe"),
    ("external", "stripe", "external"),
)
MOVED_FLOWS: tuple[tuple[str, str, str, str], ...] = tuple(
    (kind, *flow) for kind in ("physician", "platform") for flow in _MOVED
)
# (kind of book, event, debit, credit): a row outside this table cannot be written.
FLOWS: tuple[tuple[str, str, str, str], ...] = (
    ("physician", "authorised", "memo_held", "memo_contra"),
    ("platform", "authorised", "memo_held", "memo_contra"),
    ("physician", "released", "memo_contra", "memo_held"),
    ("platform", "released", "memo_contra", "memo_held"),
    ("physician", "gate", "receivable", "honoraires"),
    ("physician", "gate", "memo_contra", "memo_held"),
    ("platform", "gate", "receivable", "platform_fee"),
    ("platform", "gate", "receivable", "vat_due"),
    ("platform", "gate", "memo_contra", "memo_held"),
    ("physician", "captured", "stripe", "receivable"),
    ("physician", "captured", "stripe_fees", "stripe"),
    ("platform", "captured", "stripe", "receivable"),
    ("platform", "captured", "stripe_fees", "stripe"),
    ("platform", "lost", "platform_fee", "receivable"),
    ("platform", "lost", "vat_due", "receivable"),
    ("physician", "acquitted", "practice", "receivable"),
    ("physician", "waived", "honoraires", "receivable"),
    *REFUND_FLOWS,
    *MOVED_FLOWS,
)


@dataclass(frozen=True)
class Posting:
    """One balanced transfer inside one book."""

    book_kind: str
    event: str
    debit: str
    credit: str
    amount_cents: int


def _without_zero(*postings: Posting) -> list[Posting]:
    return [posting for posting in postings if posting.amount_cents]


def held(kind: str, cents: int) -> list[Posting]:
    """A hold stands: a memorandum, nothing is owed yet."""
    return [Posting(kind, "authorised", "memo_held", "memo_contra", cents)]


def given_back(kind: str, cents: int) -> list[Posting]:
    """A hold was given back before any pass."""
    return [Posting(kind, "released", "memo_contra", "memo_held", cents)]


def honoraires_earned(cents: int, *, was_held: bool) -> list[Posting]:
    """The gate passed: the patient owes the physician."""
    earned = [Posting("physician", "gate", "receivable", "honoraires", cents)]
    memo = [Posting("physician", "gate", "memo_contra", "memo_held", cents)] if was_held else []
    return earned + memo


def fee_earned(cents: int, vat_cents: int, *, held_cents: int) -> list[Posting]:
    """The gate passed: the patient owes the platform its fee, and the platform its VAT.

    The whole hold leaves the memorandum, also where a meter read less than its cap.
    """
    return _without_zero(
        Posting("platform", "gate", "receivable", "platform_fee", cents - vat_cents),
        Posting("platform", "gate", "receivable", "vat_due", vat_cents),
        Posting("platform", "gate", "memo_contra", "memo_held", held_cents),
    )


def captured(kind: str, cents: int, stripe_fee_cents: int) -> list[Posting]:
    """Stripe took the money on the party's own account, and its own fee from it."""
    return _without_zero(
        Posting(kind, "captured", "stripe", "receivable", cents),
        Posting(kind, "captured", "stripe_fees", "stripe", stripe_fee_cents),
    )


def fee_lost(cents: int, vat_cents: int) -> list[Posting]:
    """The fee will not be captured after all: what the gate wrote is taken back."""
    return _without_zero(
        Posting("platform", "lost", "platform_fee", "receivable", cents - vat_cents),
        Posting("platform", "lost", "vat_due", "receivable", vat_cents),
    )


def acquitted(cents: int) -> list[Posting]:
    """The physician acknowledged honoraires settled at the practice."""
    return [Posting("physician", "acquitted", "practice", "receivable", cents)]


def waived(cents: int) -> list[Posting]:
    """The physician asks no more for what was due: what the gate wrote is taken back."""
    return [Posting("physician", "waived", "honoraires", "receivable", cents)]


def vat_given_back(*, cents: int, refunded_cents: int, vat_back_cents: int, bps: int) -> int:
    """The VAT inside a refund of `cents`, when `refunded_cents` with their VAT went before it.

    Reckoned on the sum of all refunds, so that parts never differ by a cent from the whole.
    """
    return min(cents, max(0, vat_inside(refunded_cents + cents, bps) - vat_back_cents))


def refunded(kind: str, cents: int, vat_cents: int) -> list[Posting]:
    """Money given back from the party's own account."""
    if kind == "physician":
        return [Posting(kind, "refund", "honoraires", "stripe", cents)]
    return _without_zero(
        Posting(kind, "refund", "platform_fee", "stripe", cents - vat_cents),
        Posting(kind, "refund", "vat_due", "stripe", vat_cents),
    )


def refund_failed(kind: str, cents: int, vat_cents: int) -> list[Posting]:
    """The bank did not take a refund: the money is back on the account, and owed again."""
    return [
        Posting(kind, "refund_failed", one.credit, one.debit, one.amount_cents)
        for one in refunded(kind, cents, vat_cents)
    ]


def moved(kind: str, event: str, cents: int) -> Posting:
    """A signed move on the balance at Stripe: positive came in, negative went out."""
    flows = [flow for flow in MOVED_FLOWS if flow[:2] == (kind, event)]
    wanted = "debit" if cents > 0 else "credit"
    _, _, debit, credit = next(
        flow for flow in flows if flow[2 if wanted == "debit" else 3] == "stripe"
    )
    return Posting(kind, event, debit, credit, abs(cents))


def dispute_moved(kind: str, cents: int, fee_cents: int) -> list[Posting]:
    """A dispute took money from the balance, or its end put it back; Stripe's fee beside it."""
    event = "disputed" if cents < 0 else "dispute_won"
    fee = [moved(kind, "dispute_fee", -fee_cents)] if fee_cents else []
    return [moved(kind, event, cents), *fee] if cents else fee


def elsewhere(kind: str, cents: int, fee_cents: int) -> list[Posting]:
    """Money taken by the account's holder without us, and Stripe's fee: nobody here earned it."""
    fee = [moved(kind, "dispute_fee", -fee_cents)] if fee_cents else []
    return [moved(kind, "external", cents), *fee]


def dispute_lost(kind: str, cents: int) -> list[Posting]:
    """The bank gave the money to its client; negative when it decided otherwise afterwards."""
    if cents < 0:
        return [Posting(kind, "dispute_regained", "dispute_hold", "chargebacks", -cents)]
    return [Posting(kind, "dispute_lost", "chargebacks", "dispute_hold", cents)] if cents else []
