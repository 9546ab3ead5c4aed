"""F13: a breach gives both parties' money back exactly once, and a late answer arrives, free."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from audit.facts import SYSTEM
from audit.law.words import refusal_code
from billing.actions import refunding, work
from broker import relay
from broker.actions.sweeping import pass_deadline, sweep
from consults.models import Question
from consults.queries import thread
from consults.states import LATE_LEFT
from tests import people
from tests.rows.deadlines import (
    SECOND,
    agreed_by_all,
    answered,
    begun,
    entries,
    taken,
)
from tests.walks.faces import signed_in

pytestmark = pytest.mark.usefixtures("unhurried")

ONCE = ("question.breached", "leg.release-ordered")


def state(walk):
    return Question.objects.get(pk=walk.question).state


def test_a_worker_that_dies_in_the_middle_leaves_nothing_and_the_next_does_it_once(
    walk, monkeypatch
):
    walk.held()
    due = begun(walk, people.now())

    def dies():
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(relay, "wake_worker", dies)
        with pytest.raises(SystemExit):
            pass_deadline(question_id=walk.question, now=due + SECOND)
    assert entries(walk, *ONCE) == [] and state(walk) == "queued"
    assert sweep(now=due + 3 * SECOND) == 1
    walk.works()
    assert entries(walk, "question.breached")[0]["data"]["seconds_late"] == 3
    assert len(entries(walk, *ONCE)) == 2
    agreed_by_all(walk, "voided")


def test_two_workers_and_a_doubled_webhook_give_back_once(walk):
    walk.held()
    due = begun(walk, people.now())

    def at_work(worker):
        try:
            pass_deadline(question_id=walk.question, now=due + SECOND)
            for _ in range(3):
                work.run_due(now=people.now())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as two:
        list(two.map(at_work, range(2)))
    for leg in walk.legs().values():
        event = {
            "id": f"evt_{leg.party}", "type": "payment_intent.canceled",
            "data": {"object": {"id": leg.payment_intent}},
        }  # fmt: skip
        if leg.connected_account:
            event["account"] = leg.connected_account.stripe_account
        endpoint = "accounts" if leg.connected_account else "platform"
        assert [walk.told(event, endpoint) for _ in range(2)] == [True, False]
    walk.works()
    assert len(entries(walk, *ONCE)) == 2
    agreed_by_all(walk, "voided")


def test_an_answer_after_a_breach_is_delivered_and_free(walk):
    walk.held()
    due = begun(walk, people.now())
    lease = taken(walk, due - 60 * SECOND)
    assert sweep(now=due + SECOND) == 1
    assert state(walk) == "claimed"  # the physician is at it
    walk.works()
    said = answered(walk, lease, due + 90 * SECOND)
    assert said.answer_id and not said.charged and refusal_code(said.decision) == "ANSWERED_LATE"
    walk.works()
    assert people.ANSWER in [one.body for one in thread(walk.question)]
    assert len(entries(walk, *ONCE)) == 2 and entries(walk, "gate.refused")
    agreed_by_all(walk, "voided")
    page = signed_in(walk.patient).get(f"/questions/{walk.question}/").content.decode()
    assert "après le délai convenu" in page


def test_an_answer_before_any_worker_saw_the_breach_is_free_all_the_same(walk):
    walk.held()
    due = begun(walk, people.now())
    said = answered(walk, taken(walk, due - 60 * SECOND), due + 2 * SECOND)
    assert said.answer_id and not said.charged
    walk.works()
    (breached,) = entries(walk, "question.breached")
    assert breached["data"] == {"seconds_late": 2}
    agreed_by_all(walk, "voided")


def test_a_late_question_is_left_to_its_physician_while_they_are_there_and_for_a_day(walk):
    walk.held()
    due = begun(walk, people.now())
    taken(walk, due - 60 * SECOND)
    assert sweep(now=due + SECOND) == 1
    assert sweep(now=due + 2 * SECOND) == 0 and state(walk) == "claimed"
    away = due + 700 * SECOND  # the lease has run out: nobody is at it any more
    assert sweep(now=away) >= 1
    sweep(now=away)
    assert state(walk) == "expired"
    assert len(entries(walk, "question.breached")) == 1
    assert LATE_LEFT.total_seconds() == 24 * 3600


def test_what_was_taken_already_is_refunded_once_each_on_its_own(walk):
    walk.held()
    begun(walk, people.now())
    assert answered(walk, taken(walk, people.now()), people.now()).charged
    walk.works()
    for _ in range(2):
        with transaction.atomic():
            refunding.refund_all(
                question_id=walk.question, reason="breach", actor=SYSTEM, now=people.now()
            )
        walk.works()
    ordered = entries(walk, "leg.refund-ordered")
    assert sorted(one["data"]["refund_cents"] for one in ordered) == [300, 1500]
    assert len(walk.server.sandbox.store.every("refund")) == 2
    assert set(walk.states().values()) == {"refunded"}
    walk.sums()


def test_nothing_is_owed_at_the_practice_either_once_the_time_has_passed(walk):
    walk.held(settlement="off_platform")
    due = begun(walk, people.now())
    sweep(now=due + SECOND)
    walk.works()
    assert walk.states() == {"honoraires": "voided", "platform": "voided"}
    (intent,) = [one for _, one in walk.server.sandbox.store.every("payment_intent")]
    assert intent["status"] == "canceled"
    assert all(not accounts for accounts in walk.sums().values())


def test_a_free_question_that_nobody_answered_ends_like_any_other(walk):
    walk.asks_for(0)
    walk.accepted()
    due = begun(walk, people.now())
    sweep(now=due + SECOND)
    walk.works()
    assert state(walk) == "expired" and len(entries(walk, *ONCE)) == 1
    assert walk.server.sandbox.store.every("payment_intent") == []
