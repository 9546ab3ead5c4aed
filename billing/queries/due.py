"""Honoraires due at the practice: what a physician awaits, and of what a patient is reminded."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery, Sum

from audit.queries.pages import Page, page_of
from billing.facts import REMINDED_AFTER_DAYS
from billing.models import GatePass, Leg, Reminder
from billing.states import LegState
from consults.queries import patient_names


@dataclass(frozen=True, slots=True)
class Due:
    """One amount that is due: by whom, since when, for how many whole days, which reminders."""

    leg: UUID
    question: UUID
    cents: int
    since: datetime
    days: int
    reminded: tuple[int, ...]
    patient: str = ""  # their name, on the physician's own page


def page_of_due(physician_id: UUID, now: datetime, after: str = "") -> tuple[list[Due], Page[Leg]]:
    """A page of what is due to this physician, the oldest first, and where it stands."""
    page = page_of(_legs(quote__physician=physician_id), by="since", after=after)
    names = patient_names([leg.question for leg in page.rows])
    return [replace(one, patient=names[one.question]) for one in _seen(page.rows, now)], page


def due_cents(physician_id: UUID) -> int:
    """All that is due to this physician together."""
    legs = Leg.objects.filter(state=LegState.DUE, quote__physician=physician_id)
    return int(legs.aggregate(total=Sum("amount_cents", default=0))["total"])


def is_due_to(physician_id: UUID, leg: UUID) -> bool:
    """Whether this very payment is due to this physician."""
    of = Leg.objects.filter(pk=leg, state=LegState.DUE, quote__physician=physician_id)
    return of.exists()


def to_remind(now: datetime) -> list[tuple[UUID, int]]:
    """Payments of which their patient is to be reminded now, with the bound in days.

    Of bounds that passed together only the last counts: nobody gets three mails at once.
    """
    found = []
    first = timedelta(days=REMINDED_AFTER_DAYS[0])
    over = Reminder.objects.filter(days=REMINDED_AFTER_DAYS[-1]).values("leg")
    for one in _seen(_legs(since__lte=now - first).exclude(pk__in=over), now):
        bound = max(days for days in REMINDED_AFTER_DAYS if days <= one.days)
        if not one.reminded or bound > max(one.reminded):
            found.append((one.leg, bound))
    return found


def _legs(**of: object) -> QuerySet[Leg]:
    """Payments that are due, the oldest first, each with the moment of its answer, `since`."""
    passed = GatePass.objects.filter(quote=OuterRef("quote")).values("passed_at")[:1]
    legs = Leg.objects.filter(state=LegState.DUE).annotate(since=Subquery(passed))
    return legs.filter(**of).order_by("since")


def _seen(legs: Iterable[Leg], now: datetime) -> list[Due]:
    legs = list(legs)
    reminded = _reminded([leg.id for leg in legs])
    return [
        Due(
            leg=leg.id,
            question=leg.question,
            cents=leg.amount_cents,
            since=leg.since,  # type: ignore[attr-defined]
            days=(now - leg.since).days,  # type: ignore[attr-defined]
            reminded=reminded.get(leg.id, ()),
        )
        for leg in legs
    ]


def _reminded(legs: Iterable[UUID]) -> dict[UUID, tuple[int, ...]]:
    found: dict[UUID, tuple[int, ...]] = {}
    told = Reminder.objects.filter(leg__in=list(legs)).order_by("days")
    for leg, days in told.values_list("leg", "days"):
        found[leg] = (*found.get(leg, ()), days)
    return found
