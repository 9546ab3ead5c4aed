"""S2: a breach is seen within a second: the loop never sleeps past a deadline, nor any longer.

How long a round takes is the machine's; how long the loop sleeps is its own, and tried on a clock
that only the test moves.
"""

import threading
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.worker import DUE, INSTANT, TICK_SECONDS, Rounds, questions_due
from consults.models import Question
from tests.people import now
from tests.rows.test_s2_express import entries, hurries, offered

__all__ = ["offered"]

MICROSECOND = 0.000001  # the finest that a moment can be told


def after(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def rounds(act) -> Rounds:
    return Rounds("questions", act, threading.Event())


@pytest.mark.parametrize(
    ("ahead", "sleeps"),
    [
        (None, 1.0), (40, 1.0), (1.0, 1.0), (0.9995, 1.0), (0.25, 0.251), (0.0, 0.001),
        (-0.25, 0.001),  # it fell due while the round was under way
        (-5, 1.0),  # it was due before, and the round could not do it
    ],
)  # fmt: skip
def test_a_worker_sleeps_until_something_falls_due_and_a_second_at_most(ahead, sleeps):
    one, at = rounds(lambda at: 0), now()
    assert one.due is DUE["questions"]
    one.began_at = at - after(0.5)
    one.due_at = None if ahead is None else at + after(ahead)
    assert one.idle(at) == pytest.approx(sleeps)


def looped(deadline, at, lasts, *, known_at):
    """When a loop whose rounds last so long sees this deadline, which is there from `known_at`."""
    seen = []

    def act(at) -> int:
        seen.extend([at] * (known_at <= at and deadline < at))
        return len(seen)

    one = rounds(act)
    one.pulsed_at = at + after(3600)  # no sign of life: there is no database here
    while True:
        one.due = lambda at=at: deadline if known_at <= at + after(lasts) else None
        if one.round(at):
            return (seen[0] - deadline).total_seconds()
        at += after(lasts)
        at += after(one.idle(at))


SECONDS = st.floats(0, 4)


@given(ahead=SECONDS, lasts=st.floats(0, 0.9))
def test_a_deadline_that_is_known_is_seen_an_instant_after_it_passed(ahead, lasts):
    at = now()
    late = looped(at + after(ahead), at, lasts, known_at=at)
    assert 0 < late <= lasts + INSTANT + 3 * MICROSECOND


@given(ahead=SECONDS, lasts=st.floats(0, 0.9), known=SECONDS)
def test_a_deadline_that_comes_up_while_the_loop_sleeps_is_seen_by_its_next_round(
    ahead, lasts, known
):
    at = now()
    known_at = at + after(known)
    late = looped(at + after(ahead), at, lasts, known_at=known_at)
    if known <= ahead:  # else it was past when it came up
        assert 0 < late <= TICK_SECONDS + 3 * MICROSECOND


@pytest.fixture
def waiting(offered, physician, database):
    """A paid question that nobody takes, and when its fifteen minutes are over."""
    database.takes_any_moment()
    physician.waiting()
    hurries(offered)
    offered.accepts()
    offered.pays(1)
    offered.pays(2)
    asked = Question.objects.get(pk=offered.question)
    assert asked.state == "queued"
    return asked


def breached(waiting) -> tuple[float, int]:
    """How late it was seen, and how late its entry says."""
    waiting.refresh_from_db()
    (entry,) = entries("question.breached")
    late = waiting.breached_at - waiting.deadline_at
    return late.total_seconds(), entry["data"]["seconds_late"]


@pytest.mark.parametrize("ahead", [0.0, 0.4, 0.9995])
def test_the_round_after_the_sleep_finds_the_question_whose_time_ran_out(waiting, ahead):
    one, at = rounds(questions_due), waiting.deadline_at - after(ahead)
    assert one.round(at) == 0 and one.due_at == waiting.deadline_at
    while not one.round(at := at + after(one.idle(at))):
        pass
    late, said = breached(waiting)
    assert 0 < late <= 2 * INSTANT and said == 0


@pytest.mark.parametrize("ahead", [0.1, 0.9])
def test_a_question_that_comes_up_during_the_sleep_is_found_by_the_next_round(waiting, ahead):
    one, at = rounds(questions_due), waiting.deadline_at - after(ahead)
    assert one.due_at is None, "the loop knows of nothing yet"
    assert one.round(at + after(one.idle(at))) == 1
    late, said = breached(waiting)
    assert late == pytest.approx(TICK_SECONDS - ahead) and said == 0
