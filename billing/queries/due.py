"""Honoraires due at the practice: what a physician awaits, and of what a patient is reminded."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, OuterRef, Q, Subquery

from billing.facts import REMINDED_AFTER_DAYS
from billing.models import GatePass, Leg, Reminder
from billing.states import LegState


@dataclass(frozen=True, slots=True)
class Due:
    """One amount that is due: since when, for how many whole days, and the days of reminders."""

    leg: UUID
    question: UUID
    cents: int
    since: datetime
    days: int
    reminded: tuple[int, ...]


def due_to(physician_id: UUID, now: datetime) -> list[Due]:
    """What is due to this physician, the oldest first."""
    return _due(now, quote__physician=physician_id)


def to_remind(now: datetime) -> list[tuple[UUID, int]]:
    """Payments of which their patient is to be reminded now, with the bound in days.

    Of bounds that passed together only the last counts: nobody gets three mails at once.
    """
    found = []
    first = timedelta(days=REMINDED_AFTER_DAYS[0])
    over = Reminder.objects.filter(days=REMINDED_AFTER_DAYS[-1]).values("leg")
    for one in _due(now, since__lte=now - first, but=Q(pk__in=over)):
        bound = max(days for days in REMINDED_AFTER_DAYS if days <= one.days)
        if not one.reminded or bound > max(one.reminded):
            found.append((one.leg, bound))
    return found


def _due(now: datetime, but: Q | None = None, **of: object) -> list[Due]:
    passed = GatePass.objects.filter(quote=OuterRef("quote")).values("passed_at")[:1]
    legs = Leg.objects.filter(state=LegState.DUE).annotate(since=Subquery(passed)).filter(**of)
    if but is not None:
        legs = legs.exclude(but)
    rows = list(legs.order_by(F("since")).values_list("id", "question", "amount_cents", "since"))
    reminded = _reminded([row[0] for row in rows])
    return [
        Due(leg, question, cents, since, (now - since).days, reminded.get(leg, ()))
        for leg, question, cents, since in rows
    ]


def _reminded(legs: Iterable[UUID]) -> dict[UUID, tuple[int, ...]]:
    found: dict[UUID, tuple[int, ...]] = {}
    told = Reminder.objects.filter(leg__in=list(legs)).order_by("days")
    for leg, days in told.values_list("leg", "days"):
        found[leg] = (*found.get(leg, ()), days)
    return found
