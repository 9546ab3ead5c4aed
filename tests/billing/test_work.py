"""The worker's part: operations under their own key, lost answers, events in any order, sweeps."""

import random
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from billing import queries
from billing.actions import payments, sweeping, work
from billing.actions.refunding import refund
from billing.models import Leg, Op, StripeEvent
from tests.billing.walk import SITE, Walk, browse
from tests.people import now


def plant(walk: Walk, kind: str, path: str, times: int = 1) -> None:
    walk.server.sandbox.store.plant(kind, path, 0, times)


def captures(walk: Walk) -> list[dict]:
    """Requests that captured something, as the sandbox received them."""
    return [one for one in walk.server.sandbox.store.requests() if "/capture" in one["path"]]


def taken(walk: Walk) -> int:
    return len(walk.server.sandbox.store.every("balance_transaction"))


def test_a_page_whose_answer_was_lost_is_found_again_under_the_same_key(walk: Walk):
    walk.accepted()
    leg = walk.legs()["honoraires"]
    plant(walk, "lost_answer", "checkout/sessions")
    with pytest.raises(payments.PaymentUnavailable):
        payments.open_payment(leg_id=leg.id, return_url=SITE, now=now())
    page = walk.page_of("honoraires")
    assert page == walk.page_of("honoraires")
    assert len(walk.server.sandbox.store.every("checkout.session")) == 1


def test_a_page_whose_answer_was_lost_is_closed_by_a_release(walk: Walk, unhurried):
    walk.accepted()
    leg = walk.legs()["honoraires"]
    plant(walk, "lost_answer", "checkout/sessions")
    with pytest.raises(payments.PaymentUnavailable):
        payments.open_payment(leg_id=leg.id, return_url=SITE, now=now())
    release(walk)
    for later in range(4):
        work.run_due(now=now() + timedelta(minutes=6 * later))
    assert walk.states() == {"honoraires": "voided", "platform": "voided"}
    [(_, session)] = walk.server.sandbox.store.every("checkout.session")
    assert session["status"] == "expired"


def release(walk: Walk) -> None:
    from_door = walk.patient.actor
    with work.transaction.atomic():
        payments.release(question_id=walk.question, reason="withdrawn", actor=from_door, now=now())


def test_events_doubled_and_in_any_order_end_the_same(walk: Walk):
    walk.accepted()
    for party in ("honoraires", "platform"):
        browse(walk.page_of(party), number="4242424242424242")
    assert set(walk.states().values()) == {"authorising"}
    events = [event for _, event in walk.server.sandbox.store.every("event")] * 2
    random.Random(4).shuffle(events)
    assert sum(walk.told(event) for event in events) == len(events) / 2
    walk.works()
    assert set(walk.states().values()) == {"authorised"}
    walk.answers()
    walk.works()
    late = [event for _, event in walk.server.sandbox.store.every("event")]
    for event in reversed(late):
        walk.told(event)
    walk.works()
    assert walk.states() == {"honoraires": "captured", "platform": "captured"}
    assert not StripeEvent.objects.filter(followed_at=None).exists()
    assert walk.sums()["platform"] == {
        "platform_fee": -250, "vat_due": -50, "stripe": 270, "stripe_fees": 30,
    }  # fmt: skip


def test_with_every_webhook_lost_the_sweeper_finds_the_hold(walk: Walk, unhurried):
    walk.accepted()
    browse(walk.page_of("honoraires"), number="4242424242424242")
    work.run_due(now=now() + timedelta(minutes=2))
    assert walk.legs()["honoraires"].state == "authorised"


def test_a_lone_hold_is_given_back_after_thirty_minutes(walk: Walk, unhurried):
    walk.accepted()
    walk.pays("honoraires")
    work.run_due(now=now() + timedelta(minutes=29))
    assert walk.legs()["honoraires"].state == "authorised"
    assert not Op.objects.filter(kind="cancel").exists()
    for later in (31, 32):
        work.run_due(now=now() + timedelta(minutes=later))
    assert walk.states() == {"honoraires": "voided", "platform": "voided"}
    assert all(not accounts for accounts in walk.sums().values())
    assert not queries.ready(walk.question)


def test_both_holds_are_left_alone(walk: Walk, unhurried):
    walk.held()
    work.run_due(now=now() + timedelta(hours=47))
    assert set(walk.states().values()) == {"authorised"}


def test_a_hold_that_lapsed_is_seen_as_expired(walk: Walk, unhurried):
    walk.held()
    walk.server.sandbox.store.advance(8 * 86_400)
    walk.looks("honoraires")
    walk.looks("platform")
    assert set(walk.states().values()) == {"expired"}
    assert all(not accounts for accounts in walk.sums().values())


def test_honoraires_that_cannot_be_captured_take_the_fee_with_them(walk: Walk):
    walk.held()
    assert walk.answers().gate_pass
    walk.server.sandbox.store.advance(8 * 86_400 - 3600)  # the physician's hold has lapsed
    fee = walk.legs()["platform"].payment_intent
    walk.server.sandbox.store._rows("UPDATE object SET due = NULL WHERE id = ?", fee)
    walk.works()
    assert walk.states() == {"honoraires": "capture_lost", "platform": "voided"}
    book = f"dr:{walk.physician.physician.rpps}"
    assert walk.sums() == {"platform": {}, book: {"receivable": 1500, "honoraires": -1500}}
    assert taken(walk) == 0


def test_an_answer_after_the_holds_lapsed_takes_nothing(walk: Walk):
    walk.held()
    walk.server.sandbox.store.advance(8 * 86_400)
    walk.looks("honoraires")
    assert walk.answers().gate_pass
    walk.works()
    assert taken(walk) == 0
    assert walk.states()["honoraires"] == "expired"
    assert walk.states()["platform"] in ("voided", "expired")
    assert all(not accounts for accounts in walk.sums().values())


def test_ten_workers_at_once_capture_once(walk: Walk):
    walk.held()
    walk.answers()
    failures: list[BaseException] = []

    def worker() -> None:
        try:
            for _ in range(3):
                work.run_due(now=now())
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    crew = [threading.Thread(target=worker) for _ in range(10)]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    assert failures == []
    walk.works()
    assert walk.states() == {"honoraires": "captured", "platform": "captured"}
    assert taken(walk) == 2
    assert len(captures(walk)) == 2
    assert Op.objects.filter(kind="capture", state="done").count() == 2


def test_an_event_naming_another_account_is_fetched_with_our_own(walk: Walk):
    walk.held()
    leg = walk.legs()["platform"]
    before = len(walk.server.sandbox.store.requests())
    walk.told(
        {
            "id": "evt_foreign", "type": "payment_intent.succeeded", "account": "acct_other",
            "data": {"object": {"id": leg.payment_intent}},
        }
    )  # fmt: skip
    walk.works()
    sent = walk.server.sandbox.store.requests()[before:]
    fetched = [one for one in sent if not one["path"].startswith("/v1/balance")]
    assert fetched and all("stripe-account" not in one["headers"] for one in fetched)
    assert Leg.objects.get(pk=leg.pk).state == "authorised"


def test_a_silent_payment_service_does_not_keep_the_worker_busy(walk: Walk):
    walk.held()
    for _, event in walk.server.sandbox.store.every("event"):
        walk.told(event)
    plant(walk, "error_500", "/v1/", times=1000)
    assert work.run_due(now=now()) == 0
    assert StripeEvent.objects.filter(followed_at=None).exists()
    walk.server.sandbox.store._rows("DELETE FROM fault")
    assert walk.works()
    assert not StripeEvent.objects.filter(followed_at=None).exists()


def test_one_broken_leg_holds_up_no_other(walk: Walk, unhurried, monkeypatch):
    other = walk.again()
    for one in (walk, other):
        one.held()
        one.answers()
    broken = walk.legs()["honoraires"].id
    real = work.reconcile

    def breaks(*, leg_id, now):
        assert leg_id != broken, "this one is broken"
        return real(leg_id=leg_id, now=now)

    for module in (work, sweeping):
        monkeypatch.setattr(module, "reconcile", breaks)
    monkeypatch.setattr(work, "reconcile_due", lambda **_: 0)  # it would heal the broken one
    for later in range(3):
        work.run_due(now=now() + timedelta(minutes=6 * later))
    assert other.states() == {"honoraires": "captured", "platform": "captured"}
    assert walk.states() == {"honoraires": "capturing", "platform": "authorised"}
    monkeypatch.undo()
    for later in range(3, 6):
        work.run_due(now=now() + timedelta(minutes=6 * later))
    assert walk.states() == {"honoraires": "captured", "platform": "captured"}
    assert taken(walk) == 4


def test_what_keeps_failing_keeps_no_other_payment_from_its_turn(walk: Walk, monkeypatch):
    monkeypatch.setattr(work, "BATCH", 1)
    walk.held()
    walk.answers()
    walk.works(rounds=6)
    plant(walk, "reset", "refunds", times=500)
    with transaction.atomic():
        refund(
            leg_id=walk.legs()["honoraires"].id, amount_cents=100, reason="goodwill",
            actor=walk.patient.actor, now=now(),
        )  # fmt: skip
    work.run_due(now=now())  # fails, and waits for its next try
    other = walk.again()
    other.held()
    other.answers()
    for _ in range(4):
        work.run_due(now=now())
    assert other.legs()["honoraires"].state == "captured"
