"""A hold that would lapse before the answer is placed again: one counts, and one is captured."""

import json
from datetime import timedelta

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from billing import gateway
from billing.actions import payments, projecting, renewing, work
from billing.models import Leg, Op, Renewal
from billing.queries.legs import account_of
from tests.billing.trials import replayed, rows
from tests.billing.walk import SITE, Walk, browse
from tests.people import now

HELD_HOURS = 24
PARTIES = ("honoraires", "platform")


@pytest.fixture
def lengthy(walk: Walk, database) -> None:
    """Holds stand for 24 hours, and acts may be dated ahead."""
    database.takes_any_moment()
    does(walk, "holds", seconds=HELD_HOURS * 3600)


@pytest.fixture
def waiting(walk: Walk, lengthy: None) -> Walk:
    """Both holds stand, and the answer is due in 48 hours."""
    walk.held()
    walk.waits()
    return walk


def does(walk: Walk, act: str, **said: object) -> dict:
    return walk.server.sandbox.control("POST", f"/_sandbox/{act}", json.dumps(said))


def entries(kind: str) -> int:
    return rows("SELECT count(*) FROM audit_entry WHERE type = %s", kind)[0][0]


def asked(walk: Walk, hours: float = HELD_HOURS / 2 + 1) -> None:
    """So many hours pass, at Stripe and here, and the worker comes by."""
    does(walk, "clock", seconds=hours * 3600)
    work.run_due(now=later(hours))


def later(hours: float):
    return now() + timedelta(hours=hours)


def renewed(walk: Walk, party: str, hours: float = HELD_HOURS / 2 + 1) -> None:
    """The patient goes to the page of the new hold, types a card, and comes back."""
    leg = walk.legs()[party]
    page = renewing.open_renewal(leg_id=leg.id, return_url=SITE, now=later(hours))
    browse(page, number="4242424242424242")
    looked(walk, party, hours)


def looked(walk: Walk, party: str, hours: float) -> None:
    for one in Renewal.objects.filter(leg=walk.legs()[party], state="open"):
        renewing.reconcile_renewal(renewal_id=one.id, now=later(hours))


def works(hours: float, rounds: int = 5) -> None:
    for n in range(rounds):
        work.run_due(now=later(hours) + timedelta(minutes=6 * n))
    assert not Op.objects.filter(state="live").exists()


def holds(walk: Walk) -> list[str]:
    """What stands on cards at Stripe, or was taken from them."""
    every = [one for _, one in walk.server.sandbox.store.every("payment_intent")]
    return sorted(one["status"] for one in every if one["status"] != "canceled")


def memo(leg: Leg) -> int:
    return rows(
        "SELECT coalesce(sum(CASE debit_name WHEN 'memo_held' THEN amount_cents ELSE"
        " -amount_cents END), 0) FROM billing_journal WHERE leg = %s"
        " AND 'memo_held' IN (debit_name, credit_name)",
        leg.id,
    )[0][0]


def test_the_patient_is_asked_once_when_half_of_a_short_hold_has_passed(waiting: Walk):
    asked(waiting, HELD_HOURS / 2 - 1)
    assert not Renewal.objects.exists()
    work.run_due(now=later(HELD_HOURS / 2 + 1))
    work.run_due(now=later(HELD_HOURS / 2 + 2))
    until = {leg.id: leg.capture_before for leg in waiting.legs().values()}
    assert {one.leg_id: one.until for one in Renewal.objects.all()} == until
    assert entries("leg.renewal-asked") == 2


def test_a_hold_that_outlives_the_deadline_is_not_asked_again(walk: Walk):
    walk.held()
    walk.waits()
    for hours in (1, 47, 24 * 6):
        assert renewing.ask_renewals(now=later(hours), limit=50) == 0


def test_the_new_hold_counts_the_old_one_is_given_back_and_one_is_captured(waiting: Walk):
    before = {party: leg.payment_intent for party, leg in waiting.legs().items()}
    asked(waiting)
    for party in PARTIES:
        renewed(waiting, party)
        leg = waiting.legs()[party]
        assert leg.state == "authorised" and leg.payment_intent != before[party]
        assert leg.capture_before > later(HELD_HOURS)
        assert memo(leg) == leg.amount_cents
    works(13)
    assert holds(waiting) == ["requires_capture", "requires_capture"]
    assert entries("leg.hold-dropped") == 2
    assert waiting.answers().gate_pass
    waiting.works()
    assert waiting.states() == {"honoraires": "captured", "platform": "captured"}
    assert holds(waiting) == ["succeeded", "succeeded"]
    replayed(waiting.legs()["honoraires"].subject)


def test_without_a_new_hold_the_old_one_lapses_and_the_answer_costs_nothing(waiting: Walk):
    asked(waiting)
    asked(waiting, HELD_HOURS)
    works(HELD_HOURS + 1)
    assert waiting.states() == {"honoraires": "expired", "platform": "expired"}
    assert {one.state for one in Renewal.objects.all()} == {"dropped"}
    with pytest.raises(renewing.RenewalNotDue):
        renewing.open_renewal(
            leg_id=waiting.legs()["honoraires"].id, return_url=SITE, now=later(25)
        )
    waiting.answers()  # the question goes on, and is answered
    waiting.works()
    assert not [one for _, one in waiting.server.sandbox.store.every("balance_transaction")]
    assert not any(waiting.sums().values())


def test_a_hold_placed_again_after_the_answer_is_given_back(waiting: Walk):
    asked(waiting)
    leg = waiting.legs()["honoraires"]
    page = renewing.open_renewal(leg_id=leg.id, return_url=SITE, now=later(13))
    assert waiting.answers().gate_pass
    browse(page, number="4242424242424242")
    works(13)
    assert waiting.states() == {"honoraires": "captured", "platform": "captured"}
    assert holds(waiting) == ["succeeded", "succeeded"]
    assert waiting.legs()["honoraires"].payment_intent == leg.payment_intent


def test_a_question_taken_back_closes_the_page_of_the_new_hold(waiting: Walk):
    asked(waiting)
    leg = waiting.legs()["platform"]
    page = renewing.open_renewal(leg_id=leg.id, return_url=SITE, now=later(13))
    with transaction.atomic():
        payments.release(
            question_id=waiting.question, reason="withdrawn", actor=waiting.patient.actor,
            now=now(),
        )  # fmt: skip
    works(13)
    assert holds(waiting) == []
    assert browse(page, number="4242424242424242")[0] == 410
    assert waiting.states() == {"honoraires": "voided", "platform": "voided"}


def test_a_late_picture_of_the_old_hold_changes_nothing(waiting: Walk):
    old = waiting.legs()["honoraires"]
    asked(waiting)
    renewed(waiting, "honoraires")
    works(13)
    seen = gateway.seen(account=account_of(old), session="", intent=old.payment_intent or "")
    assert seen.intent_status == "canceled"
    with transaction.atomic():
        leg = projecting.project(leg_id=old.id, seen=seen, now=now())
    assert leg.state == "authorised"


def test_a_page_that_was_left_lapses_and_another_is_asked(waiting: Walk):
    asked(waiting)
    leg = waiting.legs()["honoraires"]
    renewing.open_renewal(leg_id=leg.id, return_url=SITE, now=later(13))
    [(_, session)] = [
        one for one in waiting.server.sandbox.store.every("checkout.session")
        if one[1]["status"] == "open"
    ]  # fmt: skip
    gateway.expire(account=account_of(leg), session=session["id"], key="left")
    works(13.1)
    states = Renewal.objects.filter(leg=leg).order_by("asked_at").values_list("state", flat=True)
    assert list(states) == ["dropped", "asked"]
    renewed(waiting, "honoraires", 13.7)
    assert waiting.legs()["honoraires"].payment_intent != leg.payment_intent


@pytest.mark.parametrize("fault", ["lost_answer", "error_500", "conflict_409"])
@pytest.mark.parametrize("path", ["checkout/sessions", "/cancel"])
def test_whatever_answer_is_lost_one_hold_counts_and_nothing_else_stands(
    waiting: Walk, fault: str, path: str
):
    asked(waiting)
    leg = waiting.legs()["honoraires"]
    waiting.server.sandbox.store.plant(fault, path, 0, 1)
    try:
        page = renewing.open_renewal(leg_id=leg.id, return_url=SITE, now=later(13))
    except payments.PaymentUnavailable:
        works(14, rounds=12)
        page = Renewal.objects.get(leg=leg).hosted_url
    browse(page, number="4242424242424242")
    works(16, rounds=12)
    now_held = waiting.legs()["honoraires"]
    assert now_held.state == "authorised" and now_held.payment_intent != leg.payment_intent
    assert memo(now_held) == now_held.amount_cents
    assert holds(waiting) == ["requires_capture", "requires_capture"]


def test_the_database_lets_no_other_hold_take_the_place_of_the_one_that_counts(
    waiting: Walk, database
):
    leg = waiting.legs()["honoraires"]
    with (
        psycopg.connect(database.owner_url) as owner,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        owner.execute("UPDATE billing_leg SET payment_intent = 'pi_x' WHERE id = %s", [leg.id])
        owner.commit()
    asked(waiting)
    renewal = Renewal.objects.get(leg=leg)
    with (
        psycopg.connect(database.owner_url) as owner,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        owner.execute(
            "UPDATE billing_renewal SET state = 'counted', payment_intent = 'pi_x' WHERE id = %s",
            [renewal.id],
        )
        owner.commit()


def test_the_database_takes_no_second_capture_of_a_payment(waiting: Walk, database):
    asked(waiting)
    renewed(waiting, "honoraires")
    waiting.answers()
    waiting.works()
    leg = waiting.legs()["honoraires"]
    copied = (
        "INSERT INTO billing_journal (subject, book_id, kind, event, debit_id, debit_name,"
        " credit_id, credit_name, amount_cents, source, seq, question, leg, posted_at)"
        " SELECT subject, book_id, kind, event, debit_id, debit_name, credit_id, credit_name,"
        " amount_cents, %s, 9, question, leg, now() FROM billing_journal"
        " WHERE leg = %s AND event = 'captured' AND debit_name = 'stripe'"
    )
    with (
        connection.cursor() as cursor,
        pytest.raises(IntegrityError, match="journal_one_capture"),
        transaction.atomic(),
    ):
        cursor.execute(copied, ["txn_twice", leg.id])
