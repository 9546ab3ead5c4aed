"""Decisions as they were recorded: read back from the entries, for pages that show a verdict."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.models import Entry


def latest_decision(subject: UUID, types: Iterable[str]) -> dict[str, Any] | None:
    """The body of the last entry of these types that carries a decision; None without one."""
    rows = Entry.objects.filter(subject=subject, type__in=tuple(types)).order_by("-id")
    for raw in rows.values_list("body", flat=True)[:10]:
        body: dict[str, Any] = json.loads(bytes(raw))
        if "decision" in body:
            return body
    return None


def told_since(subject: UUID, type: str, since: datetime) -> list[dict[str, Any]]:
    """What the entries of a type say that were received about this subject after a moment."""
    rows = Entry.objects.filter(subject=subject, type=type, at__gt=since).order_by("id")
    return [json.loads(bytes(raw))["data"] for raw in rows.values_list("body", flat=True)]
