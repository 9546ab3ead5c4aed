"""A question whose holds would lapse before its answer, and holds that are placed again."""

import json
from datetime import datetime, timedelta

from billing.actions import work
from billing.models import Leg
from tests.billing.walk import OK, Walk, browse
from tests.people import now

HELD_HOURS, LATER_HOURS = 24, 13  # how long a hold stands, and when its patient has been asked


def later(minutes: int = 0) -> datetime:
    """The moment at which one more hold is asked for, or so many minutes after it."""
    return now() + timedelta(hours=LATER_HOURS, minutes=minutes)


def waiting(walk: Walk) -> None:
    """Both holds stand for a day, the answer is due in two, and the patient was asked again."""
    _does(walk, "holds", seconds=HELD_HOURS * 3600)
    walk.held()
    walk.waits()
    _does(walk, "clock", seconds=LATER_HOURS * 3600)
    work.run_due(now=later())


def types_a_card(page: str) -> None:
    """The patient places one more hold on its page; nobody here looks."""
    assert browse(page, number=OK)[0] in (302, 303)


def works(rounds: int = 7) -> None:
    """Another worker, a dead attempt's minute later, and again."""
    for n in range(1, rounds):
        work.run_due(now=later(2 * n))


def one_hold_each(walk: Walk, status: str) -> None:
    """At Stripe each payment has one hold that stands or was taken, the one that counts."""
    every = [one for _, one in walk.server.sandbox.store.every("payment_intent")]
    left = {one["id"]: one["status"] for one in every if one["status"] != "canceled"}
    counted = Leg.objects.filter(question=walk.question).values_list("payment_intent", flat=True)
    assert left == dict.fromkeys(counted, status)


def _does(walk: Walk, act: str, **said: object) -> None:
    walk.server.sandbox.control("POST", f"/_sandbox/{act}", json.dumps(said))
