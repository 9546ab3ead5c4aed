"""Tiers that price speed or minutes: they exist, and are off until an operator offers them.

What differs between tiers is the platform's line alone: honoraires are the physician's, for the
act, whatever the tier. A tier is offered while the catalogue holds a line of it, see `Schedule`.
"""

from collections.abc import Mapping

from billing.money import Tier

EXPRESS, LIVE = "express-15", "live"
OWN = "own-physician"
PER_ACT, PER_SPEED, PER_MINUTE = "per_act", "per_speed_tier", "per_minute"
# The amount of a tier by the minute is the platform's for one whole elapsed minute.
SWITCHED: Mapping[str, Tier] = {
    EXPRESS: Tier(EXPRESS, 900, 499),
    LIVE: Tier(LIVE, 3600, 199),  # the exchange of thirty minutes at most, and its signed answer
}
PRICED_BY: Mapping[str, str] = {EXPRESS: PER_SPEED, LIVE: PER_MINUTE}
# No flat fee of the platform is above this: a slip of the keyboard must not become a price.
PLATFORM_CAP_CENTS = 2_500
