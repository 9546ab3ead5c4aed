"""A physician takes a question from the queue, keeps it by being there, or gives it back."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.actions import record
from audit.facts import Actor
from audit.law.model import Decision
from billing import queries as money
from billing.actions.payments import release
from broker import relay
from broker.actions.asking import quote
from broker.actions.faults import Moved
from broker.actions.leases import end_lease, held_lease, take_lease
from broker.models import Lease
from broker.queries import questions as queries
from broker.rules import lease_until
from consults import actions as care
from consults import queries as people
from consults import states
from consults.actions.steps import locked


@dataclass(frozen=True)
class Claimed:
    """What came of a claim; `token` is None when the rules said no."""

    decision: Decision | None
    token: UUID | None
    purpose: str


def claim(*, question_id: UUID, physician_id: UUID, actor: Actor, now: datetime) -> Claimed:
    """Take a question to answer it, or reserve an unquoted one so that it can be quoted.

    Eligibility is judged by care; a refusal is recorded and returned. Raises
    Moved(ALREADY_CLAIMED) when another physician holds it, Moved(NOT_TAKING) for a question of
    nobody's that they chose not to take, and Moved(PROFILE_NOT_ACKNOWLEDGED), recorded, before
    they acknowledged how the law is read here: the act that they classify rests on it.
    """
    view = queries.view_of(question_id)
    mine = view.state == states.CLAIMED and view.physician_id == physician_id
    if not mine and not people.acknowledged_by([physician_id], now):
        _note_unread(question_id=question_id, physician_id=physician_id, actor=actor, now=now)
        raise Moved("PROFILE_NOT_ACKNOWLEDGED")
    with transaction.atomic(durable=True):
        view = queries.view_of(question_id)
        if view.state == states.CLAIMED and view.physician_id == physician_id:
            return _again(question_id=question_id, physician_id=physician_id, now=now)
        if view.state != states.QUEUED:
            raise Moved("ALREADY_CLAIMED" if view.state == states.CLAIMED else "WRONG_STATE")
        purpose = "answer" if view.physician_id else "reserve"
        if purpose == "reserve":
            claimed = _reserve(
                question_id=question_id, physician_id=physician_id, actor=actor, now=now
            )
        else:
            claimed = _take(
                question_id=question_id, physician_id=physician_id, actor=actor, now=now
            )
        relay.hint(question_id=question_id, head_seq=queries.view_of(question_id).head_seq)
    return claimed


def _note_unread(*, question_id: UUID, physician_id: UUID, actor: Actor, now: datetime) -> None:
    """Record a claim that was refused because the reading of the law is not acknowledged."""
    shown = people.profile_in_force()
    with transaction.atomic(durable=True):
        record(
            type="claim.refused",
            subject=queries.view_of(question_id).subject,
            scope=people.council_of(physician_id),
            actor=actor,
            now=now,
            data={
                "code": "PROFILE_NOT_ACKNOWLEDGED",
                "profile": shown.profile,
                "sha256": shown.sha256,
            },
        )


def _again(*, question_id: UUID, physician_id: UUID, now: datetime) -> Claimed:
    lease = Lease.objects.filter(
        question_id=question_id, physician_id=physician_id, ended_at=None, expires_at__gt=now
    ).first()
    if lease is None:  # it ran out, even where no worker has come by to say so
        raise Moved("LEASE_LOST")
    lease.expires_at = lease_until(now)
    lease.save(update_fields=["expires_at"])
    return Claimed(None, lease.token, lease.purpose)


def _take(*, question_id: UUID, physician_id: UUID, actor: Actor, now: datetime) -> Claimed:
    decision = care.claim(question_id=question_id, physician_id=physician_id, actor=actor, now=now)
    if not decision.allowed:
        return Claimed(decision, None, "answer")
    lease = take_lease(
        question_id=question_id,
        subject=queries.view_of(question_id).subject,
        physician_id=physician_id,
        purpose="answer",
        scope=people.council_of(physician_id),
        actor=actor,
        now=now,
    )
    return Claimed(decision, lease.token, "answer")


def _reserve(*, question_id: UUID, physician_id: UUID, actor: Actor, now: datetime) -> Claimed:
    if not people.is_eligible(physician_id, now):
        raise Moved("NOT_ELIGIBLE")
    if not queries.is_taken(question_id, physician_id, now):
        raise Moved("NOT_TAKING")
    if locked(question_id=question_id).state != states.QUEUED:
        raise Moved("WRONG_STATE")  # withdrawn or ended a moment ago
    lease = take_lease(
        question_id=question_id,
        subject=queries.view_of(question_id).subject,
        physician_id=physician_id,
        purpose="reserve",
        scope=people.council_of(physician_id),
        actor=actor,
        now=now,
    )
    quote(question_id=question_id, physician_id=physician_id, actor=actor, now=now)
    return Claimed(None, lease.token, "reserve")


def renew(*, question_id: UUID, physician_id: UUID, now: datetime) -> bool:
    """Keep a physician's lease alive because they are there; False when there is none to keep."""
    return bool(
        Lease.objects.filter(
            question_id=question_id, physician_id=physician_id, ended_at=None, expires_at__gt=now
        ).update(expires_at=lease_until(now))
    )


def decline(
    *, question_id: UUID, physician_id: UUID, token: UUID, actor: Actor, now: datetime
) -> None:
    """Give a claimed question back to the queue, with its original age."""
    with transaction.atomic(durable=True):
        locked(question_id=question_id)
        lease = held_lease(
            question_id=question_id, physician_id=physician_id, token=token, now=now
        )
        give_back(lease=lease, because="declined", actor=actor, now=now)


def give_back(*, lease: Lease, because: str, actor: Actor, now: datetime) -> None:
    """End a lease and return its question to the queue, inside the caller's transaction.

    A reservation that was not accepted leaves with its quote: the next physician makes their own.
    """
    end_lease(
        lease=lease,
        because=because,
        scope=people.council_of(lease.physician_id),
        actor=actor,
        now=now,
    )
    question_id = lease.question_id
    if lease.purpose == "answer" and queries.view_of(question_id).state == states.CLAIMED:
        reason = because if because in ("declined", "suspended") else "lease-lost"
        care.unclaim(
            question_id=question_id,
            physician_id=lease.physician_id,
            reason=reason,
            actor=actor,
            now=now,
        )
    elif money.legs_of(question_id):
        release(question_id=question_id, reason=because, actor=actor, now=now)
    relay.hint(question_id=question_id, head_seq=queries.view_of(question_id).head_seq)
    relay.wake_worker()
