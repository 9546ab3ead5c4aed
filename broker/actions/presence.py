"""A physician's pages are open: a sign of life, written every few seconds and kept by nothing."""

from datetime import datetime, timedelta
from uuid import UUID

from broker.models import Presence

RENEWED_AFTER = timedelta(seconds=15)


def show_presence(*, physician_id: UUID, now: datetime) -> None:
    """Say that this physician is here; no entry of the log, for nothing was done."""
    fresh = Presence.objects.filter(pk=physician_id, seen_at__gt=now - RENEWED_AFTER)
    if not fresh.exists():
        Presence.objects.update_or_create(pk=physician_id, defaults={"seen_at": now})


def end_presence(*, physician_id: UUID) -> None:
    """Say that this physician has left, as when they sign out."""
    Presence.objects.filter(pk=physician_id).delete()
