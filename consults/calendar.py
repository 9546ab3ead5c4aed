"""Days and ages by the calendar of Paris: the law's dates are local dates."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def paris_date(moment: datetime) -> date:
    """The calendar day in Paris at an aware instant."""
    assert moment.tzinfo is not None, "a moment without its zone"
    return moment.astimezone(PARIS).date()


def age_years(birth: date, day: date) -> int:
    """Completed years on a day; someone born on 29 February ages on 1 March."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def days_between(first: date, second: date) -> int:
    """Whole days from the first day to the second, negative when it comes before."""
    return (second - first).days
