"""The roster as boards show it: who is on now, turns by day, what is missing, figures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from consults import queries as people
from consults.calendar import paris_date
from consults.calendar.oncall import (
    is_on_call,
    number_before,
    number_of,
    on_call_from,
    on_call_until,
)
from consults.queries import Turn

FIGURES_OVER = timedelta(days=30)
SHOWN_GAPS = 12


@dataclass(frozen=True)
class Missing:
    """Where nobody holds a role: spans of time, the first few, and the hours in all."""

    role: str
    departement: str
    spans: tuple[tuple[datetime, datetime], ...]
    more: int
    hours: int


def board(now: datetime) -> dict[str, Any]:
    """Everything the operator's page shows of the roster."""
    starts_at, ends_at = people.two_weeks(now)
    turns = people.turns_between(starts_at, ends_at)
    return {
        "turns": people.on_duty(now),
        "on_call": [
            (turn, is_on_call(turn.departement, now)) for turn in people.on_duty(now, "on-call")
        ],
        "days": by_day(turns, now),
        "clashes": sum(turn.clashes for turn in turns),
        "missing": missing(now, ends_at),
        "figures": people.alert_figures(now - FIGURES_OVER, now),
        "physicians": people.physicians(),
        "now": now,
    }


def by_day(turns: Iterable[Turn], now: datetime) -> list[tuple[date, list[Mapping[str, Any]]]]:
    """Turns by the day of Paris on which they begin, each with what may be done about it."""
    rows = sorted(turns, key=lambda turn: (turn.starts_at, turn.departement))
    shown: list[Mapping[str, Any]] = [
        {
            "turn": turn,
            "open": not turn.ended_because and turn.until > now,
            "begun": turn.starts_at <= now,
            "partial": turn.counted is not None
            and sum((end - start for start, end in turn.counted), timedelta())
            < turn.until - turn.starts_at,
        }
        for turn in rows
    ]
    return [(day, list(group)) for day, group in groupby(shown, key=_day)]


def _day(row: Mapping[str, Any]) -> date:
    return paris_date(row["turn"].starts_at)


def missing(starts_at: datetime, ends_at: datetime) -> list[Missing]:
    """The gaps of alerts, then those of each département that has on-call turns here."""
    wanted = [("alerts", ""), *(("on-call", one) for one in people.rostered_departements())]
    found = []
    for role, departement in wanted:
        spans = people.gaps(role, departement, starts_at, ends_at)
        if spans:
            whole = sum((end - start for start, end in spans), timedelta())
            first = tuple(spans[:SHOWN_GAPS])
            hours = round(whole / timedelta(hours=1))
            found.append(Missing(role, departement, first, len(spans) - len(first), hours))
    return found


def turns_of(physician_id: UUID, now: datetime) -> dict[str, Any]:
    """A physician's own turns to come, and the turns that colleagues offer them."""
    turns = people.turns_between(now, now + timedelta(days=60), physician_id)
    return {
        "days": by_day([turn for turn in turns if turn.until > now], now),
        "offers": people.handovers_to(physician_id, now),
        "colleagues": people.physicians().exclude(pk=physician_id),
        "now": now,
    }


def on_call_line(departement: str, now: datetime) -> dict[str, Any]:
    """What a patient may know of on-call duty in a département: the number, and the hours now."""
    on = is_on_call(departement, now)
    before, since = number_before(departement, now) or ("", None)
    return {
        "departement": departement,
        "number": number_of(departement, now),
        "before": before,
        "since": since,
        "on": on,
        "until": on_call_until(departement, now) if on else None,
        "next": None if on else on_call_from(departement, now),
    }
