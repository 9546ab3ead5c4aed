"""A question whose payments stand is let in, however many others wait for theirs."""

import pytest

from broker.actions import sweeping
from consults.models import Question
from tests.billing.conftest import sandbox, walk  # noqa: F401 - fixtures
from tests.people import now

pytestmark = pytest.mark.django_db


def test_unpaid_questions_hold_up_none_that_is_paid(walk, monkeypatch):  # noqa: F811
    monkeypatch.setattr(sweeping, "LOT", 1)
    walk.accepted()
    paid = walk.again()
    paid.held()
    assert sweeping.admit_paid(now=now()) == 1
    states = dict(Question.objects.values_list("id", "state"))
    assert states == {walk.question: "opened", paid.question: "queued"}
