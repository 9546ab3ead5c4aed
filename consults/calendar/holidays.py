"""The eleven public holidays of France, and the two more of Alsace and Moselle, computed.

L.3133-1 of the labour code names the eleven; L.3134-13 adds two in the Haut-Rhin, the Bas-Rhin
and Moselle, which each département's own data switches on.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

FIXED: Mapping[str, tuple[int, int]] = {
    "new-year": (1, 1),
    "labour": (5, 1),
    "victory": (5, 8),
    "national": (7, 14),
    "assumption": (8, 15),
    "all-saints": (11, 1),
    "armistice": (11, 11),
    "christmas": (12, 25),
}
# Days after Easter Sunday.
MOVABLE: Mapping[str, int] = {"easter-monday": 1, "ascension": 39, "whit-monday": 50}
EXTRA_DAYS = ("good-friday", "saint-stephen")


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher)."""
    golden = year % 19
    century, of_century = divmod(year, 100)
    leap_centuries, left = divmod(century, 4)
    moved = (century + 8) // 25
    moon = (19 * golden + century - leap_centuries - (century - moved + 1) // 3 + 15) % 30
    leaps, rest = divmod(of_century, 4)
    week = (32 + 2 * left + 2 * leaps - moon - rest) % 7
    late = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=64)
def holidays(year: int) -> Mapping[date, str]:
    """The eleven public holidays of a year, by their day.

    Ascension may fall on 1 or 8 May: the day then has one name, and is one day.
    """
    movable = {easter(year) + timedelta(days): name for name, days in MOVABLE.items()}
    return movable | {date(year, *place): name for name, place in FIXED.items()}


@lru_cache(maxsize=64)
def extra_days(year: int) -> Mapping[date, str]:
    """The two days that are holidays in Alsace and Moselle alone, by their day."""
    return {
        easter(year) - timedelta(2): "good-friday",
        date(year, 12, 26): "saint-stephen",
    }
