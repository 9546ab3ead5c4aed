"""S1: a written question answered within 48 hours, which are 172 800 seconds of UTC."""

from datetime import UTC, datetime, timedelta

import pytest

from broker.actions import offering
from broker.actions.sweeping import pass_deadline, sweep
from broker.rules import deadline, seconds_late
from consults.calendar import PARIS
from consults.models import Question
from tests import people
from tests.rows.deadlines import (
    HOURS_48,
    SECOND,
    agreed_by_all,
    answered,
    begun,
    entries,
    taken,
)
from tests.walks.faces import signed_in

pytestmark = pytest.mark.usefixtures("unhurried")

CLOCKS = [
    # accepted in Paris the day before the clocks change, and due in Paris
    ("2026-03-28 12:00", "2026-03-30 13:00", "30 mars, 13:00"),
    ("2026-10-24 12:00", "2026-10-26 11:00", "26 octobre, 11:00"),
]


def paris(said: str) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=PARIS)


@pytest.mark.parametrize(("accepted", "due", "_shown"), CLOCKS)
def test_the_time_is_elapsed_seconds_across_both_clock_changes(accepted, due, _shown):
    begins, ends = paris(accepted), paris(due)
    assert deadline(answer_within_seconds=172_800, ready_at=begins) == ends
    assert ends.astimezone(UTC) - begins.astimezone(UTC) == HOURS_48
    assert seconds_late(deadline_at=ends, now=ends) == 0
    assert seconds_late(deadline_at=ends, now=ends + SECOND) == 1


@pytest.mark.parametrize(("accepted", "due", "shown"), CLOCKS)
def test_pages_show_the_time_of_paris_on_the_day_it_is_due(walk, accepted, due, shown):
    walk.asks_for(0)
    walk.accepted()
    assert begun(walk, paris(accepted)) == paris(due)
    page = signed_in(walk.patient).get(f"/questions/{walk.question}/").content.decode()
    assert shown in page
    assert paris(due).astimezone(UTC).strftime("%Y-%m-%dT%H:%M") in page  # counted down from


def test_an_answer_one_second_before_the_end_is_in_time_and_taken(walk):
    offering.offer_tier(tier="async-48h", platform_cents=299, actor=people.CLERK, now=people.now())
    assert (walk.held().honoraires_cents, walk.legs()["platform"].amount_cents) == (1500, 299)
    start = people.now()
    due = begun(walk, start)
    assert due - start == HOURS_48
    assert answered(walk, taken(walk, due - 60 * SECOND), due - SECOND).charged
    walk.works()
    sweep(now=due + SECOND)
    walk.works()
    assert entries(walk, "question.breached") == []
    agreed_by_all(walk, "captured")


def test_one_second_after_the_end_both_payments_go_back_without_anybody(walk):
    walk.held()
    due = begun(walk, people.now())
    assert sweep(now=due) == 0  # at the very end there is still time
    assert sweep(now=due + SECOND) == 1
    walk.works()
    (breached,) = entries(walk, "question.breached")
    assert breached["data"] == {"seconds_late": 1} and breached["actor"]["kind"] == "system"
    assert Question.objects.get(pk=walk.question).state == "expired"
    agreed_by_all(walk, "voided")
    pass_deadline(question_id=walk.question, now=due + timedelta(days=1))
    assert len(entries(walk, "question.breached", "leg.release-ordered")) == 2
