"""A worker that dies by SIGKILL at a named point of a named call.

POINT is `before` the call leaves, `after` its answer is in hand, or `entry`, in the middle of the
transaction that writes what came of it. With WHOSE something is asked for first, as a page would:
a payment's id opens its page, `again:` and that id the page of one more hold, `account:` and a
physician's id their account. HOURS is how far ahead its clock is.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from audit.facts import SYSTEM
from billing import gateway
from billing.actions import onboarding, payments, reconciling, renewing, steps, work
from tests.waiting import PATIENCE_SECONDS

POINTS = ("before", "after", "entry")
WRITING = (steps, reconciling, onboarding)  # whatever writes entries about money
SITE = "http://localhost"


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


def asks(whose: str, now: datetime) -> None:
    """Ask for a page or an account, as somebody does who waits for it."""
    kind, _, of = whose.rpartition(":")
    if kind == "account":
        onboarding.open_account(physician_id=UUID(of), actor=SYSTEM, now=now)
    else:
        opens = renewing.open_renewal if kind == "again" else payments.open_payment
        opens(leg_id=UUID(of), return_url=SITE, now=now)


def main(name: str, point: str, whose: str = "", hours: str = "0") -> None:
    """Work until the planned death."""

    def arm() -> None:
        for module in WRITING:
            module.record = die  # type: ignore[assignment]

    setattr(gateway, name, armed(getattr(gateway, name), point, arm))
    ahead = timedelta(hours=float(hours))
    if whose:
        asks(whose, timezone.now() + ahead)
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        work.run_due(now=timezone.now() + ahead)
        time.sleep(0.2)
    sys.exit("the planned death did not come")
