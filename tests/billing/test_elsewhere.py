"""What the holder of an account does in their own dashboard, or by cutting it, in mid-question."""

import json
from datetime import timedelta

import pytest
from django.db import transaction

from billing import gateway
from billing.actions import onboarding, payments, refunding, work
from billing.actions.reconciling import compare, sides
from billing.models import Attempt, ConnectedAccount, Op, Refund, StripeEvent
from billing.queries import operations_state
from billing.queries.accounts import account_for, takes_cards
from billing.queries.papers import receipts_of
from billing.sandbox import till
from tests.billing.test_closing import auditors_answers
from tests.billing.trials import replayed, rows
from tests.billing.walk import SITE, Walk, browse, enabled_account
from tests.people import now

pytestmark = pytest.mark.usefixtures("unhurried")


def does(walk: Walk, act: str, **said: object) -> dict:
    return walk.server.sandbox.control("POST", f"/_sandbox/{act}", json.dumps(said))


def entries(kind: str) -> int:
    return rows("SELECT count(*) FROM audit_entry WHERE type = %s", kind)[0][0]


def works(after: timedelta = timedelta(), rounds: int = 5) -> None:
    for n in range(rounds):
        work.run_due(now=now() + after + timedelta(minutes=6 * n))


def withdrawn(walk: Walk) -> None:
    with transaction.atomic():
        payments.release(
            question_id=walk.question, reason="withdrawn", actor=walk.patient.actor, now=now()
        )


def refused(walk: Walk) -> None:
    assert walk.answers(act_kind="simple_advice").gate_pass is None


def taken_by_its_holder(walk: Walk, party: str) -> None:
    does(walk, "hold/take", intent=walk.legs()[party].payment_intent)


def given_back_whole(walk: Walk, party: str) -> None:
    leg = walk.legs()[party]
    assert leg.state == "refunded" and leg.elsewhere
    assert leg.captured_cents == leg.refunded_cents == leg.amount_cents
    assert Refund.objects.get().leg_id == leg.id
    assert not Op.objects.filter(state="live").exists()
    assert entries("leg.owed-back") == entries("leg.refunded") == 1
    for accounts in walk.sums().values():  # what Stripe keeps of it is all that stays
        assert set(accounts) <= {"stripe", "stripe_fees"}
    assert receipts_of(walk.question) == []
    replayed(leg.subject)


@pytest.mark.parametrize("end", [refused, withdrawn])
@pytest.mark.parametrize("party", ["honoraires", "platform"])
def test_a_hold_taken_elsewhere_that_nothing_allows_is_given_back_on_its_own_payment(
    walk: Walk, party: str, end, database
):
    walk.held()
    taken_by_its_holder(walk, party)
    end(walk)
    works()
    given_back_whole(walk, party)
    assert auditors_answers(database.url) == [0, 0, 0]
    other = {"honoraires", "platform"} - {party}
    assert walk.legs()[other.pop()].state == "voided"
    for side in sides():
        assert compare(side=side, since=None, now=now()).difference_cents == 0


def test_what_a_bank_took_of_it_for_good_is_no_incident_any_more(walk: Walk):
    walk.held()
    taken_by_its_holder(walk, "honoraires")
    contested = does(walk, "dispute", intent=walk.looks("honoraires").payment_intent)
    refused(walk)
    works()
    assert operations_state(now())["elsewhere"] == 1
    does(walk, "dispute/close", dispute=contested["id"], won=False)
    leg = walk.looks("honoraires")
    assert (leg.state, leg.lost_cents, leg.refunded_cents) == ("charged_back", 1500, 0)
    assert operations_state(now())["elsewhere"] == 0
    replayed(leg.subject)


def passed(walk: Walk) -> None:
    assert walk.answers().gate_pass


@pytest.mark.parametrize("end", [refused, passed])
@pytest.mark.parametrize("party", ["honoraires", "platform"])
def test_what_its_holder_took_and_gave_back_before_anybody_decided_is_in_the_book_once(
    walk: Walk, party: str, end
):
    walk.held()
    taken_by_its_holder(walk, party)
    leg, later = walk.looks(party), now() + timedelta(hours=25)
    mine = next(one for one in sides() if (one.account == "") == (party == "platform"))
    gateway.refund(
        account=mine.account, intent=leg.payment_intent, amount_cents=leg.amount_cents,
        reference="", key="by-hand",
    )  # fmt: skip
    found = compare(side=mine, since=None, now=later)  # both lines, before anybody can say more
    assert (len(found.unexplained), found.difference_cents) == (2, 0)
    end(walk)
    works(timedelta(hours=25))
    assert walk.looks(party).state == "refunded"
    found = compare(side=mine, since=None, now=later + timedelta(hours=2))
    assert (found.unexplained, found.difference_cents) == ([], 0)
    assert "external" not in walk.sums()[mine.book]
    replayed(leg.subject)


def test_what_the_bank_sends_back_of_it_is_still_owed_and_may_be_asked_again(walk: Walk, database):
    walk.accepted()
    for party in ("honoraires", "platform"):
        browse(walk.page_of(party), number="4000000000005126")  # its refunds come back
        walk.looks(party)
    taken_by_its_holder(walk, "honoraires")
    withdrawn(walk)
    works()
    does(walk, "clock", seconds=3600)
    walk.looks("honoraires")
    assert auditors_answers(database.url) == [0, 0, 1]  # nothing allows it, and it is kept
    leg = walk.looks("honoraires")
    assert (leg.state, leg.refunded_cents, leg.refund_ordered_cents) == ("taken_elsewhere", 0, 0)
    [book] = [accounts for accounts in walk.sums().values() if accounts]
    assert book["external"] == -1500
    with transaction.atomic():
        refunding.refund(
            leg_id=leg.id, amount_cents=1500, reason="taken-elsewhere", actor=walk.physician.actor,
            now=now(),
        )  # fmt: skip
    works()
    assert walk.looks("honoraires").state == "refunded"
    replayed(leg.subject)


def test_one_taken_before_anybody_looked_is_given_back_as_well(walk: Walk):
    walk.accepted()
    browse(walk.page_of("honoraires"), number="4242424242424242")
    [(_, intent)] = walk.server.sandbox.store.every("payment_intent")
    does(walk, "hold/take", intent=intent["id"])
    withdrawn(walk)
    works()
    leg = walk.legs()["honoraires"]
    assert (leg.state, leg.refunded_cents) == ("refunded", 1500)
    replayed(leg.subject)


def test_one_taken_elsewhere_early_stands_until_the_gate_and_is_captured_under_its_pass(
    walk: Walk,
):
    walk.held()
    taken_by_its_holder(walk, "honoraires")
    leg = walk.looks("honoraires")
    assert (leg.state, leg.elsewhere) == ("authorised", True)
    assert operations_state(now())["elsewhere"] == 1
    assert walk.answers().gate_pass
    walk.works()
    assert walk.states() == {"honoraires": "captured", "platform": "captured"}
    assert not walk.legs()["honoraires"].elsewhere
    assert (entries("leg.taken-elsewhere"), entries("leg.owed-back")) == (1, 0)
    replayed(leg.subject)


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize("party", ["honoraires", "platform"])
def test_a_part_taken_elsewhere_is_no_capture_and_is_given_back(walk: Walk, party, early):
    walk.held()
    if not early:
        assert walk.answers().gate_pass
    store, intent = walk.server.sandbox.store, walk.legs()[party].payment_intent
    universe = store.universe_of(intent)
    till.capture(store, universe, store.load(universe, intent, "payment_intent"), 100)
    if early:
        assert walk.looks(party).state == "taken_elsewhere"
        assert walk.answers().gate_pass
    works()
    other = {"honoraires": ("platform", "voided"), "platform": ("honoraires", "captured")}[party]
    assert walk.states() == {party: "refunded", other[0]: other[1]}
    leg = walk.legs()[party]
    assert (leg.captured_cents, leg.refunded_cents) == (100, 100)
    assert len(receipts_of(walk.question)) == (party == "platform")
    assert "receivable" not in walk.sums()["platform"]
    replayed(leg.subject)


def test_a_hold_given_back_elsewhere_frees_the_other_and_costs_nothing(walk: Walk):
    walk.held()
    does(walk, "hold/give-back", intent=walk.legs()["honoraires"].payment_intent)
    assert walk.looks("honoraires").state == "voided"
    works(timedelta(minutes=31))
    assert walk.states() == {"honoraires": "voided", "platform": "voided"}
    walk.answers()
    walk.works()
    assert not walk.server.sandbox.store.every("balance_transaction")
    assert not any(walk.sums().values())


def cut_with_a_capture_on_its_way(walk: Walk, monkeypatch) -> None:
    """The capture is carried out, its answer is lost, and the holder cuts the account."""
    walk.held()
    assert walk.answers().gate_pass
    really = gateway.capture

    def unheard(**asked: object) -> None:
        really(**asked)
        does(walk, "account/cut", account=asked["account"])
        raise gateway.Unreachable("timeout")

    monkeypatch.setattr(gateway, "capture", unheard)
    work.run_due(now=now())
    monkeypatch.setattr(gateway, "capture", really)


def test_a_capture_that_may_have_arrived_is_never_called_lost_by_the_clock(
    walk: Walk, monkeypatch
):
    cut_with_a_capture_on_its_way(walk, monkeypatch)
    before = walk.legs()["honoraires"].capture_before
    works(before - now() + timedelta(hours=1), rounds=8)
    assert walk.states()["honoraires"] == "capturing"
    assert operations_state(before + timedelta(hours=1))["untold"] == 1
    assert Attempt.objects.filter(outcome__startswith="not sent").exists()
    does(walk, "account/join", account=account_for(walk.physician.id).stripe_account)
    works(before - now() + timedelta(hours=3))
    assert walk.states()["honoraires"] == "captured"
    replayed(walk.legs()["honoraires"].subject)


def test_an_account_that_was_cut_is_taken_up_again_when_its_holder_lets_us_in(walk: Walk):
    account = account_for(walk.physician.id).stripe_account
    does(walk, "account/cut", account=account)
    onboarding.refresh_account(stripe_account=account, now=now())
    assert not takes_cards(walk.physician.id)
    does(walk, "account/join", account=account)
    onboarding.refresh_account(stripe_account=account, now=now())
    assert takes_cards(walk.physician.id)
    assert entries("connected-account.reopened") == 1
    walk.held()
    assert set(walk.states().values()) == {"authorised"}


def test_beside_an_account_that_was_cut_another_opens_and_each_keeps_its_payments(walk: Walk):
    walk.held()
    walk.answers()
    walk.works()
    first = account_for(walk.physician.id)
    does(walk, "account/cut", account=first.stripe_account)
    onboarding.refresh_account(stripe_account=first.stripe_account, now=now())
    second = enabled_account(walk.physician)
    assert second != first.stripe_account and takes_cards(walk.physician.id)
    assert ConnectedAccount.objects.filter(physician=walk.physician.id).count() == 2
    again = walk.again()
    again.held()
    again.answers()
    again.works()
    accounts = {one.legs()["honoraires"].connected_account_id for one in (walk, again)}
    assert len(accounts) == 2
    for side in sides():
        assert compare(side=side, since=None, now=now()).difference_cents == 0
    does(walk, "account/join", account=first.stripe_account)
    onboarding.refresh_account(stripe_account=first.stripe_account, now=now())
    assert account_for(walk.physician.id).stripe_account == second
    replayed(again.legs()["honoraires"].subject)


def test_events_of_an_account_that_was_cut_hold_up_no_others(walk: Walk):
    walk.held()
    for party, account in (("honoraires", walk.account), ("platform", "")):
        about = {"object": {"id": walk.legs()[party].payment_intent}}
        walk.told({"id": party, "type": "charge.refunded", "account": account, "data": about})
    does(walk, "account/cut", account=walk.account)
    work.run_due(now=now())
    waiting = StripeEvent.objects.filter(followed_at=None)
    assert [one.id for one in waiting] == ["honoraires"]


def test_a_page_on_an_account_that_was_cut_ends_by_its_own_date(walk: Walk):
    walk.accepted()
    walk.page_of("honoraires")
    does(walk, "account/cut", account=account_for(walk.physician.id).stripe_account)
    withdrawn(walk)
    works(timedelta(hours=1))
    assert walk.states()["honoraires"] == "authorising"
    works(timedelta(hours=25))
    assert walk.states() == {"honoraires": "expired", "platform": "voided"}
    assert not Op.objects.filter(state="live").exists()


def test_a_restricted_account_keeps_the_hold_that_stands_and_gets_it(walk: Walk):
    walk.held()
    account = account_for(walk.physician.id).stripe_account
    does(walk, "account/restrict", account=account)
    onboarding.refresh_account(stripe_account=account, now=now())
    assert not takes_cards(walk.physician.id)
    assert walk.answers().gate_pass
    walk.works()
    assert walk.states() == {"honoraires": "captured", "platform": "captured"}


def test_a_second_payment_left_at_its_bank_frees_the_first_and_a_new_quote_goes_through(
    walk: Walk,
):
    walk.accepted()
    walk.pays("honoraires")
    browse(walk.page_of("platform"), number="4000002500003155")  # 3-D Secure, and nothing more
    assert walk.looks("platform").state == "action_required"
    works(timedelta(minutes=31))
    assert walk.states() == {"honoraires": "voided", "platform": "voided"}
    assert {one["status"] for _, one in walk.server.sandbox.store.every("payment_intent")} == {
        "canceled"
    }
    walk.held()
    assert set(walk.states().values()) == {"authorised"}
    assert payments.reconcile(leg_id=walk.legs()["platform"].id, now=now()).state == "authorised"


def test_a_refused_card_is_followed_by_another_on_the_same_page(walk: Walk):
    walk.accepted()
    page = payments.open_payment(leg_id=walk.legs()["honoraires"].id, return_url=SITE, now=now())
    browse(page, number="4000000000000002")
    assert walk.looks("honoraires").state == "declined"
    browse(page, number="4242424242424242")
    assert walk.looks("honoraires").state == "authorised"
    assert len(walk.server.sandbox.store.every("payment_intent")) == 1
