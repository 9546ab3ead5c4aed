"""Refunds: taken money goes back, and now and then the bank sends it back again."""

from typing import Any

from billing.money import euros
from billing.sandbox import shapes, till
from billing.sandbox.store import Object, Store

# What became of a dispute that leaves its payment free to be given back.
FREE = ("won", "warning_closed")


def make(store: Store, universe: str, intent: Object, params: dict[str, Any]) -> Object:
    """Give back all that is left of a payment, or a part of it."""
    charge = store.load(universe, intent["latest_charge"] or "", "charge")
    if intent["status"] != "succeeded" or charge is None:
        raise till.Wrong("charge_not_refundable", "This PaymentIntent has no successful charge.")
    left = charge["amount_captured"] - charge["amount_refunded"] - _lost(store, universe, intent)
    if not left:
        raise till.Wrong("charge_already_refunded", "The charge has already been refunded.")
    amount = params.get("amount", left)
    if not 0 < amount <= left:
        # Stripe has no code of its own for this one.
        raise till.Wrong(
            None, f"Refund amount ({euros(amount)}) is greater than unrefunded amount on charge "
            f"({euros(left)})", parameter="amount",
        )  # fmt: skip
    made = shapes.refund(store.now(), charge, amount, params.get("metadata") or {})
    moved = store.save(universe, shapes.refund_transaction(store.now(), made, failed=False))
    made["balance_transaction"] = moved["id"]
    bank = store.load(universe, f"{charge['id']}#card", till.CARD_OF)
    fails = bank is not None and bank["number"] == shapes.REFUND_FAILS
    due = store.now() + shapes.REFUND_FAILS_AFTER_SECONDS if fails else None
    store.save(universe, made, due=due)
    _returned(store, universe, charge, amount)
    till.tell(store, universe, "refund.created", made)
    till.tell(store, universe, "charge.refunded", charge)
    return made


def _lost(store: Store, universe: str, intent: Object) -> int:
    """What banks gave back of a payment; while one has not decided, nothing is given back."""
    every = [one for _, one in store.every("dispute", universe)]
    standing = [
        one for one in every
        if one["payment_intent"] == intent["id"] and one["status"] not in FREE
    ]  # fmt: skip
    lost = sum(one["amount"] for one in standing if one["status"] == "lost")
    if lost >= intent["amount_received"] or any(one["status"] != "lost" for one in standing):
        raise till.Wrong("charge_disputed", "The charge has been charged back.")
    return int(lost)


def of_intent(store: Store, universe: str, intent: str) -> list[Object]:
    """The refunds of one payment, the newest first."""
    every = [one for _, one in store.every("refund", universe)]
    return [one for one in reversed(every) if one["payment_intent"] == intent]


def fail(store: Store, universe: str, refund: Object) -> Object:
    """The bank sends a refund back: the money is on the account's balance again."""
    charge = store.load(universe, refund["charge"], "charge")
    assert charge is not None
    moved = store.save(universe, shapes.refund_transaction(store.now(), refund, failed=True))
    refund.update(
        status="failed", failure_reason="expired_or_canceled_card",
        failure_balance_transaction=moved["id"],
    )  # fmt: skip
    store.save(universe, refund)
    _returned(store, universe, charge, -refund["amount"])
    till.tell(store, universe, "refund.failed", refund)
    return refund


def _returned(store: Store, universe: str, charge: Object, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    store.save(universe, charge)
