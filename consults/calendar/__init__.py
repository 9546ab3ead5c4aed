"""Days and ages by the calendar of Paris: the law's dates are local dates."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
MAJORITY_YEARS = 18


def paris_date(moment: datetime) -> date:
    """The calendar day in Paris at an aware instant."""
    assert moment.tzinfo is not None, "a moment without its zone"
    return moment.astimezone(PARIS).date()


def paris_midnight(day: date) -> datetime:
    """The instant, in UTC, at which a day begins in Paris."""
    return datetime.combine(day, time(), PARIS).astimezone(UTC)


def age_years(birth: date, day: date) -> int:
    """Completed years on a day; someone born on 29 February ages on 1 March."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def days_between(first: date, second: date) -> int:
    """Whole days from the first day to the second, negative when it comes before."""
    return (second - first).days


def of_age_at(birth: date) -> datetime:
    """The instant at which someone is of age: the first of their eighteenth birthday in Paris.

    >>> of_age_at(date(2008, 2, 29)).isoformat()
    '2026-03-01T00:00:00+01:00'
    """
    leap = (birth.month, birth.day) == (2, 29)
    day = date(birth.year + MAJORITY_YEARS, 3, 1) if leap else None
    return datetime.combine(day or birth.replace(year=birth.year + MAJORITY_YEARS), time(), PARIS)
