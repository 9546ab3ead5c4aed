"""What physicians chose to take, and whether they acknowledged the reading of the law here."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from audit.law import packs
from audit.law.profiles import Meaning, meaning
from consults.models import Availability, ProfileAcknowledgement


@dataclass(frozen=True)
class Taking:
    """What a physician takes at an instant; `back_at` is when a pause ends by itself."""

    now: bool
    kinds: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    back_at: datetime | None = None

    def takes(self, kind: str, topic: str = "") -> bool:
        """Whether a question of this kind, on this topic, may come to them.

        A physician's own patients may ask about anything; a turn of duty is for everything too.
        """
        by_topic = kind != "any" or not topic or topic in self.topics
        return self.now and kind in self.kinds and by_topic


NOTHING = Taking(False)


def taking(physician_id: UUID, at: datetime) -> Taking:
    """What this physician takes at that instant: nothing, until they said so themselves."""
    return takings([physician_id], at).get(physician_id, NOTHING)


def takings(physician_ids: list[UUID], at: datetime) -> dict[UUID, Taking]:
    """What each of these physicians takes at that instant, for those who ever chose."""
    rows = Availability.objects.filter(physician_id__in=physician_ids, recorded_at__lte=at)
    latest = rows.order_by("physician_id", "-recorded_at").distinct("physician_id")
    return {
        row.physician_id: Taking(
            now=row.taking or (row.back_at is not None and row.back_at <= at),
            kinds=tuple(row.kinds),
            topics=tuple(row.topics),
            back_at=row.back_at if row.back_at and row.back_at > at else None,
        )
        for row in latest
    }


def profile_in_force() -> Meaning:
    """How the law is read here now, in words, under the hash that physicians acknowledge."""
    return meaning(packs.load(), settings.PROFILE)


def acknowledged_by(physician_ids: list[UUID], at: datetime) -> set[UUID]:
    """Who of these physicians had acknowledged the reading in force by that instant."""
    rows = ProfileAcknowledgement.objects.filter(
        physician_id__in=physician_ids,
        profile=settings.PROFILE,
        sha256=profile_in_force().sha256,
        acknowledged_at__lte=at,
    )
    return set(rows.values_list("physician_id", flat=True))


def last_acknowledgement(physician_id: UUID) -> ProfileAcknowledgement | None:
    """The last reading this physician acknowledged, in force or not."""
    rows = ProfileAcknowledgement.objects.filter(physician_id=physician_id)
    return rows.order_by("acknowledged_at").last()
