"""`kill -9` of a real worker around every call to Stripe: afterwards money and books are right."""

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import transaction

from billing.actions import refunding, renewing, work
from billing.actions.releasing import release_quote
from billing.models import Attempt, Leg, Op, Refund
from billing.states import OpState
from tests.billing.metered import Exchange
from tests.billing.trials import astray, replayed
from tests.billing.walk import SITE, Walk
from tests.faults import again
from tests.faults.death import POINTS
from tests.faults.together import together
from tests.people import SYSTEM, now

ROOT = Path(__file__).parents[2]
DONE = {"honoraires": "captured", "platform": "captured"}
FREED = {"honoraires": "voided", "platform": "voided"}


@pytest.fixture
def later(database):
    """The owner lets acts be dated ahead, so that a dead attempt's minute can pass."""
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("UPDATE audit_setting SET value = '10 days' WHERE name = 'tolerance'")


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
    for call in ("capture", "seen", "cancel", "refund", "refunds")
    for point in POINTS
]


@pytest.mark.parametrize(("call", "point"), every_point)
def test_the_money_is_right_after_a_worker_was_killed(walk, later, call, point):
    walk.held()
    if call == "cancel":
        release_all(walk)
    else:
        assert walk.answers().gate_pass
    if call in ("refund", "refunds"):
        walk.works()
        refund_all(walk)
    killed(call, point)
    another_worker(walk)
    if call == "cancel":
        right(walk, FREED)
    elif call in ("refund", "refunds"):
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
def test_of_a_hold_by_the_minute_its_part_is_taken_and_the_rest_let_go(walk, later, call, point):
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
def test_a_page_whose_opening_was_killed_is_found_again(walk, later, point):
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
def test_the_page_of_one_more_hold_whose_opening_was_killed_is_found_again(walk, later, point):
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
def test_one_hold_counts_and_the_other_goes_after_a_worker_was_killed(walk, later, call, point):
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


def test_twenty_workers_at_once_do_everything_exactly_once(walk, later):
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
