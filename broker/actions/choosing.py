"""Physicians choose what they take, and acknowledge how the law is read here."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.facts import Actor
from broker import relay
from consults import actions as care


def choose(
    *,
    physician_id: UUID,
    taking: bool,
    back_at: datetime | None,
    kinds: Sequence[str],
    topics: Sequence[str],
    actor: Actor,
    now: datetime,
) -> None:
    """Switch on, off or pause; offers and routing read it from this commit on."""
    with transaction.atomic(durable=True):
        care.choose_availability(
            physician_id=physician_id,
            taking=taking,
            back_at=back_at,
            kinds=kinds,
            topics=topics,
            actor=actor,
            now=now,
        )
        relay.wake_worker()


def acknowledge(
    *, physician_id: UUID, sha256: str, strong_at: datetime, actor: Actor, now: datetime
) -> None:
    """Acknowledge the reading of the law that was on the page."""
    with transaction.atomic(durable=True):
        care.acknowledge_profile(
            physician_id=physician_id, sha256=sha256, strong_at=strong_at, actor=actor, now=now
        )
