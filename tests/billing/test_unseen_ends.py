"""What a cut account let run out unseen is looked at again in its turn, until it was seen."""

from datetime import timedelta

import pytest

from billing import gateway
from billing.actions import onboarding, payments, renewing, sweeping, work
from billing.actions.steps import Since
from billing.models import ConnectedAccount, Op
from billing.queries.papers import receipts_of
from billing.sandbox import faults, till
from consults.queries.record import named
from tests.billing.test_faults import plant
from tests.billing.test_let_in_again import cut, does, let_in, placed_unseen, rounds
from tests.billing.test_unheard import asked
from tests.billing.trials import replayed
from tests.billing.walk import DECLINED, OK, SITE, Walk, browse, enabled_account
from tests.people import now
from tests.rows.test_f13_part_under_way import given_back

pytestmark = pytest.mark.usefixtures("unhurried")


def hold_of(walk: Walk) -> str:
    [(_, intent)] = walk.server.sandbox.store.every("payment_intent")
    return intent["status"]


def test_an_account_that_does_not_answer_is_asked_once_a_minute_of_each_end(walk: Walk):
    late = placed_unseen(walk)
    let_in(walk)
    work.run_due(now=late)  # the events that wait
    plant(walk.server, "down", "", account=walk.account, times=faults.FOR_EVER)
    before, at = len(asked(walk, "/checkout/")), late + timedelta(minutes=2)
    for _ in range(5):
        work.run_due(now=at)
    assert len(asked(walk, "/checkout/")) == before + 1
    walk.server.sandbox.store.lift()
    rounds(at + timedelta(minutes=2))
    assert hold_of(walk) == "canceled"


def test_a_stripe_that_is_away_holds_up_no_round():
    tried = []

    def away() -> int:
        tried.append("a look")
        raise gateway.Unreachable("timeout")

    assert sweeping._each([lambda: 1, away, lambda: 1, *[away] * 9]) == 2
    assert len(tried) == sweeping.MANY_AWAY


def test_a_worker_sleeps_while_the_balance_does_not_show_what_was_taken(walk: Walk, monkeypatch):
    late = placed_unseen(walk)
    let_in(walk)
    payments.Leg.objects.filter(look_after_at__isnull=False).update(look_after_at=late)
    ConnectedAccount.objects.update(looked_at=late)
    monkeypatch.setattr(
        gateway, "seen", lambda **_: gateway.Seen(intent="pi_x", intent_status="succeeded")
    )
    did = [sweeping.sweep(running=Since(late + timedelta(minutes=1))) for _ in range(3)]
    assert did == [1, 0, 0]


def test_a_page_that_took_no_card_yet_is_closed_when_we_are_let_in(walk: Walk):
    walk.accepted()
    page = walk.page_of("honoraires")
    walk.pays("honoraires", DECLINED)
    cut(walk)
    late = now() + timedelta(hours=25)
    payments.reconcile(leg_id=walk.legs()["honoraires"].id, now=late)
    let_in(walk)
    rounds(late)
    assert walk.states()["honoraires"] == "expired"
    browse(page, number=OK)
    assert hold_of(walk) == "canceled"


@pytest.mark.parametrize("sweeper", [True, False], ids=["remembered", "fetched"])
def test_who_began_before_the_cut_hides_no_end_that_nobody_saw(
    walk: Walk, monkeypatch, sweeper: bool
):
    walk.accepted()
    browse(walk.page_of("honoraires"), number=OK)
    leg, late = walk.legs()["honoraires"], now() + timedelta(hours=25)
    really = gateway.seen

    def overtaken(**said: str) -> gateway.Seen:
        found = really(**said)
        monkeypatch.setattr(gateway, "seen", really)
        cut(walk)
        assert payments.reconcile(leg_id=leg.id, now=late).state == "expired"
        return found

    if sweeper:
        cut(walk)
        payments.reconcile(leg_id=leg.id, now=late)
        sweeping.apart(act=lambda: sweeping._looked(leg.id, Since(late)))  # silent a moment ago
    else:
        monkeypatch.setattr(gateway, "seen", overtaken)
        payments.reconcile(leg_id=leg.id, now=late)
    let_in(walk)
    rounds(late)
    assert hold_of(walk) == "canceled"


@pytest.mark.parametrize("taken", [True, False], ids=["taken", "left"])
def test_a_hold_placed_again_before_the_cut_does_not_stand_when_we_are_let_in(
    walk: Walk, taken: bool
):
    does(walk, "holds", seconds=24 * 3600)
    walk.held()
    walk.waits()
    at, leg = now() + timedelta(hours=13), walk.legs()["honoraires"]
    work.run_due(now=at)
    page = renewing.open_renewal(leg_id=leg.id, return_url=SITE, now=at)
    does(walk, "holds", seconds=7 * 24 * 3600)
    browse(page, number=OK)  # and nobody looks before the cut
    cut(walk)
    over = leg.capture_before + timedelta(hours=1)
    for days in (0, 1, 2):
        rounds(over + timedelta(days=days))
    assert walk.states()["honoraires"] == "expired"
    [again] = [
        one for of, one in walk.server.sandbox.store.every("payment_intent")
        if of == walk.account and one["id"] != leg.payment_intent
    ]  # fmt: skip
    if taken:
        does(walk, "hold/take", intent=again["id"])  # by its holder, while nobody can look
    let_in(walk)
    rounds(over + timedelta(days=3))
    assert given_back(walk) == ([1500] if taken else [])
    after = walk.server.sandbox.store.load(walk.account, again["id"], "payment_intent")
    assert after["status"] == ("succeeded" if taken else "canceled")
    assert not Op.objects.filter(state="live").exists()
    replayed(leg.subject)


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "a part"])
def test_honoraires_called_lost_that_their_holder_had_taken_are_captured_or_owed_back(
    walk: Walk, whole: bool
):
    walk.held()
    cut(walk)
    assert walk.answers().gate_pass
    walk.works()
    leg, store = walk.legs()["honoraires"], walk.server.sandbox.store
    intent = store.load(walk.account, leg.payment_intent, "payment_intent")
    with store.lock:  # by its holder, while nobody can look
        till.capture(store, walk.account, intent, 1500 if whole else 700)
    over = leg.capture_before + timedelta(hours=1)
    rounds(over)
    assert walk.states() == {"honoraires": "capture_lost", "platform": "voided"}
    let_in(walk)
    rounds(over + timedelta(hours=1))
    book = walk.sums()[f"dr:{named(walk.physician.id).rpps}"]
    assert walk.sums()["platform"] == {} and "external" not in book
    if whole:
        assert walk.states()["honoraires"] == "captured" and given_back(walk) == []
        assert "receivable" not in book and len(receipts_of(walk.question)) == 1
    else:
        assert walk.states()["honoraires"] == "refunded" and given_back(walk) == [700]
        assert book["receivable"] == 1500 and receipts_of(walk.question) == []
    replayed(leg.subject)


@pytest.mark.parametrize("beside", [True, False], ids=["beside another", "never told"])
def test_an_account_noted_as_cut_is_tried_once_a_day_for_what_ended_unseen(
    walk: Walk, beside: bool
):
    late = placed_unseen(walk)
    onboarding.refresh_account(stripe_account=walk.account, now=now())
    if beside:
        enabled_account(walk.physician)  # the first stays cut, though its holder lets us in
    before = len(asked(walk, "/checkout/"))
    for hours in range(0, 26, 6):
        rounds(late + timedelta(hours=hours))
    assert len(asked(walk, "/checkout/")) == before + 1
    let_in(walk)  # no event says so
    rounds(late + timedelta(hours=50))
    assert hold_of(walk) == "canceled"


def test_an_error_that_is_kept_under_a_key_keeps_no_hold_standing(walk: Walk):
    late = placed_unseen(walk)
    let_in(walk)
    plant(walk.server, "error_500", "/cancel", account=walk.account)
    rounds(late + timedelta(minutes=2))
    assert len(asked(walk, "/cancel")) == 2
    assert hold_of(walk) == "canceled"
