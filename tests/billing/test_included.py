"""What is free beside a paid exchange rests on one that is still paid, and on one only."""

import json

import pytest
from django.db import transaction

from billing.actions import desk, refunding
from tests.billing.test_views import signed_in
from tests.billing.trials import replayed
from tests.billing.walk import Walk
from tests.people import now

FORFAIT = 4000


def paid(walk: Walk) -> Walk:
    walk.held()
    assert walk.answers().gate_pass
    walk.works()
    assert walk.states()["honoraires"] == "captured"
    return walk


def pages(walk: Walk) -> list[str]:
    """What the patient and the physician read of an exchange."""
    return [
        signed_in(person.account).get(f"/{side}/{walk.question}/").content.decode()
        for person, side in ((walk.patient, "questions"), (walk.physician, "file"))
    ]


def given_back(walk: Walk) -> None:
    leg = walk.legs()["honoraires"]
    with transaction.atomic():
        refunding.refund(
            leg_id=leg.id, amount_cents=leg.captured_cents, reason="goodwill",
            actor=walk.physician.actor, now=now(),
        )  # fmt: skip
    walk.works()
    assert walk.states()["honoraires"] == "refunded"


def contested(walk: Walk) -> None:
    intent = walk.legs()["honoraires"].payment_intent
    asked = json.dumps({"intent": intent})
    walk.server.sandbox.control("POST", "/_sandbox/dispute", asked)
    assert walk.looks("honoraires").state == "disputed"


@pytest.mark.parametrize("taken_back", [given_back, contested])
def test_an_act_whose_honoraires_went_back_grants_no_free_follow_up(walk: Walk, taken_back):
    paid(walk)
    assert walk.again().quoted(tier="follow-up").honoraires_cents == 0
    taken_back(walk)
    assert walk.again().quoted(tier="follow-up").honoraires_cents == 1500


def test_an_act_that_was_never_held_grants_none_either(walk: Walk):
    walk.held()
    intent = walk.legs()["honoraires"].payment_intent
    walk.server.sandbox.control("POST", "/_sandbox/hold/give-back", json.dumps({"intent": intent}))
    walk.looks("honoraires")
    assert walk.answers().gate_pass  # the act is billable, and nothing is left to take
    walk.works()
    for said in pages(walk):
        assert "la réservation n’était plus en place" in said and "compris dans un" not in said
    assert walk.again().quoted(tier="follow-up").honoraires_cents == 1500


def test_of_two_forfaits_asked_before_the_first_passes_one_is_charged(walk: Walk):
    with transaction.atomic():
        desk.set_honoraires(
            physician_id=walk.physician.id, cents=1500, forfait_cents=FORFAIT, forfait_days=90,
            actor=walk.physician.actor, now=now(),
        )  # fmt: skip
    other = walk.again()
    for one in (walk, other):
        assert one.held(tier="forfait").honoraires_cents == FORFAIT
    for one in (other, walk):  # the one answered first is charged, whichever was asked first
        assert one.answers().gate_pass
        one.works()
    assert other.states() == {"honoraires": "captured", "platform": "captured"}
    assert walk.states() == {"honoraires": "voided", "platform": "voided"}
    for said in pages(walk):
        assert "compris dans un autre, réglé depuis" in said and "plus en place" not in said
    third = walk.again().quoted(tier="forfait")
    assert third.honoraires_cents == 0
    given_back(other)  # and then nothing was paid for the period
    assert walk.again().quoted(tier="forfait").honoraires_cents == FORFAIT
    replayed(walk.legs()["honoraires"].subject)
    replayed(other.legs()["honoraires"].subject)


def test_an_act_paid_by_itself_makes_no_forfait_free(walk: Walk):
    with transaction.atomic():
        desk.set_honoraires(
            physician_id=walk.physician.id, cents=1500, forfait_cents=FORFAIT, forfait_days=90,
            actor=walk.physician.actor, now=now(),
        )  # fmt: skip
    forfait = walk.again()
    forfait.held(tier="forfait")
    paid(walk)
    paid(forfait)


def test_an_exchange_that_another_includes_is_said_to_be_free(walk: Walk):
    paid(walk)
    free = walk.again()
    free.accepted(tier="follow-up")
    assert free.answers().gate_pass
    free.works()
    for one, word in ((walk, "verdict--charged"), (free, "verdict--free")):
        assert all(word in said for said in pages(one))
