"""A physician cuts the platform off and lets it in again: what happened meanwhile is made good."""

import json
from datetime import datetime, timedelta

import pytest

from billing import gateway
from billing.actions import onboarding, payments, work
from billing.actions.reconciling import compare, sides
from billing.models import Op
from billing.sandbox import balances, refunds
from broker.actions.rejudging import settle_incidents
from consults.queries.record import named
from tests.billing.test_refunds import captured
from tests.billing.trials import balances as balances_of
from tests.billing.trials import replayed
from tests.billing.walk import Walk, browse, enabled_account
from tests.people import now
from tests.rows.test_f13_part_under_way import found_wrong, given_back, later, ordered

pytestmark = pytest.mark.usefixtures("unhurried")


def does(walk: Walk, act: str, **said: object) -> None:
    walk.server.sandbox.control("POST", f"/_sandbox/{act}", json.dumps(said))


def cut(walk: Walk) -> None:
    does(walk, "account/cut", account=walk.account)


def let_in(walk: Walk) -> None:
    does(walk, "account/join", account=walk.account)


def rounds(at: datetime, many: int = 4) -> None:
    for n in range(many):
        work.run_due(now=at + timedelta(minutes=6 * n))


@pytest.mark.parametrize("told", [True, False], ids=["told of the cut", "never told"])
def test_a_hold_that_ran_out_unseen_and_was_taken_is_given_back(walk: Walk, told: bool):
    walk.held()
    leg = walk.legs()["honoraires"]
    cut(walk)
    if told:
        onboarding.refresh_account(stripe_account=walk.account, now=now())
    does(walk, "hold/take", intent=leg.payment_intent)  # by its holder, while nobody can look
    over = leg.capture_before + timedelta(hours=1)
    payments.reconcile(leg_id=leg.id, now=over)
    assert walk.states()["honoraires"] == "expired"
    rounds(over)
    assert walk.states()["honoraires"] == "expired"  # still cut
    let_in(walk)
    onboarding.refresh_account(stripe_account=walk.account, now=over + timedelta(hours=1))
    rounds(over + timedelta(hours=1))
    assert walk.states()["honoraires"] == "refunded"
    assert given_back(walk) == [1500]
    rounds(over + timedelta(hours=2))
    assert given_back(walk) == [1500] and not Op.objects.filter(state="live").exists()
    replayed(leg.subject)


def placed_unseen(walk: Walk) -> datetime:
    """A hold placed on a page, then the cut; the page is given up at the moment returned."""
    walk.accepted()
    browse(walk.page_of("honoraires"), number="4242424242424242")
    cut(walk)
    late = now() + timedelta(hours=25)
    payments.reconcile(leg_id=walk.legs()["honoraires"].id, now=late)
    return late


def test_a_hold_placed_unseen_on_a_page_that_was_given_up_does_not_stand(walk: Walk):
    late = placed_unseen(walk)
    assert walk.states()["honoraires"] == "expired"
    [(_, intent)] = walk.server.sandbox.store.every("payment_intent")
    assert intent["status"] == "requires_capture"
    let_in(walk)
    rounds(late)
    [(_, intent)] = walk.server.sandbox.store.every("payment_intent")
    assert intent["status"] == "canceled"
    assert walk.states()["honoraires"] == "expired"
    looked = walk.legs()["honoraires"].looked_at
    assert looked is not None
    rounds(late + timedelta(hours=1))
    assert walk.legs()["honoraires"].looked_at == looked  # seen once


def test_a_refund_that_a_cut_account_does_not_take_is_given_when_we_are_let_in(walk: Walk):
    captured(walk)
    found_wrong(walk)
    cut(walk)
    work.run_due(now=now())
    assert walk.states() == {"honoraires": "captured", "platform": "refunded"}
    assert Op.objects.filter(state="live", kind="refund").count() == 1  # shown as under way
    let_in(walk)
    later(walk)
    assert walk.states()["honoraires"] == "refunded"
    assert given_back(walk) == [300, 1500] and len(ordered(walk)) == 2
    replayed(walk.legs()["platform"].subject)


def test_a_refund_that_a_dispute_refuses_is_given_once_the_dispute_is_won(walk: Walk):
    captured(walk)
    found_wrong(walk)
    store, leg = walk.server.sandbox.store, walk.legs()["honoraires"]
    with store.lock:
        made = balances.contest(store, leg.payment_intent)
    work.run_due(now=now())
    assert walk.states()["honoraires"] == "disputed"
    assert not Op.objects.filter(state="live").exists()
    with store.lock:
        balances.close(store, made["id"], won=True)
    walk.looks("honoraires")
    later(walk)
    settle_incidents(now=now())
    assert walk.states()["honoraires"] == "refunded"
    assert given_back(walk) == [300, 1500]
    replayed(leg.subject)


def test_a_dispute_that_is_won_while_it_refuses_a_refund_keeps_it_from_nobody(
    walk: Walk, monkeypatch
):
    captured(walk)
    found_wrong(walk)
    store, leg, really = walk.server.sandbox.store, walk.legs()["honoraires"], gateway.refund
    with store.lock:
        made = balances.contest(store, leg.payment_intent)

    def struck(**said: str) -> None:
        try:
            really(**said)
        except gateway.Refused:
            does(walk, "dispute/close", dispute=made["id"], won=True)
            raise

    monkeypatch.setattr(gateway, "refund", struck)
    later(walk)
    assert walk.states()["honoraires"] == "refunded"
    assert given_back(walk) == [300, 1500]
    replayed(leg.subject)


def test_an_event_that_comes_first_lets_no_hold_stand_either(walk: Walk):
    late, leg = placed_unseen(walk), walk.legs()["honoraires"]
    assert payments.reconcile(leg_id=leg.id, now=late).state == "expired"  # cut: as it is
    let_in(walk)
    payments.reconcile(leg_id=leg.id, now=late)  # as its event makes it
    [(_, intent)] = walk.server.sandbox.store.every("payment_intent")
    assert intent["status"] == "canceled"
    assert walk.states()["honoraires"] == "expired"


@pytest.mark.parametrize("refused", [True, False], ids=["given back", "earned"])
def test_a_line_that_the_daily_look_wrote_first_moves_into_its_questions_book(
    walk: Walk, refused: bool
):
    walk.held()
    leg = walk.legs()["honoraires"]
    does(walk, "hold/take", intent=leg.payment_intent)
    day = timedelta(hours=25)
    does(walk, "clock", seconds=day.total_seconds())
    for side in sides():
        compare(side=side, since=None, now=now() + day)
    assert balances_of(walk.question).get((f"dr:{rpps(walk)}", "external")) is None  # nobody's
    assert walk.sums()[f"dr:{rpps(walk)}"]["external"] == -1500
    assert walk.answers(act_kind="simple_advice" if refused else "telemedicine_act")
    rounds(now() + day)
    assert walk.states()["honoraires"] == ("refunded" if refused else "captured")
    of_question, book = balances_of(walk.question), f"dr:{rpps(walk)}"
    whole = walk.sums()[book]
    assert {name: cents for (of, name), cents in of_question.items() if of == book} == whole
    assert "external" not in whole
    for side in sides():
        assert compare(side=side, since=None, now=now() + day).difference_cents == 0
    replayed(leg.subject)


@pytest.mark.parametrize("refused", [True, False], ids=["refused", "passed"])
def test_a_refund_that_a_daily_look_wrote_first_is_booked_once(walk: Walk, refused: bool):
    walk.held()
    leg = walk.legs()["honoraires"]
    does(walk, "hold/take", intent=leg.payment_intent)
    store, day = walk.server.sandbox.store, timedelta(hours=25)
    intent = store.load(walk.account, leg.payment_intent, "payment_intent")
    with store.lock:  # its holder thinks better of it, on Stripe's own pages
        refunds.make(store, walk.account, intent, {"amount": 1500})
    does(walk, "clock", seconds=day.total_seconds())
    for side in sides():
        compare(side=side, since=None, now=now() + day)
    book = f"dr:{rpps(walk)}"
    assert walk.sums()[book]["stripe"] == -walk.sums()[book]["stripe_fees"]  # came, and went
    walk.answers(act_kind="simple_advice" if refused else "telemedicine_act")
    rounds(now() + day)
    assert walk.states()["honoraires"] == "refunded" and given_back(walk)[-1] == 1500
    of_question, whole = balances_of(walk.question), walk.sums()[book]
    assert {name: cents for (of, name), cents in of_question.items() if of == book} == whole
    assert set(whole) == {"stripe", "stripe_fees"}
    for side in sides():
        assert compare(side=side, since=None, now=now() + day).difference_cents == 0
    replayed(leg.subject)


def rpps(walk: Walk) -> str:
    return named(walk.physician.id).rpps


def test_a_dispute_that_a_daily_look_wrote_first_is_booked_as_one_once_it_is_seen(walk: Walk):
    walk.held()
    leg = walk.legs()["honoraires"]
    does(walk, "hold/take", intent=leg.payment_intent)
    does(walk, "dispute", intent=leg.payment_intent)
    day = timedelta(hours=25)
    does(walk, "clock", seconds=day.total_seconds())
    for side in sides():
        compare(side=side, since=None, now=now() + day)
    book = f"dr:{rpps(walk)}"
    assert balances_of(walk.question).get((book, "stripe")) is None  # two lines that are nobody's
    assert walk.answers().gate_pass
    rounds(now() + day)
    walk.looks("honoraires")
    assert walk.states()["honoraires"] == "disputed"
    of_question, whole = balances_of(walk.question), walk.sums()[book]
    assert {name: cents for (of, name), cents in of_question.items() if of == book} == whole
    assert whole["dispute_hold"] == 1500 and "external" not in whole
    [(_, made)] = walk.server.sandbox.store.every("dispute")
    does(walk, "dispute/close", dispute=made["id"], won=True)
    walk.looks("honoraires")
    assert "dispute_hold" not in walk.sums()[book]
    for side in sides():
        assert compare(side=side, since=None, now=now() + day).difference_cents == 0
    replayed(leg.subject)


def test_what_is_given_back_on_an_account_left_behind_is_not_missed_on_the_next(
    walk: Walk,
):
    captured(walk)
    found_wrong(walk)
    cut(walk)
    onboarding.refresh_account(stripe_account=walk.account, now=now())
    work.run_due(now=now())
    enabled_account(walk.physician)
    let_in(walk)
    rounds(now())
    assert walk.states()["honoraires"] == "refunded" and given_back(walk) == [300, 1500]
    for side in sides():
        assert compare(side=side, since=None, now=now()).difference_cents == 0
    replayed(walk.legs()["honoraires"].subject)
