"""A worker that dies by SIGKILL at a named point of a named call.

POINT is `before` the call leaves, `after` its answer is in hand, or `entry`, in the middle of the
transaction that writes what came of it. With LEG the call is the opening of that payment's page,
with `again:LEG` the page of one more hold for it. HOURS is how far ahead its clock is.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from billing import gateway
from billing.actions import payments, renewing, steps, work

POINTS = ("before", "after", "entry")
PATIENCE_SECONDS = 60


def die(*_: Any, **__: Any) -> None:
    """End this process at once, as the kernel ends one that is out of memory."""
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(PATIENCE_SECONDS)


def armed(call: Callable[..., Any], point: str, arm: Callable[[], None]) -> Callable[..., Any]:
    """The call with its end before it, after it, or when the next entry is written."""

    def deadly(**said: Any) -> Any:
        if point == "before":
            die()
        answer = call(**said)
        if point == "after":
            die()
        arm()
        return answer

    return deadly


def main(name: str, point: str, leg: str = "", hours: str = "0") -> None:
    """Work until the planned death."""

    def arm() -> None:
        steps.record = die  # type: ignore[assignment]

    setattr(gateway, name, armed(getattr(gateway, name), point, arm))
    ahead = timedelta(hours=float(hours))
    if leg:
        again, _, of = leg.rpartition(":")
        opens = renewing.open_renewal if again else payments.open_payment
        opens(leg_id=UUID(of), return_url="http://localhost", now=timezone.now() + ahead)
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        work.run_due(now=timezone.now() + ahead)
        time.sleep(0.2)
    sys.exit("the planned death did not come")
