"""An alert that nobody acknowledges goes further, and a held question does not wait for ever."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from audit.facts import SYSTEM
from consults import states
from consults.actions.ending import expire
from consults.actions.steps import Act, in_transaction, locked
from consults.models import Alert, AlertStep
from consults.queries.alerts import escalation_of

# A worker that was killed while it told the operator leaves the telling to the next, after this.
TELLING_TAKES = timedelta(seconds=60)


def escalate_alert(*, alert_id: UUID, minutes: Mapping[str, int], now: datetime) -> str:
    """Pass an alert on to the level that is due and return it; "" when none is, or another did.

    `minutes` says how long each kind of alert waits at each level.
    """
    in_transaction()
    rows = Alert.objects.select_for_update(skip_locked=True)
    alert = rows.filter(pk=alert_id, acknowledged_at=None).first()
    if alert is None:
        return ""
    level, called = escalation_of(alert, minutes, now)
    if not level:
        return ""
    waited = int((now - alert.raised_at).total_seconds())
    act = Act(locked(question_id=alert.question_id), SYSTEM, now)
    act.note("alert.escalated", {"level": level, "after_seconds": waited})
    AlertStep.objects.create(
        subject=alert.subject, alert=alert, level=level, physician_id=called, at=now
    )
    return level


def take_telling(*, now: datetime) -> AlertStep | None:
    """Take one mail that the operator waits for; the next worker may after a minute."""
    in_transaction()
    step = (
        AlertStep.objects.select_for_update(skip_locked=True)
        .filter(level="operator", told_at=None)
        .exclude(taken_at__gt=now - TELLING_TAKES)
        .order_by("at")
        .first()
    )
    if step is not None:
        AlertStep.objects.filter(pk=step.pk).update(taken_at=now)
    return step


def settle_telling(*, step_id: UUID, now: datetime) -> None:
    """Say that the operator's mail has left; once, however often it was tried."""
    in_transaction()
    step = AlertStep.objects.select_for_update().select_related("alert").get(pk=step_id)
    if step.told_at is not None:
        return
    act = Act(locked(question_id=step.alert.question_id), SYSTEM, now)
    waited = int((now - step.alert.raised_at).total_seconds())
    act.note("alert.forwarded", {"after_seconds": waited})
    step.told_at = now
    step.save(update_fields=["told_at"])


def give_back_held(*, question_id: UUID, held_for: timedelta, now: datetime) -> bool:
    """Give a held question back to its patient when nobody read it in time; False if it moved."""
    question = locked(question_id=question_id)
    if question.state != states.HELD or question.opened_at + held_for > now:
        return False
    expire(question_id=question_id, reason="not-reviewed", actor=SYSTEM, now=now)
    return True
