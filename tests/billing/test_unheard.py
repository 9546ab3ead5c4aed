"""Whatever goes wrong between us and Stripe, the money is taken once and the books are right."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from billing.actions import payments, refunding, work
from billing.gateway import Refused
from billing.models import Attempt, Op, StripeEvent
from billing.sandbox import faults
from billing.sandbox.post import signature
from tests.billing.conftest import SECRETS
from tests.billing.test_faults import DONE, plant
from tests.billing.test_sandbox import control
from tests.billing.walk import Walk, browse
from tests.people import now


def later(rounds: int, minutes: int = 6) -> None:
    for n in range(rounds):
        work.run_due(now=now() + timedelta(minutes=minutes * n))


def asked(walk: Walk, word: str) -> list[dict]:
    return [one for one in walk.server.sandbox.store.requests() if word in one["path"]]


def lines_there(walk: Walk) -> list[int]:
    """The amounts that moved on any balance, in order."""
    return [one["amount"] for _, one in walk.server.sandbox.store.every("balance_transaction")]


def books_are_right(walk: Walk, *, own: int = 1500) -> None:
    sums = walk.sums()
    assert sums["platform"] == {
        "platform_fee": -250, "vat_due": -50, "stripe": 270, "stripe_fees": 30,
    }  # fmt: skip
    mine = sums[f"dr:{walk.physician.physician.rpps}"]
    assert (mine["honoraires"], mine["stripe"] + mine["stripe_fees"]) == (-own, own)


@pytest.fixture
def answered(walk: Walk, unhurried) -> Walk:
    """Asked for before anybody is impatient, so that only the capture is hurried."""
    walk.held()
    walk.answers()
    return walk


@pytest.mark.parametrize(
    ("kind", "leg"),
    [
        *((kind, "honoraires") for kind in faults.CALLS),
        ("lost_answer", "platform"),
        *(pytest.param(kind, "platform", marks=pytest.mark.long) for kind in faults.CALLS[1:]),
    ],
)
def test_whatever_strikes_a_capture_each_leg_is_taken_once(answered: Walk, impatient, kind, leg):
    walk = answered
    plant(walk.server, kind, "/capture", method="POST", leg=leg)
    later(14)
    assert Attempt.objects.filter(outcome__startswith="unknown").exists()
    assert walk.states() == {"honoraires": "captured", "platform": "captured"}
    assert sorted(lines_there(walk)) == [300, 1500]
    books_are_right(walk)
    assert not Op.objects.filter(state="live").exists()
    keys = {one["headers"]["idempotency-key"] for one in asked(walk, "/capture")}
    again = kind == "error_500"  # that answer is kept: a new key was needed, and only then
    assert len(keys) == 2 + again
    if kind in DONE:  # a fetch showed it: nothing was sent twice
        assert len(asked(walk, "/capture")) == 2


@pytest.mark.parametrize("kind", ["lost_answer", "reset", "error_500"])
def test_whatever_strikes_a_release_both_holds_go_back(walk: Walk, unhurried, kind):
    walk.held()
    with work.transaction.atomic():
        payments.release(
            question_id=walk.question, reason="withdrawn", actor=walk.patient.actor, now=now()
        )
    plant(walk.server, kind, "/cancel")
    later(14)
    assert set(walk.states().values()) == {"voided"}
    assert lines_there(walk) == []
    assert all(not accounts for accounts in walk.sums().values())
    assert not Op.objects.filter(state="live").exists()


@pytest.fixture
def paid(answered: Walk) -> Walk:
    answered.works()
    return answered


def refunded(walk: Walk, cents: int) -> Op:
    with work.transaction.atomic():
        return refunding.refund(
            leg_id=walk.legs()["honoraires"].id, amount_cents=cents, reason="goodwill",
            actor=walk.physician.actor, now=now(),
        )  # fmt: skip


def given_back(walk: Walk) -> list[int]:
    return [one["amount"] for _, one in walk.server.sandbox.store.every("refund")]


@pytest.mark.parametrize("kind", ["slow", "reset", "rate_429", "down"])
def test_whatever_strikes_a_refund_it_is_given_once(paid: Walk, impatient, kind):
    refunded(paid, 500)
    plant(paid.server, kind, "/v1/refunds", method="POST")
    later(4)
    assert given_back(paid) == [500]
    assert paid.states() == {"honoraires": "part_refunded", "platform": "captured"}
    books_are_right(paid, own=1000)


def test_a_refund_whose_key_stripe_forgot_is_not_given_again(paid: Walk):
    op = refunded(paid, 500)
    plant(paid.server, "lost_answer", "/v1/refunds", method="POST")
    work.carry_out(op_id=op.id, now=now())
    paid.server.sandbox.store.advance(25 * 3600)
    later(3)
    assert given_back(paid) == [500]
    assert len([one for one in asked(paid, "/v1/refunds") if one["method"] == "POST"]) == 1
    books_are_right(paid, own=1000)


def test_a_capture_whose_key_stripe_forgot_is_not_taken_again(walk: Walk, unhurried):
    walk.held()
    walk.answers()
    plant(walk.server, "lost_answer", "/capture")
    work.run_due(now=now())
    walk.server.sandbox.store.advance(25 * 3600)
    later(4)
    assert sorted(lines_there(walk)) == [300, 1500]
    books_are_right(walk)


def test_while_one_account_is_down_the_fee_waits_and_another_physician_is_paid(
    walk: Walk, unhurried
):
    other = Walk.begun(walk.server)
    for one in (walk, other):
        one.held()
        one.answers()
    account = walk.legs()["honoraires"].connected_account.stripe_account
    plant(walk.server, "down", "", account=account, times=faults.FOR_EVER)
    later(4)
    assert walk.states() == {"honoraires": "capturing", "platform": "authorised"}
    assert other.states() == {"honoraires": "captured", "platform": "captured"}
    walk.server.sandbox.store.lift()
    for n in range(4, 8):
        work.run_due(now=now() + timedelta(minutes=6 * n))
    assert walk.states() == {"honoraires": "captured", "platform": "captured"}
    assert sorted(lines_there(walk)) == [300, 300, 1500, 1500]


def test_an_account_restricted_after_the_hold_is_still_paid_and_takes_no_new_card(
    walk: Walk, unhurried
):
    walk.held()
    next_one = walk.again()
    next_one.accepted()
    account = walk.legs()["honoraires"].connected_account.stripe_account
    control(walk.server.sandbox.base, "account/restrict", account=account)
    with pytest.raises((payments.PaymentUnavailable, Refused)):
        next_one.page_of("honoraires")
    walk.answers()
    later(4)
    assert walk.states() == {"honoraires": "captured", "platform": "captured"}
    books_are_right(walk)


# --- webhooks, through the real door
def delivered(walk: Walk, *, rounds: int = 3) -> list[str]:
    """Everything in the post that is due goes through the endpoints; the types that went."""
    store, went = walk.server.sandbox.store, []
    for _ in range(rounds):
        for one in store.waiting():
            payload = one.event.encode()
            door = {"platform": "/stripe/plateforme/", "accounts": "/stripe/comptes/"}
            answer = Client().post(
                door[one.endpoint], payload, content_type="application/json",
                headers={"Stripe-Signature": signature(SECRETS[one.endpoint], payload,
                                                       int(now().timestamp()))},
            )  # fmt: skip
            assert answer.status_code == 200
            store.sent(one.n)
            went.append(json.loads(payload)["type"])
    return went


@pytest.fixture
def silent_post(walk: Walk) -> Walk:
    """Nothing is delivered by itself: the test carries the post."""
    walk.server.sandbox.post.stop()
    walk.server.sandbox.post.join()
    walk.accepted()
    delivered(walk)
    return walk


@pytest.mark.parametrize("kind", faults.WEBHOOKS)
def test_whatever_happens_to_an_event_the_hold_is_found_once(silent_post: Walk, unhurried, kind):
    walk = silent_post
    held = "payment_intent.amount_capturable_updated"
    control(
        walk.server.sandbox.base, "faults", kind=kind, path=held, leg="honoraires", seconds=3600
    )
    browse(walk.page_of("honoraires"), number="4242424242424242")
    went = delivered(walk)
    completed = "checkout.session.completed"
    assert (
        went
        == {
            "webhook_lost": [completed],
            "webhook_doubled": [held, held, completed],
            "webhook_reordered": [completed, held],
            "webhook_late": [completed],
        }[kind]
    )
    assert StripeEvent.objects.count() == len(set(went))
    work.run_due(now=now())
    assert walk.states()["honoraires"] == "authorised"
    if kind == "webhook_late":
        control(walk.server.sandbox.base, "clock", seconds=3601)
        assert delivered(walk) == [held]
        work.run_due(now=now())
    assert walk.states()["honoraires"] == "authorised"
    assert walk.sums()[f"dr:{walk.physician.physician.rpps}"]["memo_held"] == 1500
