"""F13: a part that is being given back when the whole is owed keeps none of the rest behind."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from billing.actions import refunding, work
from billing.models import Leg, Op
from billing.sandbox import refunds, shapes, till
from broker.actions.rejudging import judge_again, settle_incidents
from broker.actions.sweeping import pass_deadline
from tests import people
from tests.billing.test_faults import plant
from tests.billing.test_refunds import captured
from tests.billing.trials import astray, replayed
from tests.rows.deadlines import SECOND, begun, entries

pytestmark = pytest.mark.usefixtures("unhurried")


def part(walk, cents: int) -> Op:
    """The physician gives back a part, of their own will."""
    with transaction.atomic():
        return refunding.refund(
            leg_id=walk.legs()["honoraires"].id, amount_cents=cents, reason="goodwill",
            actor=walk.physician.actor, now=people.now(),
        )  # fmt: skip


def found_wrong(walk) -> None:
    """A paper that comes late: the physician was struck off before they signed."""
    before = people.now() - timedelta(days=2)
    people.attest(walk.physician, "registration", valid_from=before, status="struck_off")
    assert judge_again(question_id=walk.question, actor=people.SYSTEM, now=people.now()).wrong


def by_the_holder(walk, cents: int) -> None:
    """The physician gives a part back on Stripe's own pages."""
    store, leg = walk.server.sandbox.store, walk.legs()["honoraires"]
    intent = store.load(walk.account, leg.payment_intent, "payment_intent")
    with store.lock:
        refunds.make(store, walk.account, intent, {"amount": cents})


def later(walk) -> None:
    """Rounds of the worker; after each, no more was given back or ordered than was captured."""
    for n in range(8):
        work.run_due(now=people.now() + timedelta(minutes=6 * n))
        settle_incidents(now=people.now())
        for leg in walk.legs().values():
            assert leg.refunded_cents <= leg.refund_ordered_cents <= leg.captured_cents
        if not Op.objects.filter(state="live").exists():
            break
    assert not Op.objects.filter(state="live").exists()


def given_back(walk) -> list[int]:
    """What left again, at Stripe."""
    return sorted(one["amount"] for _, one in walk.server.sandbox.store.every("refund"))


def whole_once(walk, *amounts: int) -> None:
    """Both parties gave everything back, in these amounts; books and log say the same."""
    assert set(walk.states().values()) == {"refunded"}
    assert given_back(walk) == sorted(amounts) and sum(amounts) == 1800
    assert astray() == []
    earned = ("honoraires", "platform_fee", "vat_due")
    assert not any(name in earned for book in walk.sums().values() for name in book)
    replayed(walk.legs()["platform"].subject)


def ordered(walk) -> list[tuple[int, str]]:
    """What was ordered given back, and why, in the order of the record."""
    said = [one["data"] for one in entries(walk, "leg.refund-ordered")]
    return [(one["refund_cents"], one["reason"]) for one in said]


def refuses(**asked: object) -> None:
    """Stripe's no to a refund."""
    raise work.gateway.Refused("insufficient_funds")


def sent_unheard(walk, op: Op) -> None:
    """It is given at Stripe, and its answer is lost."""
    plant(walk.server, "lost_answer", "/v1/refunds", method="POST")
    work.carry_out(op_id=op.id, now=people.now())


unheard_or_not_sent = pytest.mark.parametrize(
    "unheard", [False, True], ids=["not sent", "answer lost"]
)


@unheard_or_not_sent
def test_at_a_breach_the_rest_is_ordered_once_when_the_part_is_settled(walk, monkeypatch, unheard):
    walk.held()
    due = begun(walk, people.now())
    held = walk.server.sandbox.store.load(
        walk.account, walk.legs()["honoraires"].payment_intent, "payment_intent"
    )
    till.capture(walk.server.sandbox.store, walk.account, held, 1000)  # by the account's holder
    assert walk.looks("honoraires").state == "taken_elsewhere"
    with monkeypatch.context() as once:
        once.setattr(work.gateway, "refund", refuses)
        work.run_due(now=people.now())
    first = part(walk, 400)
    if unheard:
        sent_unheard(walk, first)
    pass_deadline(question_id=walk.question, now=due + SECOND)
    before = [(1000, "taken-elsewhere"), (400, "goodwill")]
    assert ordered(walk) == before
    later(walk)
    assert ordered(walk) == [*before, (600, "breach")]
    assert given_back(walk) == [400, 600]
    assert walk.states() == {"honoraires": "refunded", "platform": "voided"}
    replayed(walk.legs()["platform"].subject)


@unheard_or_not_sent
def test_when_a_block_is_found_the_rest_is_ordered_once_the_part_is_settled(walk, unheard):
    captured(walk)
    first = part(walk, 500)
    if unheard:
        sent_unheard(walk, first)
    found_wrong(walk)
    assert ordered(walk) == [(500, "goodwill"), (300, "block-found")]
    work.run_due(now=people.now() + timedelta(minutes=6))
    assert ordered(walk)[2:] == [(1000, "block-found")]  # at once, not when somebody looks again
    later(walk)
    whole_once(walk, 500, 1000, 300)


def test_a_part_that_stripe_refuses_leaves_the_whole_to_be_given_back(walk, monkeypatch):
    captured(walk)
    part(walk, 500)
    found_wrong(walk)
    with monkeypatch.context() as once:
        once.setattr(work.gateway, "refund", refuses)
        work.run_due(now=people.now())
    assert ordered(walk)[2:] == [(1500, "block-found")]
    later(walk)
    # The fee was refused as the whole that it is: that is for a person to look at.
    assert walk.states() == {"honoraires": "refunded", "platform": "captured"}
    assert len(ordered(walk)) == 3
    replayed(walk.legs()["platform"].subject)


@pytest.mark.parametrize("seen", [True, False], ids=["seen at once", "fetch fails first"])
def test_what_the_holder_gives_back_meanwhile_takes_nothing_from_the_whole(walk, seen):
    captured(walk)
    found_wrong(walk)
    if not seen:
        plant(walk.server, "error_500", "/v1/refunds", method="GET")
    store, leg = walk.server.sandbox.store, walk.legs()["honoraires"]
    intent = store.load(walk.account, leg.payment_intent, "payment_intent")
    refunds.make(store, walk.account, intent, {"amount": 400})
    later(walk)
    whole_once(walk, 400, 1100, 300)


def test_what_the_bank_sends_back_waits_for_a_person_like_any_refund_that_failed(walk):
    captured(walk, shapes.REFUND_FAILS)
    part(walk, 500)
    found_wrong(walk)
    later(walk)
    whole_once(walk, 500, 1000, 300)
    walk.server.sandbox.store.advance(120)
    for party in walk.legs():
        walk.looks(party)
    later(walk)
    assert walk.states() == {"honoraires": "captured", "platform": "captured"}
    assert len(ordered(walk)) == 3
    replayed(walk.legs()["platform"].subject)


def test_the_database_lets_no_more_be_given_back_than_was_ordered_and_captured(walk):
    captured(walk)
    part(walk, 500)
    mine = Leg.objects.filter(pk=walk.legs()["honoraires"].pk)
    for forged, why in (
        ({"refunded_cents": 501}, "leg_refunded_was_ordered"),
        ({"refund_ordered_cents": 1501}, "leg_refunds_within_capture"),
    ):
        with pytest.raises(IntegrityError, match=why), transaction.atomic():
            mine.update(**forged)
