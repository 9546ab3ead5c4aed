"""What nobody here asked for is written as such, and two readings a moment apart alarm nobody."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.facts import SYSTEM
from billing import gateway
from billing.actions.reconciling import DAILY, RETRY, reconcile_due
from billing.actions.steps import open_book
from billing.models import Journal, Reconciliation
from billing.queries.service import operations_state
from billing.sandbox import shapes
from tests.billing.test_balances import account, book, captured, does, entries, looked
from tests.billing.test_views import signed_in
from tests.billing.walk import Walk, enabled_account
from tests.people import a_physician, an_account, now

UNKNOWN = {
    "a charge": ("charge", 900),
    "a payment": ("payment", 900),
    "a refund": ("refund", -400),
    "a refund that failed": ("refund_failure", 400),
    "a dispute": ("adjustment", -1500),
    "a dispute won": ("adjustment", 1500),
    "a fee": ("stripe_fee", -25),
    "a transfer": ("transfer", -300),
    "a kind that nothing here knows": ("climate_order_purchase", -77),
}


def alarms(caplog) -> list[tuple[str, str]]:
    """What was said of money since the last time, and how loudly."""
    said = [one.msg for one in caplog.records if isinstance(one.msg, dict)]
    caplog.clear()
    return [(one["level"], one["event"]) for one in said if one["event"].startswith("money.")]


def test_each_unknown_kind_of_line_is_a_row_on_external_with_an_alarm_in_its_own_book_only(
    walk, caplog
):
    captured(walk)
    store = walk.server.sandbox.store
    sums = {book(walk): 0, "platform": 0}
    for kind, cents in UNKNOWN.values():
        for universe, name in ((account(walk), book(walk)), ("", "platform")):
            store.save(universe, shapes.move(store.now(), kind, shapes.new_id("ch"), cents))
            sums[name] -= cents
    for name in sums:
        found = looked(walk, name)
        assert (len(found.unexplained), found.difference_cents) == (len(UNKNOWN), 0)
    assert alarms(caplog) == [("error", "money.unexplained")] * 2 * len(UNKNOWN)
    state = operations_state(now())
    assert (state["compared"], state["differing"]) == (2, 0)
    assert state["unexplained"] == 2 * len(UNKNOWN)
    assert {name: walk.sums()[name].get("external", 0) for name in sums} == sums
    kinds = sorted(kind for kind, _ in UNKNOWN.values())
    for name in sums:
        of_book = [one for one in entries("book.unexplained") if one["book"] == name]
        assert sorted(one["kind"] for one in of_book) == kinds
        assert all(row["book"] == name for one in of_book for row in one["journal"])


def test_money_that_moves_between_the_two_readings_is_no_difference(
    walk: Walk, monkeypatch, caplog
):
    captured(walk)
    original, moved = gateway.balance, []

    def balance(*, account: str) -> int:
        if not moved:  # after the lines were read, and before the sum is
            moved.append(does(walk, "payout", account=account, amount=500))
        return original(account=account)

    monkeypatch.setattr(gateway, "balance", balance)
    found = looked(walk)
    assert (found.difference_cents, found.unexplained, len(found.written)) == (0, [], 1)
    assert alarms(caplog) == []
    assert Journal.objects.filter(event="payout").count() == 1


@pytest.mark.parametrize("stays", [True, False])
def test_a_difference_alarms_when_it_is_there_an_hour_later_too(
    walk: Walk, monkeypatch, stays, caplog
):
    captured(walk)
    original = gateway.balance
    monkeypatch.setattr(gateway, "balance", lambda *, account: original(account=account) + 7)
    assert looked(walk).difference_cents == 7
    assert alarms(caplog) == [("warning", "money.difference-once")]
    assert operations_state(now())["differing"] == 1
    page = signed_in(an_account("operator")).get("/operateur/").content.decode()
    assert f"teleconseil reconcile --book {book(walk)}" in page and "écart 0,07" in page
    seen = Reconciliation.objects.get(book=book(walk)).looked_at
    assert timedelta() <= now() - (seen + DAILY - RETRY) < timedelta(minutes=10)
    if not stays:
        monkeypatch.setattr(gateway, "balance", original)
    Reconciliation.objects.filter(book=book(walk)).update(looked_at=now() - DAILY)
    assert reconcile_due(now=now()) == 1
    assert alarms(caplog) == ([("error", "money.difference")] if stays else [])


def test_a_book_without_an_account_costs_a_round_no_query_for_each_account(walk: Walk):
    """Of a physician who is settled with at the practice alone: there is nothing to compare."""
    captured(walk)
    reconcile_due(now=now())

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert reconcile_due(now=now()) == 0
        return len(seen)

    assert asked() == 2
    with transaction.atomic():
        open_book(name="dr:10000000099", scope="75", actor=SYSTEM, now=now())
    before = asked()
    enabled_account(a_physician())
    assert asked() == before <= 5
