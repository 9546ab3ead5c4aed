"""Reviewers: admitted to one council, dismissed from it, and each of their reads recorded."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from audit.access import Reach, grant_review, withdraw_review
from audit.actions import record
from audit.facts import NATIONAL, Actor
from audit.models import Account, Council

Part = Literal["listed", "read", "verified", "replayed", "downloaded"]


class NotAReviewer(ValueError):
    """Only a reviewer's account is admitted to a council."""


def name_council(*, code: str, name: str, actor: Actor, now: datetime) -> Council:
    """Make a council that reviewers may be admitted to; the same code again changes nothing."""
    known = Council.objects.filter(code=code).first()
    if known is not None:
        return known
    council = Council(code=code, name=name)
    record(
        type="council.named",
        subject=council.subject,
        scope=code,
        actor=actor,
        now=now,
        data={"code": code, "name": name},
    )
    council.save(force_insert=True)
    return council


def admit_reviewer(*, account: Account, council: Council, actor: Actor, now: datetime) -> None:
    """Let a reviewer read the entries of a council."""
    if account.kind != "reviewer":
        raise NotAReviewer
    _record_right("reviewer.admitted", account, council, actor, now)
    grant_review(account, council)


def dismiss_reviewer(*, account: Account, council: Council, actor: Actor, now: datetime) -> None:
    """Take a reviewer's right on a council back."""
    _record_right("reviewer.dismissed", account, council, actor, now)
    withdraw_review(account, council)


def _record_right(
    type: str, account: Account, council: Council, actor: Actor, now: datetime
) -> None:
    record(
        type=type,
        subject=account.subject,
        scope=council.code,
        actor=actor,
        now=now,
        data={"council": council.code},
    )


def record_reading(
    *, part: Part, subject: UUID, reader: Account, reach: Reach, now: datetime, size: int = 0
) -> None:
    """Record that a reviewer reads; the caller commits it before anything is shown."""
    record(
        type=f"record.{part}",
        subject=subject,
        scope=reach.scope,
        actor=Actor("reviewer", reader.subject),
        now=now,
        data={"councils": [*(sorted(reach.codes) or [NATIONAL])], "size": size},
    )
