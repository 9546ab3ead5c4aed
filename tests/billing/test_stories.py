"""Stories of the money machine that once ended wrong, each told again as short as it was."""

import pytest

from billing.sandbox import balances, till
from tests.billing.metered import Exchange
from tests.billing.trials import balances as booked
from tests.billing.trials import replayed
from tests.billing.walk import Walk


def test_a_dispute_won_before_anybody_looked_is_written_in_the_order_it_moved(walk: Walk):
    walk.held()
    assert walk.answers().gate_pass
    walk.works()
    store, leg = walk.server.sandbox.store, walk.legs()["honoraires"]
    contested = balances.contest(store, str(leg.payment_intent))
    balances.close(store, contested["id"], won=True)
    walk.looks("honoraires")
    assert walk.states()["honoraires"] == "captured"
    replayed(leg.subject)
    assert walk.sums()[f"dr:{walk.physician.physician.rpps}"].get("dispute_hold", 0) == 0


@pytest.mark.parametrize("seen_first", [True, False])
def test_a_metered_hold_that_was_taken_whole_by_hand_is_given_back_whole(
    walk: Walk, database, seen_first
):
    database.takes_any_moment()
    live = Exchange.begun(walk, cap_minutes=5)
    live.says()
    live.goes_on(130)
    store, leg = walk.server.sandbox.store, walk.legs()["platform"]
    till.capture(store, "", store.load("", str(leg.payment_intent), "payment_intent"), None)
    if seen_first:
        walk.looks("platform")
    assert live.signs().gate_pass
    walk.works(8)
    assert walk.states() == {"honoraires": "captured", "platform": "refunded"}
    [(_, back)] = store.every("refund")
    assert back["amount"] == leg.amount_cents
    assert booked(walk.question).get(("platform", "platform_fee"), 0) == 0
    replayed(leg.subject)
