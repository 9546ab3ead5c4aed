"""The same scenarios at our sandbox and at Stripe's own test mode: what differs is our mistake.

    STRIPE_TEST_KEY=sk_test_… STRIPE_TEST_ACCOUNT=acct_… pytest -m live_stripe

Without the key the second half is skipped, and says so. The account is a connected one of that
platform which takes cards; without it only the scenario that needs one is skipped.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import stripe

from billing import gateway
from billing.gateway import Refused
from billing.sandbox.post import signature
from tests.billing.tills import ACCOUNT, DECLINED, SITE, Till, at_sandbox, at_stripe, fresh

HOME = [
    "sandbox",
    pytest.param("stripe", marks=pytest.mark.live_stripe),
]


@pytest.fixture(params=HOME)
def till(request: pytest.FixtureRequest, tmp_path) -> Iterator[Till]:
    """Each scenario, once at each till."""
    with at_sandbox(tmp_path) if request.param == "sandbox" else at_stripe() as found:
        yield found


def refused(act, **asked: object) -> str:
    with pytest.raises(Refused) as found:
        act(**asked)
    return found.value.code


def test_a_hold_stands_and_says_until_when(till: Till):
    held = till.seen(till.holds(1500))
    assert (held.intent_status, held.amount_cents, held.capturable_cents) == (
        "requires_capture", 1500, 1500,
    )  # fmt: skip
    assert held.received_cents == 0 and not held.transaction and held.charge
    assert held.capture_before is not None
    assert 1 <= (held.capture_before - datetime.now(UTC)).days <= 31
    assert held.livemode is False


def test_a_whole_capture_moves_the_balance_once(till: Till):
    intent = till.holds(1500)
    gateway.capture(account="", intent=intent, amount_cents=1500, key=fresh())
    taken = till.seen(intent)
    assert (taken.intent_status, taken.received_cents) == ("succeeded", 1500)
    assert taken.transaction and taken.stripe_fee_cents > 0
    lines = gateway.balance_lines(account="", since=till.began)
    [line] = [one for one in lines if one.id == taken.transaction]
    assert (line.cents, line.fee_cents) == (1500, taken.stripe_fee_cents)
    assert gateway.refunds(account="", intent=intent) == []


def test_a_part_is_captured_and_the_rest_is_no_refund(till: Till):
    intent = till.holds(1000)
    gateway.capture(account="", intent=intent, amount_cents=400, key=fresh())
    taken = till.seen(intent)
    assert (taken.intent_status, taken.amount_cents) == ("succeeded", 1000)
    assert (taken.received_cents, taken.capturable_cents) == (400, 0)
    assert gateway.refunds(account="", intent=intent) == []
    lines = gateway.balance_lines(account="", since=till.began)
    assert [one.cents for one in lines if one.id == taken.transaction] == [400]


def test_more_than_is_held_and_what_was_taken_cannot_be_captured(till: Till):
    intent = till.holds(1000)
    asked = {"account": "", "intent": intent}
    assert refused(gateway.capture, **asked, amount_cents=1001, key=fresh()) == "amount_too_large"
    assert till.seen(intent).intent_status == "requires_capture"
    gateway.capture(**asked, amount_cents=1000, key=fresh())
    again = "payment_intent_unexpected_state"
    assert refused(gateway.capture, **asked, amount_cents=1000, key=fresh()) == again
    assert refused(gateway.cancel, **asked, key=fresh()) == again


def test_a_cancelled_hold_takes_nothing(till: Till):
    intent = till.holds(1000)
    gateway.cancel(account="", intent=intent, key=fresh())
    gone = till.seen(intent)
    assert (gone.intent_status, gone.capturable_cents, gone.received_cents) == ("canceled", 0, 0)
    assert gateway.refunds(account="", intent=intent) == []
    again = refused(gateway.capture, account="", intent=intent, amount_cents=1000, key=fresh())
    assert again == "payment_intent_unexpected_state"


def test_a_refund_bears_its_reference_and_never_passes_what_was_taken(till: Till):
    intent = till.holds(1000)
    gateway.capture(account="", intent=intent, amount_cents=1000, key=fresh())
    for cents, reference in ((300, "first"), (700, "second")):
        asked = {"account": "", "intent": intent, "reference": reference}
        if reference == "second":
            assert refused(gateway.refund, **asked, amount_cents=701, key=fresh())
        gateway.refund(**asked, amount_cents=cents, key=fresh())
    given = gateway.refunds(account="", intent=intent)
    assert sorted((one.reference, one.cents) for one in given) == [("first", 300), ("second", 700)]
    assert all(one.stands for one in given)
    assert refused(gateway.refund, **asked, amount_cents=1, key=fresh()) == (
        "charge_already_refunded"
    )


def test_the_same_key_holds_once_and_other_words_under_it_are_refused(till: Till):
    key = fresh()
    first = till.holds(700, key=key)
    assert till.holds(700, key=key) == first
    with pytest.raises(Refused) as found:
        till.holds(800, key=key)
    assert found.value.code in ("idempotency_error", "IdempotencyError")


def test_a_capture_replayed_under_its_key_answers_as_before(till: Till):
    intent, key = till.holds(700), fresh()
    for _ in range(2):
        gateway.capture(account="", intent=intent, amount_cents=500, key=key)
    assert till.seen(intent).received_cents == 500


def test_a_declined_card_holds_nothing(till: Till):
    with pytest.raises(Refused) as found:
        till.holds(1000, card=DECLINED)
    assert found.value.code == "card_declined"


def test_a_direct_charge_lives_on_the_connected_account_alone(till: Till):
    if not till.account:
        pytest.skip(f"no {ACCOUNT}: direct charges were NOT tried at Stripe's own test mode")
    intent = till.holds(1500, account=till.account)
    assert refused(till.seen, intent=intent) == "resource_missing"
    gateway.capture(account=till.account, intent=intent, amount_cents=1500, key=fresh())
    taken = till.seen(intent, account=till.account)
    own = gateway.balance_lines(account=till.account, since=till.began)
    assert taken.transaction in {one.id for one in own}
    platform = gateway.balance_lines(account="", since=till.began)
    assert taken.transaction not in {one.id for one in platform}


def test_a_hosted_page_is_opened_once_under_its_key_and_closed(till: Till):
    key = fresh()
    pages = [
        gateway.open_session(
            account="", amount_cents=300, name="Frais de plateforme", reference="a" * 40,
            success_url=f"{SITE}/a/", cancel_url=f"{SITE}/a/", key=key,
        )
        for _ in range(2)
    ]  # fmt: skip
    assert pages[0] == pages[1]
    session = pages[0].id
    assert gateway.session_is_open(account="", session=session)
    gateway.expire(account="", session=session, key=fresh())
    assert not gateway.session_is_open(account="", session=session)
    assert gateway.seen(account="", session=session, intent="").session_status == "expired"


def test_an_event_as_it_is_worded_there_is_verified_by_us_and_by_the_library(till: Till):
    intent = till.holds(500)
    [event] = [
        one for one in till.events()
        if one.type == "payment_intent.amount_capturable_updated"
        and one.data.object["id"] == intent
    ]  # fmt: skip
    payload = json.dumps(event.to_dict()).encode()
    moment = datetime.now(UTC)
    header = signature("whsec_scenario", payload, int(moment.timestamp()))
    known = stripe.Webhook.construct_event(payload, header, "whsec_scenario")
    assert known.id == event.id
    read = gateway.verified(payload=payload, signature=header, secret="whsec_scenario", now=moment)
    assert (read.id, read.about, read.reference) == (event.id, intent, "a" * 40)
    assert (read.livemode, read.account) == (False, "")
