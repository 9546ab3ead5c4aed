"""A physician says what they take, and acknowledges how the law is read here."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from audit.actions import record
from audit.facts import Actor, Json
from consults import states
from consults.actions.steps import in_transaction
from consults.models import Availability, Physician, ProfileAcknowledgement
from consults.queries.choices import profile_in_force


class ProfileMoved(Exception):
    """The reading of the law changed between the page and its acknowledgement."""

    code = "PROFILE_MOVED"


def choose_availability(
    *,
    physician_id: UUID,
    taking: bool,
    back_at: datetime | None,
    kinds: Sequence[str],
    topics: Sequence[str],
    actor: Actor,
    now: datetime,
) -> Availability:
    """Switch questions on or off, or pause until `back_at`; which kinds, on which topics."""
    in_transaction()
    assert set(kinds) <= set(states.KINDS_TAKEN) and set(topics) <= set(states.TOPICS)
    physician = Physician.objects.get(pk=physician_id)
    kinds, topics = sorted(set(kinds)), sorted(set(topics))
    data: dict[str, Json] = {"taking": taking, "kinds": [*kinds], "topics": [*topics]}
    record(
        type="availability.chosen",
        subject=physician.subject,
        scope=physician.council,
        actor=actor,
        now=now,
        data=data,
    )
    return Availability.objects.create(
        subject=physician.subject,
        physician=physician,
        taking=taking,
        back_at=None if taking else back_at,
        kinds=kinds,
        topics=topics,
        recorded_at=now,
    )


def acknowledge_profile(
    *, physician_id: UUID, sha256: str, strong_at: datetime, actor: Actor, now: datetime
) -> ProfileAcknowledgement:
    """Acknowledge the reading in force, as it was shown; raises ProfileMoved for another one."""
    in_transaction()
    shown = profile_in_force()
    if sha256 != shown.sha256:
        raise ProfileMoved
    physician = Physician.objects.get(pk=physician_id)
    record(
        type="profile.acknowledged",
        subject=physician.subject,
        scope=physician.council,
        actor=actor,
        now=now,
        data={"profile": shown.profile, "sha256": shown.sha256},
    )
    return ProfileAcknowledgement.objects.create(
        subject=physician.subject,
        physician=physician,
        profile=shown.profile,
        sha256=shown.sha256,
        strong_at=strong_at,
        acknowledged_at=now,
    )
