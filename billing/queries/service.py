"""How the money's machinery is, for the operator's page: counts, and which book is off."""

from datetime import datetime
from typing import Any

from django.db.models import F, Sum
from django.db.models.functions import Abs

from billing.models import Leg, Op, Reconciliation, Schedule, StripeEvent
from billing.money import FLOWS
from billing.states import LegState, OpState, Party, Settlement

MOST_BOOKS = 20
# Nothing of it is left with its party: given back, or taken back by a bank.
BACK = (LegState.REFUNDED, LegState.CHARGED_BACK)
THIRD_PARTIES = ("commission", "referrer", "rebate", "bonus")


def operations_state(now: datetime) -> dict[str, int | None]:
    """Live operations with the age of the oldest, those that failed, events not followed yet."""
    live = Op.objects.filter(state=OpState.LIVE).order_by("asked_at")
    oldest = live.values_list("asked_at", flat=True).first()
    return {
        "live": live.count(),
        "oldest_seconds": int((now - oldest).total_seconds()) if oldest else None,
        "failed": Op.objects.filter(state=OpState.FAILED).count(),
        "waiting_events": StripeEvent.objects.filter(followed_at=None).count(),
        # Incidents: taken by its holder and not given back yet; sent, and nobody can tell.
        "elsewhere": Leg.objects.filter(elsewhere=True).exclude(state__in=BACK).count(),
        "untold": Leg.objects.filter(state=LegState.CAPTURING, capture_before__lt=now).count(),
        **_beside_the_bank(),
    }


def _beside_the_bank() -> dict[str, int]:
    """The last look at each account's balance: those that differ, and lines nobody explained."""
    looks = Reconciliation.objects.all()
    return {
        "compared": looks.count(),
        "differing": looks.exclude(balance_cents=F("book_cents")).count(),
        "unexplained": looks.aggregate(lines=Sum("unexplained"))["lines"] or 0,
    }


def books_off() -> list[dict[str, Any]]:
    """Books that the last look at their account did not explain whole, the furthest off first.

    `difference_cents` is what Stripe has less what the book says.
    """
    apart = F("balance_cents") - F("book_cents")
    rows = Reconciliation.objects.annotate(difference_cents=apart)
    off = rows.exclude(difference_cents=0, unexplained=0)
    most = off.order_by(Abs("difference_cents").desc(), "book")[:MOST_BOOKS]
    said = most.values("book", "looked_at", "difference_cents", "unexplained")
    return [dict(one) for one in said]


def collects_for_physicians() -> bool:
    """Whether a physician's honoraires were ever taken on an account that is not their own."""
    return Leg.objects.filter(
        party=Party.HONORAIRES, settlement=Settlement.CARD, connected_account=None
    ).exists()


def fee_basis() -> str:
    """How the platform's fee is made up, read off the catalogue: cents, or a share of a fee."""
    columns = {field.name for field in Schedule._meta.get_fields()}
    shares = {name for name in columns if name.endswith(("_bps", "_percent"))} - {"vat_bps"}
    return "percent_of_physician_fee" if shares else "flat_cost_based"


def paid_to_third_parties_cents() -> int:
    """What a book may pay to somebody for a patient: nothing, as the closed flows have no way."""
    ways = [flow for flow in FLOWS if any(word in str(flow) for word in THIRD_PARTIES)]
    return len(ways)
