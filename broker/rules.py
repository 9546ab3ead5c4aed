"""Routing as pure decisions: who may take a question, and in which order. Never the price."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

# Clinical severity, most urgent first; a paid tier never appears here.
SEVERITIES = ("urgent", "soon", "routine")
MAX_NAMED_CANDIDATES = 50
LEASE_SECONDS = 600
# A tier's promise, in seconds of UTC: 48 hours are 172 800 s across both clock changes.
TIERS = {"async-48h": 172_800, "express-15": 900}
DEFAULT_TIER = "async-48h"


@dataclass(frozen=True)
class Waiting:
    """What ordering may see of a waiting question: no text, no tier, no amount."""

    question_id: UUID
    severity: str
    for_this_physician: bool  # the treating physician's patient, or this physician was named
    deadline_at: datetime
    opened_at: datetime


@dataclass(frozen=True)
class Candidate:
    """A physician looked at for a question; `excluded` holds the code of the first reason."""

    physician_id: UUID
    excluded: str = ""
    same_departement: bool = False


@dataclass(frozen=True)
class Routing:
    """Who was kept, in order, and how many were left out by reason: what the log records."""

    kept: tuple[UUID, ...]
    exclusions: dict[str, int]

    def as_data(self) -> dict[str, object]:
        """The routing as an entry's data: at most fifty names, every count."""
        named = [str(one) for one in self.kept[:MAX_NAMED_CANDIDATES]]
        return {"candidates": named, "kept": len(self.kept), "excluded": self.exclusions}


def queue_order(waiting: Iterable[Waiting]) -> list[Waiting]:
    """Severity first, then the physician's own or named questions, then the deadline."""
    return sorted(waiting, key=_place)


def _place(one: Waiting) -> tuple[int, bool, datetime, datetime, str]:
    known = one.severity in SEVERITIES
    severity = SEVERITIES.index(one.severity) if known else 0  # unknown is treated as urgent
    own = not one.for_this_physician
    return (severity, own, one.deadline_at, one.opened_at, str(one.question_id))


def route(candidates: Sequence[Candidate]) -> Routing:
    """Keep who has no reason against them; same département first when clinically equal."""
    kept = sorted(
        (one for one in candidates if not one.excluded),
        key=lambda one: (not one.same_departement, str(one.physician_id)),
    )
    counts = Counter(one.excluded for one in candidates if one.excluded)
    return Routing(tuple(one.physician_id for one in kept), dict(sorted(counts.items())))


def deadline(*, tier: str, accepted_at: datetime) -> datetime:
    """When an answer is due, counted in elapsed seconds from acceptance."""
    return accepted_at + timedelta(seconds=TIERS[tier])


def lease_until(now: datetime) -> datetime:
    """Until when a claim holds without a sign of life."""
    return now + timedelta(seconds=LEASE_SECONDS)


def seconds_late(*, deadline_at: datetime, now: datetime) -> int:
    """Whole seconds past the deadline; 0 while there is time."""
    return max(0, int((now - deadline_at).total_seconds()))
