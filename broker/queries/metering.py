"""What people see of a running meter: minutes, euros so far, the cap, and whether it runs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from billing.money.metering import Meter
from billing.queries.metering import meter_of


def meter_shown(question_id: UUID, at: datetime) -> dict[str, Any] | None:
    """A question's meter in plain values, for pages and frames; None where nothing is metered."""
    meter = meter_of(question_id, at)
    if meter is None:
        return None
    return {
        "state": state_of(meter),
        "minutes": meter.minutes,
        "cents": meter.cents,
        "per_minute_cents": meter.per_minute_cents,
        "cap_minutes": meter.cap_minutes,
        "cap_cents": meter.cap_cents,
    }


def state_of(meter: Meter) -> str:
    """One word for where a meter stands."""
    if meter.stopped:
        return "ended"
    if meter.started_at is None:
        return "waiting"
    if meter.full:
        return "full"
    return "running" if meter.running else "paused"
