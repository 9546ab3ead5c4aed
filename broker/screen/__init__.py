"""Public words and prices, read for the facts that the rules on words ask about. Pure.

A list of expressions hears what it lists and no more: it may refuse a text, never approve one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from audit.law.model import Fact
from broker.screen.claims import CLAIMS
from broker.screen.hearing import heard_in

PRICING_UNITS = ("per_act", "per_speed_tier", "per_minute", "subscription")
PAYEES = ("platform", "physician", "referrer")  # a referrer sends patients here
HEARD = tuple(sorted(CLAIMS))
# Under the ban of 2004, whatever praises or sells was advertising, named physician or not.
ALSO_ADVERTISING = (
    "uses_testimonials_or_ratings", "compares_physicians", "incites_unneeded_use",
    "promotional_price", "physician_name_in_commercial_copy",
)  # fmt: skip


@dataclass(frozen=True)
class Offer:
    """One line of a price list as it is shown to the public."""

    label: str
    price_cents: int
    pricing_unit: str
    in_pathway: bool
    payee: str = "platform"


def text_facts(text: str) -> dict[str, Fact]:
    """What a public text claims; what is not heard is false, by a list that may miss things."""
    return said_facts(heard_in(text)) | {
        "channel": Fact("written", "operator"),
        "pricing_unit": Fact("per_act", "operator"),
        "offer_type": Fact("in_pathway", "operator"),
    }


def said_facts(heard: Mapping[str, str]) -> dict[str, Fact]:
    """Every claim that is listened for, true when it was heard."""
    said = {name: name in heard for name in HEARD}
    said["is_advertising_for_physician"] |= any(said[name] for name in ALSO_ADVERTISING)
    return {name: Fact(value, "system") for name, value in said.items()}


def offer_facts(offer: Offer) -> dict[str, Fact]:
    """What one line of a price list claims, for the rules on offers."""
    return text_facts(offer.label) | {
        "pricing_unit": Fact(offer.pricing_unit, "operator"),
        "offer_type": Fact("in_pathway" if offer.in_pathway else "private_provider", "operator"),
        "ars_contract_with_ordinal_visa": Fact(False, "operator"),
        # The Order's word on promotions is about physicians; a free launch is one.
        "promotional_price": Fact(
            offer.price_cents == 0 or "promotional_price" in heard_in(offer.label), "operator"
        ),
    }


def notice_facts(*, sent_at: datetime, planned_at: datetime) -> dict[str, Fact]:
    """How many whole days a remote check is announced ahead."""
    days = int((planned_at - sent_at).total_seconds() // 86_400)
    return {"email_days_before": Fact(days, "operator")}


__all__ = [
    "HEARD", "PAYEES", "PRICING_UNITS", "Offer", "heard_in", "notice_facts", "offer_facts",
    "said_facts", "text_facts",
]  # fmt: skip
