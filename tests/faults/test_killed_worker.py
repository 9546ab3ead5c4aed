"""`kill -9` of a real worker around every call to Stripe: afterwards money and books are right."""

import inspect
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction

from billing import gateway
from billing.actions import onboarding, refunding, renewing, work
from billing.actions.releasing import release_quote
from billing.models import Attempt, ConnectedAccount, Journal, Leg, Op, Reconciliation, Refund
from billing.queries.accounts import takes_cards
from billing.states import OpState
from tests.billing.metered import Exchange
from tests.billing.trials import astray, replayed, rows
from tests.billing.walk import SITE, Walk, browse
from tests.faults import again
from tests.faults.death import POINTS
from tests.faults.together import together
from tests.people import SYSTEM, a_physician, now

ROOT = Path(__file__).parents[2]
DONE = {"honoraires": "captured", "platform": "captured"}
FREED = {"honoraires": "voided", "platform": "voided"}


def killed(call: str, point: str, *more: str) -> None:
    """Run a worker of its own until it dies where it was told to."""
    environ = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "config.settings",
        "STRIPE_API_BASE": settings.STRIPE_API_BASE,
        "STRIPE_PLATFORM_KEY": settings.STRIPE_PLATFORM_KEY,
    }  # fmt: skip
    ended = subprocess.run(
        [sys.executable, "-m", "tests.faults.dying", call, point, *more], cwd=ROOT, env=environ,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL, ended.stderr[-2000:]


def another_worker(walk: Walk) -> None:
    """The next worker, one dead attempt's minute later, until nothing is left."""
    for minute in range(2, 14, 2):
        work.run_due(now=now() + timedelta(minutes=minute))
        if not Op.objects.filter(state=OpState.LIVE).exists():
            break


def right(walk: Walk, states: dict[str, str], **posts: int) -> None:
    """States, books and what Stripe was made to do, each as if nobody had died."""
    assert walk.states() == states
    assert not Op.objects.filter(state=OpState.LIVE).exists()
    assert astray() == []
    walk.sums()  # asserts that every book is zero
    replayed(walk.legs()["platform"].subject)
    universe = walk.server.sandbox.store
    done = Counter(
        (intent["id"], intent["status"]) for _, intent in universe.every("payment_intent")
    )
    wanted = {"captured": "succeeded", "refunded": "succeeded", "voided": "canceled"}
    for party, state in states.items():
        leg = walk.legs()[party]
        if leg.payment_intent:
            assert done[leg.payment_intent, wanted[state]] == 1, party
    for kind, many in posts.items():
        assert len(universe.every(kind)) == many, kind


def refund_all(walk: Walk) -> None:
    for leg in walk.legs().values():
        with transaction.atomic():
            refunding.refund(
                leg_id=leg.id, amount_cents=leg.captured_cents, reason="breach", actor=SYSTEM,
                now=now(),
            )  # fmt: skip


def release_all(walk: Walk) -> None:
    with transaction.atomic():
        quote = walk.legs()["platform"].quote_id
        release_quote(quote_id=quote, reason="withdrawn", actor=SYSTEM, now=now())


SOME = {("capture", "after"), ("seen", "entry"), ("refund", "after")}
every_point = [
    pytest.param(
        call, point, marks=[] if (call, point) in SOME else pytest.mark.long, id=f"{call}-{point}"
    )
    for call in ("capture", "seen", "cancel", "refund", "refunds", "disputes")
    for point in POINTS
]
REFUNDING = ("refund", "refunds", "disputes")


@pytest.mark.parametrize(("call", "point"), every_point)
def test_the_money_is_right_after_a_worker_was_killed(walk, unhurried, call, point):
    walk.held()
    if call == "cancel":
        release_all(walk)
    else:
        assert walk.answers().gate_pass
    if call in REFUNDING:
        walk.works()
        refund_all(walk)
    killed(call, point)
    another_worker(walk)
    if call == "cancel":
        right(walk, FREED)
    elif call in REFUNDING:
        right(walk, {"honoraires": "refunded", "platform": "refunded"}, refund=2)
        assert Refund.objects.count() == 2
    else:
        right(walk, DONE)


every_point_of_a_part = [
    pytest.param(
        call, point, id=f"{call}-{point}",
        marks=[] if (call, point) == ("capture", "after") else pytest.mark.long,
    )
    for call in ("capture", "seen")
    for point in POINTS
]  # fmt: skip


@pytest.mark.parametrize(("call", "point"), every_point_of_a_part)
def test_of_a_hold_by_the_minute_its_part_is_taken_and_the_rest_let_go(
    walk, unhurried, call, point
):
    exchange = Exchange.begun(walk, cap_minutes=20)
    exchange.says()
    exchange.goes_on(130)
    assert exchange.signs().gate_pass
    work.carry_out(op_id=Op.objects.get(kind="capture", state="live").id, now=exchange.at)
    assert walk.states() == {"honoraires": "captured", "platform": "capturing"}
    killed(call, point)
    another_worker(walk)
    right(walk, DONE, charge=2)
    two_minutes = 2 * 199
    leg = walk.legs()["platform"]
    assert (leg.amount_cents, leg.captured_cents) == (20 * 199, two_minutes)
    store = walk.server.sandbox.store
    intent = store.load("", leg.payment_intent, "payment_intent")
    assert (intent["amount_received"], intent["amount_capturable"]) == (two_minutes, 0)
    moved = [one["amount"] for _, one in store.every("balance_transaction")]
    assert sorted(moved) == [two_minutes, 1500]
    book = walk.sums()["platform"]
    assert book["platform_fee"] + book["vat_due"] == -two_minutes
    assert book["stripe"] + book["stripe_fees"] == two_minutes
    assert not {"memo_held", "memo_contra", "receivable"} & {*book}
    assert replayed(leg.subject).metered == {str(leg.quote_id): two_minutes}


@pytest.mark.parametrize(
    "point",
    [
        pytest.param("after"),
        *(pytest.param(p, marks=pytest.mark.long) for p in ("before", "entry")),
    ],
)
def test_a_page_whose_opening_was_killed_is_found_again(walk, unhurried, point):
    walk.accepted()
    leg = walk.legs()["honoraires"]
    killed("open_session", point, str(leg.id))
    another_worker(walk)
    for party in walk.legs():
        walk.pays(party)
    assert walk.states() == {"honoraires": "authorised", "platform": "authorised"}
    assert len(walk.server.sandbox.store.every("checkout.session")) == 2
    assert walk.answers().gate_pass
    walk.works()
    right(walk, DONE)


@pytest.mark.parametrize(
    "point",
    [
        pytest.param("after"),
        *(pytest.param(p, marks=pytest.mark.long) for p in ("before", "entry")),
    ],
)
def test_the_page_of_one_more_hold_whose_opening_was_killed_is_found_again(walk, unhurried, point):
    again.waiting(walk)
    leg = walk.legs()["honoraires"]
    killed("open_session", point, f"again:{leg.id}", str(again.LATER_HOURS))
    again.works()
    page = renewing.open_renewal(leg_id=leg.id, return_url=SITE, now=again.later(20))
    again.types_a_card(page)
    again.works(12)
    assert len(walk.server.sandbox.store.every("checkout.session")) == 3
    again.one_hold_each(walk, "requires_capture")
    answered_and_taken(walk)


@pytest.mark.long
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("call", ["seen", "cancel"])
def test_one_hold_counts_and_the_other_goes_after_a_worker_was_killed(
    walk, unhurried, call, point
):
    """Killed as the new hold is seen and counted, or as the one before is given back."""
    again.waiting(walk)
    before = {party: leg.payment_intent for party, leg in walk.legs().items()}
    for leg in walk.legs().values():
        again.types_a_card(
            renewing.open_renewal(leg_id=leg.id, return_url=SITE, now=again.later())
        )
    killed(call, point, "", str(again.LATER_HOURS + 1))
    again.works(40)
    assert all(leg.payment_intent != before[party] for party, leg in walk.legs().items())
    again.one_hold_each(walk, "requires_capture")
    answered_and_taken(walk)


def answered_and_taken(walk: Walk) -> None:
    assert walk.answers().gate_pass
    again.works(12)
    again.one_hold_each(walk, "succeeded")
    right(walk, DONE)


CLOSING, LOOKING = ("session_is_open", "expire"), ("balance_lines", "balance")
# Calls around which somebody is killed in this file.
STRUCK = {
    "capture", "seen", "cancel", "open_session", "retrieve_account", "create_account",
    *REFUNDING, *CLOSING, *LOOKING,
}  # fmt: skip


def test_every_call_to_stripe_is_one_around_which_somebody_is_killed():
    asked = {name for name in gateway.__all__ if inspect.isfunction(getattr(gateway, name))}
    # The one asks nothing of Stripe, and a link to its pages leaves nothing behind.
    assert asked - STRUCK == {"verified", "onboarding_url"}


@pytest.mark.long
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("call", CLOSING)
def test_no_page_stays_open_after_a_worker_was_killed_as_it_closed_one(
    walk, unhurried, call, point
):
    walk.accepted()
    pages = {party: walk.page_of(party) for party in walk.legs()}
    release_all(walk)
    killed(call, point)
    another_worker(walk)
    assert walk.states() == FREED
    assert not Op.objects.filter(state=OpState.LIVE).exists()
    for page in pages.values():
        assert browse(page, number="4242424242424242")[0] == 410
    assert walk.server.sandbox.store.every("payment_intent") == []
    assert not any(walk.sums().values())
    replayed(walk.legs()["platform"].subject)


@pytest.mark.long
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("call", LOOKING)
def test_each_move_is_written_once_after_a_worker_was_killed_at_its_daily_look(
    walk, unhurried, call, point
):
    walk.held()
    assert walk.answers().gate_pass
    walk.works()
    for account in ("", walk.account):
        said = {"account": account, "amount": 200}
        walk.server.sandbox.control("POST", "/_sandbox/payout", json.dumps(said))
    Reconciliation.objects.update(looked_at=now() - timedelta(days=2))
    killed(call, point)
    for hours in (2, 4):  # an account that did not answer is asked again an hour later
        work.run_due(now=now() + timedelta(hours=hours))
    right(walk, DONE, payout=2)
    assert Journal.objects.filter(event="payout").count() == 2
    assert [book["bank"] for book in walk.sums().values()] == [200, 200]
    assert all(one.balance_cents == one.book_cents for one in Reconciliation.objects.all())


@pytest.mark.long
@pytest.mark.parametrize("point", POINTS)
def test_a_change_of_an_account_is_noted_once_after_a_worker_was_killed(walk, unhurried, point):
    walk.works()
    said = {"account": walk.account}
    walk.server.sandbox.control("POST", "/_sandbox/account/restrict", json.dumps(said))
    events = [one for _, one in walk.server.sandbox.store.every("event")]
    walk.told([one for one in events if one["type"] == "account.updated"][-1])
    before = noted("connected-account.changed")
    killed("retrieve_account", point)
    assert takes_cards(walk.physician.id), "nothing was guessed"
    another_worker(walk)
    assert not takes_cards(walk.physician.id)
    assert noted("connected-account.changed") == before + 1


@pytest.mark.long
@pytest.mark.parametrize("point", POINTS)
def test_a_physician_has_one_account_after_its_opening_was_killed(sandbox, unhurried, point):
    physician = a_physician()
    killed("create_account", point, f"account:{physician.id}")
    assert not ConnectedAccount.objects.exists()
    own = onboarding.open_account(physician_id=physician.id, actor=physician.actor, now=now())
    [(_, there)] = sandbox.sandbox.store.every("account")
    assert there["id"] == own.stripe_account
    assert noted("connected-account.opened") == ConnectedAccount.objects.count() == 1


def noted(kind: str) -> int:
    return int(rows("SELECT count(*) FROM audit_entry WHERE type = %s", kind)[0][0])


def test_twenty_workers_at_once_do_everything_exactly_once(walk, unhurried):
    walk.held()
    assert walk.answers().gate_pass
    together([lambda: work.run_due(now=now())] * 20)
    another_worker(walk)
    right(walk, DONE)
    refund_all(walk)
    together([lambda: work.run_due(now=now())] * 20)
    another_worker(walk)
    right(walk, {"honoraires": "refunded", "platform": "refunded"}, refund=2)
    posted = Counter(
        one["path"].rpartition("/")[2]
        for one in walk.server.sandbox.store.requests()
        if one["method"] == "POST" and one["status"] == 200
    )
    assert (posted["capture"], posted["refunds"]) == (2, 2)
    assert Leg.objects.count() == 2 and Attempt.objects.filter(number=1).count() >= 4
