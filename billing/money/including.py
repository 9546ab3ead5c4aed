"""What is free beside a paid exchange: included follow-ups, the period of a forfait. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.money import FOLLOW_UP, FOLLOW_UP_DAYS, FORFAIT, INCLUDED_FOLLOW_UPS


@dataclass(frozen=True)
class Earlier:
    """An exchange of the same patient with the same physician: as it was agreed and judged."""

    tier: str
    agreed_at: datetime
    charged_cents: int  # honoraires that passed the gate; 0 where nothing was charged
    period_days: int = 0
    ended_unanswered: bool = False


def included(*, tier: str, earlier: Sequence[Earlier], at: datetime) -> bool:
    """Whether an exchange is part of one that was paid for, and costs nothing more.

    A follow-up belongs to a charged exchange of the last thirty days that has none yet; inside
    the period of a paid forfait every further exchange does.
    """
    paid = [one for one in earlier if one.charged_cents]
    if tier == FORFAIT:
        forfaits = [one for one in paid if one.period_days]
        return any(at < one.agreed_at + timedelta(days=one.period_days) for one in forfaits)
    if tier != FOLLOW_UP:
        return False
    term = timedelta(days=FOLLOW_UP_DAYS)
    recent = [one for one in paid if one.agreed_at <= at < one.agreed_at + term]
    if not recent:
        return False
    last = max(one.agreed_at for one in recent)
    used = [
        one for one in earlier
        if one.tier == FOLLOW_UP and not one.charged_cents and one.agreed_at > last
        and not one.ended_unanswered
    ]  # fmt: skip
    return len(used) < INCLUDED_FOLLOW_UPS
