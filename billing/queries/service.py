"""How the money's machinery is, for the operator's page: counts, never who."""

from datetime import datetime

from billing.models import Op, StripeEvent
from billing.states import OpState


def operations_state(now: datetime) -> dict[str, int | None]:
    """Live operations with the age of the oldest, those that failed, events not followed yet."""
    live = Op.objects.filter(state=OpState.LIVE).order_by("asked_at")
    oldest = live.values_list("asked_at", flat=True).first()
    return {
        "live": live.count(),
        "oldest_seconds": int((now - oldest).total_seconds()) if oldest else None,
        "failed": Op.objects.filter(state=OpState.FAILED).count(),
        "waiting_events": StripeEvent.objects.filter(followed_at=None).count(),
    }
