"""Two ends of one payment at the same instant: one of them happens, whole, and once."""

from contextlib import suppress
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from billing.actions import renewing, work
from billing.actions.payments import PaymentUnavailable
from billing.models import Renewal
from broker.actions.sweeping import pass_deadline
from tests.billing.walk import SITE
from tests.faults import again
from tests.faults.together import together
from tests.people import now
from tests.rows import deadlines


@pytest.mark.parametrize("seconds", [-1, 1], ids=["in-time", "late"])
def test_a_breach_at_the_instant_of_an_answer_takes_both_or_gives_both_back(
    walk, unhurried, seconds
):
    walk.held()
    due = deadlines.begun(walk, now())
    late, signed = due + deadlines.SECOND, due + timedelta(seconds=seconds)
    lease = deadlines.taken(walk, due - timedelta(minutes=1))
    together(
        [
            *[partial(pass_deadline, question_id=walk.question, now=late)] * 4,
            partial(deadlines.answered, walk, lease, signed),
            *[partial(work.run_due, now=late)] * 3,
        ]
    )
    for minutes in range(2, 12, 2):
        work.run_due(now=late + timedelta(minutes=minutes))
    taken = set(walk.states().values()) == {"captured"}
    assert not (taken and seconds > 0)
    deadlines.agreed_by_all(walk, "captured" if taken else "voided")
    breaches = deadlines.entries(walk, "question.breached")
    assert len(breaches) == (0 if taken else 1)


def look(renewal_id: UUID) -> None:
    """Look at one more hold, as its return does; who gets no answer leaves it to the worker."""
    with suppress(PaymentUnavailable):
        renewing.reconcile_renewal(renewal_id=renewal_id, now=again.later(1))


def test_a_hold_placed_again_at_the_instant_of_its_capture_is_taken_once(walk, unhurried):
    again.waiting(walk)
    for leg in walk.legs().values():
        again.types_a_card(
            renewing.open_renewal(leg_id=leg.id, return_url=SITE, now=again.later())
        )
    looks = [partial(look, one.id) for one in Renewal.objects.all()]
    together([*looks * 2, walk.answers, *[partial(work.run_due, now=again.later(1))] * 3])
    again.works(16)
    assert set(walk.states().values()) == {"captured"}
    again.one_hold_each(walk, "succeeded")
    assert walk.sums()
