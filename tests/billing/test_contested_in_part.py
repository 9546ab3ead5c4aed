"""A bank takes back a part of a payment for good: what is left is kept, or goes back as owed."""

import pytest
from django.db import transaction

from billing.actions.refunding import NotRefundable, refund
from billing.models import Leg
from tests.billing.test_balances import book, captured, does, looked
from tests.billing.test_views import signed_in
from tests.billing.trials import replayed
from tests.billing.walk import Walk
from tests.people import SYSTEM, now
from tests.rows.test_f13_part_under_way import found_wrong, given_back, later


def lost_in_part(walk: Walk, cents: int = 500, *, won: bool = False) -> Leg:
    leg = walk.legs()["honoraires"]
    made = does(walk, "dispute", intent=leg.payment_intent, amount=cents)
    walk.looks("honoraires")
    assert walk.states()["honoraires"] == "disputed"
    does(walk, "dispute/close", dispute=made["id"], won=won)
    return walk.looks("honoraires")


def test_what_was_not_contested_is_kept_and_every_page_says_so(walk: Walk):
    captured(walk)
    leg = lost_in_part(walk)
    assert (leg.state, leg.lost_cents) == ("part_refunded", 500)
    assert walk.sums()[book(walk)]["chargebacks"] == 500
    assert looked(walk).difference_cents == 0
    pages = {
        walk.patient: f"/questions/{walk.question}/",
        walk.physician: f"/file/{walk.question}/",
    }
    for person, address in pages.items():
        page = signed_in(person.account).get(address).content.decode()
        assert 'data-state="part_refunded"' in page and 'data-kept="1300"' in page
        assert "5,00" in page and "rendus" in page
    replayed(leg.subject)


@pytest.mark.parametrize("found_first", [True, False])
def test_what_was_not_contested_goes_back_when_the_act_was_wrong(walk: Walk, found_first: bool):
    captured(walk)
    if not found_first:
        lost_in_part(walk)
        found_wrong(walk)
    else:
        made = does(walk, "dispute", intent=walk.legs()["honoraires"].payment_intent, amount=500)
        walk.looks("honoraires")
        found_wrong(walk)
        later(walk)
        does(walk, "dispute/close", dispute=made["id"], won=False)
        walk.looks("honoraires")
    later(walk)
    walk.looks("honoraires")
    assert given_back(walk) == [300, 1000]
    leg = walk.legs()["honoraires"]
    assert (leg.state, leg.refunded_cents, leg.lost_cents) == ("charged_back", 1000, 500)
    assert looked(walk).difference_cents == 0
    replayed(leg.subject)


def test_no_more_is_given_back_than_the_bank_left(walk: Walk):
    captured(walk)
    leg = lost_in_part(walk)
    for cents, taken in ((1001, False), (1000, True)):
        try:
            with transaction.atomic():
                refund(
                    leg_id=leg.id, amount_cents=cents, reason="goodwill", actor=SYSTEM, now=now()
                )
        except NotRefundable:
            assert not taken
    walk.works()
    assert given_back(walk) == [1000]
    assert walk.states()["honoraires"] == "charged_back"
    replayed(leg.subject)
