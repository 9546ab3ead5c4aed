"""Alerts: whom they wait for, where they go next, how long people took, what patients are told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

from django.db.models import Q, QuerySet

from consults import states
from consults.models import Alert, AlertStep, Question
from consults.queries.careers import state_at
from consults.queries.duty import on_duty
from consults.rules import alert_level


def open_alerts(physician_id: UUID, at: datetime) -> list[Alert]:
    """The alerts that wait for this physician.

    Those raised or passed on to them; and, while they are on duty, those that everybody on duty
    is called for, or that met nobody. None for a physician who was stopped.
    """
    if state_at(physician_id, at) != states.ACTIVE:
        return []
    mine = Q(duty_physician_id=physician_id) | Q(steps__physician_id=physician_id)
    if any(turn.physician_id == physician_id for turn in on_duty(at)):
        mine |= Q(duty_physician=None) | Q(steps__level__in=("all", "operator"))
    rows = _unheard().filter(mine).select_related("question")
    return list(rows.order_by("raised_at", "id").distinct())


def _unheard() -> QuerySet[Alert]:
    """Alerts without acknowledgement; a held question that was settled otherwise asks for none."""
    settled = Q(kind="abusive") & ~Q(question__state=states.HELD)
    return Alert.objects.filter(acknowledged_at=None).exclude(settled)


def escalation_of(
    alert: Alert, minutes: Mapping[str, int], at: datetime
) -> tuple[str, UUID | None]:
    """The level an alert goes to at that instant ("" for none), and whom level "next" calls."""
    steps = {step.level: step for step in AlertStep.objects.filter(alert=alert)}
    called = {alert.duty_physician_id, *(step.physician_id for step in steps.values())}
    present = list(dict.fromkeys(turn.physician_id for turn in on_duty(at)))
    uncalled = [one for one in present if one not in called]
    level = alert_level(
        passed_on=tuple(steps),
        waited=at - max([alert.raised_at, *(step.at for step in steps.values())]),
        patience=timedelta(minutes=minutes[alert.kind]),
        present=len(present),
        uncalled=len(uncalled),
    )
    return level, uncalled[0] if level == "next" else None


def alerts_to_escalate(minutes: Mapping[str, int], at: datetime, limit: int) -> list[UUID]:
    """The alerts that are due for another level, the longest waiting first."""
    rows = _unheard().exclude(steps__level="operator").order_by("raised_at")[:limit]
    return [alert.id for alert in rows if escalation_of(alert, minutes, at)[0]]


def held_too_long(held_for: timedelta, at: datetime, limit: int) -> list[UUID]:
    """The held questions that nobody read in time, the oldest first."""
    rows = Question.objects.filter(state=states.HELD, opened_at__lte=at - held_for)
    return list(rows.order_by("opened_at").values_list("id", flat=True)[:limit])


def alert_heard(question_id: UUID, at: datetime) -> str:
    """What to tell the patient of the last alert on their question.

    "seen" when a physician acknowledged it, "called" when one on duty has it before them,
    "nobody" when nobody is on duty, "" when there is no alert to speak of.
    """
    urgent = Alert.objects.filter(question_id=question_id).exclude(kind="abusive")
    last = urgent.order_by("raised_at").last()
    if last is None:
        return ""
    if last.acknowledged_at is not None:
        return "seen"
    return "called" if on_duty(at) else "nobody"


@dataclass(frozen=True)
class Figures:
    """One kind of alert over a period: numbers of seconds, and how many; never a patient."""

    kind: str
    raised: int
    acknowledged: int
    waiting: int
    escalated: int
    median_seconds: int | None
    longest_seconds: int | None


def alert_figures(since: datetime, until: datetime) -> list[Figures]:
    """How long people took to acknowledge the alerts raised in a period, by kind."""
    rows = Alert.objects.filter(raised_at__gte=since, raised_at__lt=until)
    passed_on = set(
        AlertStep.objects.filter(alert__in=rows).values_list("alert_id", flat=True).distinct()
    )
    return [
        _figures(kind, found, sum(one.id in passed_on for one in found))
        for kind in states.ALERTS
        if (found := [one for one in rows if one.kind == kind])
    ]


def _figures(kind: str, found: list[Alert], escalated: int) -> Figures:
    took = [
        int((one.acknowledged_at - one.raised_at).total_seconds())
        for one in found
        if one.acknowledged_at is not None
    ]
    return Figures(
        kind=kind,
        raised=len(found),
        acknowledged=len(took),
        waiting=len(found) - len(took),
        escalated=escalated,
        median_seconds=int(median(took)) if took else None,
        longest_seconds=max(took, default=None),
    )
