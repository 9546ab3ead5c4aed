"""Stories of the money machine that once ended wrong, each told again as short as it was."""

from billing.sandbox import balances
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
