"""Stories of the money that Hypothesis makes up: a few in the default suite, many by themselves.

The long run is `python -m tests.billing.marathon`, which plays portions of it in several
processes at once; the portion that it asks for is named by two variables.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import seed
from hypothesis.stateful import run_state_machine_as_test

from billing.actions import work
from tests.billing import trials
from tests.billing.machine import Money, budget
from tests.billing.metered import offer_live
from tests.billing.walk import Walk


@pytest.fixture
def stage(unhurried, walk: Walk, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """People and an account, with everything that may happen to them."""
    clock, trouble = trials.Clock(), trials.Trouble()
    # The daily look at the balances would heal what is to be found here: it is a step of its own.
    monkeypatch.setattr(work, "reconcile_due", lambda **_: 0)
    # A story moves the clock by days and the next begins today, which no real clock does.
    monkeypatch.setattr(work, "close_days", lambda **_: 0)
    offer_live(walk)
    with trials.troubled(clock, trouble):
        Money.home, Money.clock, Money.trouble = walk, clock, trouble
        Money.stories = Money.steps = 0
        yield


# One seed for ever, so that the same stories are told each time. Hypothesis's own way to that, the
# derandomized one, tells hardly any in which money is taken, however many it is asked for.
SEED, STORIES, STEPS = 1, 30, 20
PAID_STORIES = "SELECT count(DISTINCT question) FROM billing_leg WHERE captured_cents > 0"


def test_the_money_is_right_whatever_fails(stage):
    run_state_machine_as_test(seed(SEED)(Money), settings=budget(STORIES, STEPS))
    assert trials.astray() == []
    [(paid,)] = trials.rows(PAID_STORIES)
    assert paid > STORIES / 3, "stories without money prove little about it"


@pytest.mark.long
@pytest.mark.skipif("MARATHON_SEED" not in os.environ, reason="a portion of the marathon")
def test_a_portion_of_the_marathon(stage):
    """MARATHON_STORIES=<stories>x<steps>, from MARATHON_SEED; counts into MARATHON_COUNT."""
    stories, steps = map(int, os.environ["MARATHON_STORIES"].split("x"))
    counted = Path(os.environ["MARATHON_COUNT"])
    Money.on_story = staticmethod(lambda: counted.write_text(str(Money.steps)) and None)
    machine = seed(int(os.environ["MARATHON_SEED"]))(Money)
    run_state_machine_as_test(machine, settings=budget(stories, steps))
    assert trials.astray() == []
