"""What banks, holders and patients may do at odd moments: the books and the state stay true."""

from datetime import timedelta

import pytest
from django.db import transaction

from billing import gateway, money
from billing.actions import disputing, onboarding, work
from billing.actions.quotes import QuoteExpired, accept_quote
from billing.actions.reconciling import compare, sides
from billing.actions.refunding import refund
from billing.actions.rejudging import give_back
from billing.models import ConnectedAccount, Journal, Op, Reconciliation, Refund
from billing.queries.legs import still_held
from billing.queries.quotes import honoraires_of, still_included
from billing.sandbox import refunds, shapes, till
from billing.states.seen import Disputed, Moved
from tests import people
from tests.billing.test_balances import account, book, captured, does, entries, looked
from tests.billing.test_views import signed_in
from tests.billing.trials import replayed
from tests.billing.walk import Walk
from tests.people import SYSTEM, now


def ordered(walk: Walk, cents: int, party: str = "honoraires") -> Op:
    with transaction.atomic():
        return refund(
            leg_id=walk.legs()[party].id, amount_cents=cents, reason="goodwill", actor=SYSTEM,
            now=now(),
        )  # fmt: skip


def elsewhere(walk: Walk, cents: int) -> dict:
    """The physician gives money back in their own pages at Stripe."""
    store, leg = walk.server.sandbox.store, walk.legs()["honoraires"]
    intent = store.load(account(walk), leg.payment_intent, "payment_intent")
    return refunds.make(store, account(walk), intent, {"amount": cents})


def line(walk: Walk, kind: str, cents: int, **more: object) -> dict:
    store = walk.server.sandbox.store
    made = shapes.move(store.now(), kind, shapes.new_id("po"), cents)
    return store.save(account(walk), {**made, **more})


def test_an_act_judged_wrong_gives_the_one_back_while_the_other_is_contested(walk):
    captured(walk)
    made = does(walk, "dispute", intent=walk.legs()["honoraires"].payment_intent)
    walk.looks("honoraires")
    with transaction.atomic():
        assert give_back(question_id=walk.question, actor=SYSTEM, now=now()) == 1
    walk.works()
    assert walk.states() == {"honoraires": "disputed", "platform": "refunded"}
    assert still_held([walk.question]) == []
    does(walk, "dispute/close", dispute=made["id"], won=True)
    walk.looks("honoraires")
    assert still_held([walk.question]) == [walk.question]
    with transaction.atomic():
        assert give_back(question_id=walk.question, actor=SYSTEM, now=now()) == 1


def test_what_was_lost_stays_lost_when_an_earlier_dispute_is_won_afterwards(walk):
    captured(walk)
    leg = walk.legs()["honoraires"]

    def shown(first: str) -> str:
        took = Moved("txn_a", "adjustment", "dp_a", -500, 0, now())
        rest = Moved("txn_b", "adjustment", "dp_b", -1000, 0, now())
        found = [Disputed("dp_a", first, 500, (took,)), Disputed("dp_b", "lost", 1000, (rest,))]
        with transaction.atomic():
            disputing.project_disputes(leg_id=leg.id, found=found, now=now())
        return walk.states()["honoraires"]

    assert shown("needs_response") == "disputed"
    assert shown("won") == "part_refunded"
    assert walk.sums()[book(walk)]["chargebacks"] == 1000


def test_pictures_of_a_dispute_write_each_row_once_in_whatever_order_they_come(walk):
    captured(walk)
    leg = walk.legs()["honoraires"]
    took, back, again = (
        Moved(f"txn_{n}", "adjustment", "dp_a", cents, 0, now() + timedelta(days=n))
        for n, cents in enumerate((-1500, 1500, -1500))
    )
    opened, lost, won, lost_again = (
        Disputed("dp_a", status, 1500, moves)
        for status, moves in (
            ("needs_response", (took,)), ("lost", (took,)), ("won", (took, back)),
            ("lost", (took, back, again)),
        )
    )  # fmt: skip

    def shown(*pictures: Disputed) -> tuple[str, int, int]:
        for one in pictures:
            with transaction.atomic():
                disputing.project_disputes(leg_id=leg.id, found=[one], now=now())
        replayed(leg.subject)
        sums = walk.sums()[book(walk)]
        return (
            walk.states()["honoraires"], sums.get("dispute_hold", 0), sums.get("chargebacks", 0),
        )  # fmt: skip

    assert shown(lost, lost) == ("charged_back", 0, 1500)
    assert shown(opened) == ("charged_back", 0, 1500)  # fetched before the bank decided
    assert shown(lost, opened, lost, won, won) == ("captured", 0, 0)
    assert shown(opened, lost, won) == ("captured", 0, 0)  # older, and taken for what they are
    assert shown(lost_again, won, opened, lost_again, lost) == ("charged_back", 0, 1500)
    assert Journal.objects.filter(event__in=["disputed", "dispute_won"]).count() == 3


def test_a_dispute_that_is_won_in_part_is_lost_for_the_rest_alone(walk):
    captured(walk)
    took = Moved("txn_a", "adjustment", "dp_a", -1500, 0, now())
    back = Moved("txn_b", "adjustment", "dp_a", 500, 0, now())
    leg = walk.legs()["honoraires"]
    for moves in ((took,), (took, back)):
        with transaction.atomic():
            disputing.project_disputes(
                leg_id=leg.id, found=[Disputed("dp_a", "lost", 1500, moves)], now=now()
            )
    sums = walk.sums()[book(walk)]
    assert (sums.get("dispute_hold", 0), sums["chargebacks"]) == (0, 1000)
    replayed(leg.subject)


@pytest.mark.parametrize("seen", ["in turn", "its line late", "at once"])
def test_a_dispute_lost_in_part_may_be_won_for_the_rest_afterwards(walk, seen: str):
    captured(walk)
    took, back, rest = (
        Moved(f"txn_{n}", "adjustment", "dp_a", cents, 0, now())
        for n, cents in enumerate((-1500, 500, 1000))
    )
    pictures = {
        "in turn": [("lost", (took, back)), ("won", (took, back, rest))],
        "its line late": [
            ("lost", (took, back)), ("won", (took, back)), ("won", (took, back, rest)),
        ],
        "at once": [("won", (took, back, rest))],
    }[seen]  # fmt: skip
    leg = walk.legs()["honoraires"]
    for status, moves in pictures:
        one = Disputed("dp_a", status, 1500, moves)
        with transaction.atomic():
            disputing.project_disputes(leg_id=leg.id, found=[one], now=now())
        replayed(leg.subject)
    sums = walk.sums()[book(walk)]
    assert (sums.get("dispute_hold", 0), sums.get("chargebacks", 0)) == (0, 0)
    assert walk.states()["honoraires"] == "captured"


def test_an_inquiry_of_a_bank_is_no_dispute_that_was_closed(walk):
    captured(walk)
    leg = walk.legs()["honoraires"]
    for status in ("warning_needs_response", "warning_closed"):
        with transaction.atomic():
            found = [Disputed("dp_a", status, 1500, ())]
            disputing.project_disputes(leg_id=leg.id, found=found, now=now())
        assert walk.states()["honoraires"] == "captured"
    assert [one["status"] for one in entries("leg.disputed")] == ["warning_needs_response"]
    assert [one["status"] for one in entries("leg.dispute-closed")] == ["warning_closed"]


def test_a_dispute_that_moves_its_fee_alone_is_written(walk):
    captured(walk)
    fee = Moved("txn_a", "adjustment", "dp_a", 0, 2000, now())
    with transaction.atomic():
        disputing.project_disputes(
            leg_id=walk.legs()["honoraires"].id, now=now(),
            found=[Disputed("dp_a", "needs_response", 1500, (fee,))],
        )  # fmt: skip
    assert Journal.objects.get(source="txn_a").event == "dispute_fee"


def test_money_that_stripe_draws_from_the_bank_is_written(walk):
    captured(walk)
    does(walk, "payout", account=account(walk), amount=1000)
    ordered(walk, 1500)
    walk.works()
    drawn = line(walk, "payout", 1052)  # the balance was below zero
    found = looked(walk)
    assert (found.unexplained, found.difference_cents) == ([], 0)
    assert drawn["id"] in found.written
    assert walk.sums()[book(walk)]["bank"] == -52
    line(walk, "payout_failure", -1052)
    assert looked(walk).difference_cents == 0


def test_another_currency_is_said_and_never_counted_as_euros(walk):
    captured(walk)
    other = line(walk, "charge", 500, currency="usd")
    store = walk.server.sandbox.store
    whole = sum(
        body["net"] for _, body in store.every("balance_transaction", account(walk))
        if body["currency"] == "eur"
    )  # fmt: skip
    before = Journal.objects.count()
    original = gateway.balance
    gateway.balance = lambda *, account: whole
    try:
        found = looked(walk)
    finally:
        gateway.balance = original
    assert (found.unexplained, found.difference_cents) == ([other["id"]], 0)
    assert Journal.objects.count() == before


def test_a_line_that_moves_nothing_alarms_nobody_every_day(walk):
    captured(walk)
    line(walk, "adjustment", 0)
    for _ in range(2):
        assert looked(walk).unexplained == []
    assert entries("book.unexplained") == []


def test_a_short_look_does_not_hide_what_came_before_it(walk):
    captured(walk)
    looked(walk)
    old = now() - timedelta(days=30)
    Reconciliation.objects.update(looked_until=old)
    side = next(one for one in sides() if one.book == book(walk))
    compare(side=side, since=now() - timedelta(hours=1), now=now())
    assert Reconciliation.objects.get(book=book(walk)).looked_until == old
    compare(side=side, since=None, now=now())
    assert Reconciliation.objects.get(book=book(walk)).looked_until > old


def test_a_capture_that_the_balance_shows_first_is_not_written_as_unexplained(walk, monkeypatch):
    walk.held()
    walk.answers()
    leg = walk.legs()["honoraires"]
    store = walk.server.sandbox.store
    intent = store.load(account(walk), leg.payment_intent, "payment_intent")
    till.capture(store, account(walk), intent, None)
    charge = store.load(account(walk), leg.charge, "charge")
    moved = charge["balance_transaction"]
    store.save(account(walk), {**charge, "balance_transaction": None})
    found = looked(walk)
    assert Journal.objects.filter(event="external").count() == 0
    assert found.unexplained == [] and walk.states()["honoraires"] == "capturing"
    store.save(account(walk), {**charge, "balance_transaction": moved})
    walk.works()
    assert walk.states()["honoraires"] == "captured"
    assert looked(walk).difference_cents == 0


def test_what_was_taken_elsewhere_and_written_so_can_still_be_captured_under_a_pass(
    walk, database
):
    walk.held()
    leg = walk.legs()["honoraires"]
    store = walk.server.sandbox.store
    intent = store.load(account(walk), leg.payment_intent, "payment_intent")
    till.capture(store, account(walk), intent, None)
    for _, body in store.every("balance_transaction", account(walk)):
        store.save(account(walk), {**body, "created": body["created"] - 2 * 86_400})
    assert len(looked(walk).unexplained) == 1
    assert walk.sums()[book(walk)]["external"] < 0
    assert walk.answers().gate_pass
    walk.works()
    assert walk.states() == {"honoraires": "captured", "platform": "captured"}
    sums = walk.sums()[book(walk)]
    assert "external" not in sums and "receivable" not in sums
    replayed(walk.legs()["honoraires"].subject)
    assert looked(walk).difference_cents == 0


def test_money_given_back_elsewhere_while_ours_waits_is_given_back_once(walk):
    captured(walk)
    op = ordered(walk, 1500)
    elsewhere(walk, 1500)
    walk.looks("honoraires")
    op.refresh_from_db()
    assert (op.state, walk.states()["honoraires"]) == ("failed", "refunded")
    walk.works()
    assert looked(walk).difference_cents == 0
    assert Refund.objects.get().op is None
    leg = walk.legs()["honoraires"]
    assert (leg.refunded_cents, leg.refund_ordered_cents) == (1500, 1500)
    replayed(leg.subject)


REALLY = gateway.refund


class Unheard:
    """A call whose answer never comes; with `really` it was carried out all the same."""

    def __init__(self, really=None) -> None:
        self.really, self.asked = really, False

    def __call__(self, **asked: object) -> None:
        self.asked = True
        if self.really:
            self.really(**asked)
        raise gateway.Unreachable("timeout")


def test_a_refund_whose_last_answer_was_lost_is_never_asked_under_another_key(
    walk, unhurried, monkeypatch
):
    captured(walk)
    op = ordered(walk, 500)
    store, at = walk.server.sandbox.store, now()
    for _ in range(work.NEW_KEY_AFTER - 1):  # nothing happens there, and nobody can tell
        monkeypatch.setattr(gateway, "refund", unheard := Unheard())
        at += timedelta(minutes=6)
        work.carry_out(op_id=op.id, now=at)
        assert unheard.asked
    monkeypatch.setattr(gateway, "refund", Unheard(REALLY))
    at += timedelta(minutes=6)
    work.carry_out(op_id=op.id, now=at)
    monkeypatch.setattr(gateway, "refund", REALLY)
    for later in range(1, 6):
        work.run_due(now=at + timedelta(minutes=6 * later))
    given = [one for _, one in store.every("refund")]
    assert sum(one["amount"] for one in given) == 500
    leg = walk.legs()["honoraires"]
    assert (leg.refunded_cents, leg.refund_ordered_cents) == (500, 500)
    assert not Op.objects.filter(state="live").exists()
    replayed(leg.subject)


def test_many_follow_ups_quoted_at_once_are_not_all_included(walk):
    captured(walk)
    assert honoraires_of(walk.physician.id, now()).cents == 1500
    several = [walk.again() for _ in range(3)]
    quotes = [one.quoted(tier=money.FOLLOW_UP) for one in several]
    assert [one.honoraires_cents for one in quotes] == [0, 0, 0]

    def agrees(one: Walk, quote) -> None:
        with transaction.atomic():
            accept_quote(
                quote_id=quote.id, settlement="card", shown_at=now(), actor=one.patient.actor,
                now=now(),
            )  # fmt: skip

    agrees(several[0], quotes[0])
    for one, quote in list(zip(several, quotes, strict=True))[1:]:
        with pytest.raises(QuoteExpired):
            agrees(one, quote)
    assert [still_included(quote) for quote in quotes] == [True, False, False]
    agrees(several[0], quotes[0])  # said twice, it changes nothing
    assert several[1].quoted(tier=money.FOLLOW_UP).honoraires_cents == 1500


@pytest.mark.parametrize("said", ["9999-12", "0001-01"])
def test_a_month_beyond_the_calendar_shows_this_one(walk, said):
    captured(walk)
    assert signed_in(walk.physician.account).get(f"/livres/releve/?mois={said}").status_code == 200


def test_a_page_pressed_twice_at_once_opens_one_account(walk, monkeypatch):
    own = people.a_physician()
    really = gateway.create_account

    def slow(**asked):
        made = really(**asked)
        monkeypatch.setattr(gateway, "create_account", really)
        onboarding.open_account(physician_id=own.id, actor=own.actor, now=now())
        return made

    monkeypatch.setattr(gateway, "create_account", slow)
    opened = onboarding.open_account(physician_id=own.id, actor=own.actor, now=now())
    assert ConnectedAccount.objects.get(physician=own.id) == opened
