"""How the log keeps up: what waits for the sequencer, and the last tree that was signed."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Min

from audit.models import Checkpoint, Head, Pending


def log_state(now: datetime) -> dict[str, Any]:
    """The backlog and its oldest entry's age in seconds, the tree's size, the last checkpoint."""
    waiting = Pending.objects.aggregate(number=Count("pk"), oldest=Min("entry__at"))
    head = Head.objects.first()
    signed = Checkpoint.objects.order_by("-size").first()
    oldest = waiting["oldest"]
    return {
        "pending": waiting["number"],
        "oldest_seconds": int((now - oldest).total_seconds()) if oldest else 0,
        "size": head.size if head else 0,
        "signed_size": signed.size if signed else 0,
        "signed_at": signed.at if signed else None,
    }
