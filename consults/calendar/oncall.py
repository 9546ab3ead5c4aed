"""The hours of organised on-call duty (permanence des soins, R.6315-1 CSP) and its numbers.

Hours are those of the wall clock where the département lies; spans are instants of UTC, so that
a night is eleven or thirteen hours long when the clocks change. What départements may settle by
themselves is in `departements.json`, with the days on which it applies.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from consults.calendar import PARIS, paris_date
from consults.calendar.holidays import extra_days, holidays

DATA = Path(__file__).parent / "departements.json"
EVERYWHERE = "*"
SATURDAY, SUNDAY = 5, 6
LONGEST_SPAN = timedelta(days=14)


@dataclass(frozen=True)
class Hours:
    """What one département holds to on some days: walls of the clock, and days of its own."""

    night_from: time
    night_until: time
    saturday_from: time
    extra_days: frozenset[str]

    @property
    def walls(self) -> tuple[time, ...]:
        """The moments of a day at which on-call duty may begin or end."""
        return (time(0), self.night_until, self.saturday_from, self.night_from)


def hours_of(departement: str, day: date) -> Hours:
    """The hours in force in a département on a day: its own, else everybody's."""
    row = _row("hours", departement, day) or _row("hours", EVERYWHERE, day)
    assert row is not None, "no hours on that day"
    return Hours(
        night_from=time.fromisoformat(row["night_from"]),
        night_until=time.fromisoformat(row["night_until"]),
        saturday_from=time.fromisoformat(row["saturday_from"]),
        extra_days=frozenset(row["extra_days"]),
    )


def is_on_call(departement: str, at: datetime) -> bool:
    """Whether on-call duty is organised in this département at an aware instant."""
    local = at.astimezone(zone_of(departement))
    hours = hours_of(departement, local.date())
    clock = local.time()
    return (
        clock >= hours.night_from
        or clock < hours.night_until
        or _is_day_off(local.date(), hours)
        or (local.weekday() == SATURDAY and clock >= hours.saturday_from)
    )


def on_call_until(departement: str, at: datetime) -> datetime:
    """The instant, in UTC, at which the on-call hours that cover `at` end, or two weeks later."""
    assert is_on_call(departement, at), "outside the hours"
    for wall in _walls(departement, at, at + LONGEST_SPAN):
        if not is_on_call(departement, wall):
            return wall
    return at.astimezone(UTC) + LONGEST_SPAN


def on_call_spans(
    departement: str, starts_at: datetime, ends_at: datetime
) -> list[tuple[datetime, datetime]]:
    """The on-call hours between two instants, as spans of UTC `[start, end)`, in order."""
    spans: list[tuple[datetime, datetime]] = []
    edges = [starts_at.astimezone(UTC), *_walls(departement, starts_at, ends_at), ends_at]
    for first, then in pairwise(edges):
        if first >= then or not is_on_call(departement, first):
            continue
        if spans and spans[-1][1] == first:
            spans[-1] = (spans[-1][0], then.astimezone(UTC))
        else:
            spans.append((first, then.astimezone(UTC)))
    return spans


def number_of(departement: str, at: datetime) -> str:
    """The number of a département's on-call line on that day; "" when it is not known here."""
    row = _row("numbers", departement, paris_date(at))
    return row["number"] if row else ""


def number_before(departement: str, at: datetime) -> tuple[str, date] | None:
    """The number that today's replaced, and the day it did; None when there was none."""
    row = _row("numbers", departement, paris_date(at))
    if row is None or row["from"] is None:
        return None
    since = date.fromisoformat(row["from"])
    before = _row("numbers", departement, since - timedelta(days=1))
    return (before["number"], since) if before else None


def on_call_from(departement: str, at: datetime) -> datetime:
    """The instant, in UTC, at which the next on-call hours begin, seen from outside them."""
    assert not is_on_call(departement, at), "inside the hours"
    for wall in _walls(departement, at, at + LONGEST_SPAN):
        if is_on_call(departement, wall):
            return wall
    raise AssertionError("every night has on-call hours")


def zone_of(departement: str) -> ZoneInfo:
    """The time zone of a département: that of Paris, but overseas."""
    name = _data()["zones"].get(departement)
    return ZoneInfo(name) if name else PARIS


def numbered() -> list[str]:
    """The départements whose on-call number is known here on some day."""
    return sorted({one for row in _data()["numbers"] for one in row["departements"]})


def _is_day_off(day: date, hours: Hours) -> bool:
    return (
        day.weekday() == SUNDAY
        or day in holidays(day.year)
        or extra_days(day.year).get(day) in hours.extra_days
    )


def _walls(departement: str, after: datetime, until: datetime) -> Iterator[datetime]:
    """Every instant strictly between two at which on-call duty might begin or end."""
    zone = zone_of(departement)
    day = after.astimezone(zone).date()
    while day <= until.astimezone(zone).date():
        for clock in sorted(set(hours_of(departement, day).walls)):
            wall = datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)
            if after < wall < until:
                yield wall
        day += timedelta(days=1)


def _row(table: str, departement: str, day: date) -> Mapping[str, Any] | None:
    for row in _data()[table]:
        starts = date.fromisoformat(row["from"]) if row["from"] else date.min
        ends = date.fromisoformat(row["until"]) if row["until"] else date.max
        if departement in row["departements"] and starts <= day < ends:
            return dict(row)
    return None


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return loaded
