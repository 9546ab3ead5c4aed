"""The queue's order: need first, then one's own patient, then the deadline."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from broker.rules import Candidate, Waiting, deadline, queue_order, route, seconds_late

NOW = datetime(2026, 3, 28, 20, tzinfo=UTC)


def waiting(severity="routine", own=False, due=0, opened=0):
    hours = timedelta(hours=1)
    return Waiting(uuid4(), severity, own, NOW + due * hours, NOW + opened * hours)


def test_severity_outranks_the_own_patient_and_the_deadline():
    urgent, own, soon, later = (
        waiting("urgent", due=40), waiting(own=True, due=40), waiting(due=1), waiting(due=2)
    )  # fmt: skip
    assert queue_order([later, soon, own, urgent]) == [urgent, own, soon, later]


def test_an_unknown_severity_is_treated_as_urgent():
    odd, medium = waiting("?", due=9), waiting("soon", own=True)
    assert queue_order([medium, odd]) == [odd, medium]


SEVERITY = st.sampled_from(["urgent", "soon", "routine"])


@given(st.lists(st.builds(waiting, SEVERITY, st.booleans(), st.integers(0, 50)), max_size=12))
def test_the_order_does_not_depend_on_arrival(some):
    assert queue_order(some) == queue_order(reversed(some))


def test_the_order_sees_no_price_and_no_tier():
    assert not {name for name in Waiting.__annotations__ if "cents" in name or "tier" in name}


def test_a_routing_names_fifty_and_counts_everyone():
    near = Candidate(uuid4(), same_departement=True)
    far = [Candidate(uuid4()) for _ in range(60)]
    out = [Candidate(uuid4(), "INSURANCE_LAPSED"), Candidate(uuid4(), "INSURANCE_LAPSED")]
    data = route([*far, near, *out]).as_data()
    assert data["candidates"][0] == str(near.physician_id)
    assert (len(data["candidates"]), data["kept"]) == (50, 61)
    assert data["excluded"] == {"INSURANCE_LAPSED": 2}


def test_forty_eight_hours_are_elapsed_seconds_across_the_clock_change():
    due = deadline(answer_within_seconds=172_800, ready_at=NOW)
    assert (due - NOW).total_seconds() == 172_800
    assert seconds_late(deadline_at=due, now=due + timedelta(seconds=1)) == 1
    assert seconds_late(deadline_at=due, now=due - timedelta(seconds=1)) == 0
