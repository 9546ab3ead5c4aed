"""A leg as entries and calls speak of it."""

from audit.facts import Json
from billing.models import Leg
from billing.states import Party
from consults.queries.record import Recorded, recorded


def told(leg: Leg, **more: Json) -> dict[str, Json]:
    """What an entry says of a leg."""
    return {
        "leg": str(leg.id),
        "quote": str(leg.quote_id),
        "party": leg.party,
        "settlement": leg.settlement,
        "cents": leg.amount_cents,
        "state": str(leg.state),
        **more,
    }


def of_leg(leg: Leg) -> Recorded:
    """Who and what a leg is about, as the record speaks of it."""
    return recorded(leg.question, leg.quote.physician)


def account_of(leg: Leg) -> str:
    """The Stripe account of the leg's own party; "" is the platform."""
    return leg.connected_account.stripe_account if leg.connected_account else ""


def book_name(leg: Leg, of: Recorded) -> str:
    """The one book that this leg's money is written in."""
    return f"dr:{of.rpps}" if leg.party == Party.HONORAIRES else "platform"
