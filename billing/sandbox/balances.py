"""The balance of one account: its lines, its sum, payouts, disputes, and moves made elsewhere."""

from typing import Any

from billing.sandbox import shapes, till
from billing.sandbox.calling import CUT
from billing.sandbox.store import PLATFORM, Object, Store

CLOSED = ("won", "lost", "warning_closed")


def lines(store: Store, universe: str, params: dict[str, Any]) -> Object:
    """The balance's lines, the newest first, page by page, as `list` answers."""
    found = [body for _, body in store.every("balance_transaction", universe)][::-1]
    since = (params.get("created") or {}).get("gte", 0)
    found = [one for one in found if one["created"] >= since]
    return listed(found, params, "/v1/balance_transactions")


def listed(found: list[Object], params: dict[str, Any], url: str) -> Object:
    """One page of a list that has the newest first, from after the one that is named."""
    if after := params.get("starting_after"):
        place = next((n for n, one in enumerate(found) if one["id"] == after), len(found))
        found = found[place + 1 :]
    limit = params.get("limit", 10)
    return {
        "object": "list", "data": found[:limit], "has_more": len(found) > limit, "url": url,
    }  # fmt: skip


def whole(store: Store, universe: str) -> Object:
    """What stands on the balance; everything settles at once here."""
    total = sum(body["net"] for _, body in store.every("balance_transaction", universe))
    part = {"amount": total, "currency": "eur", "source_types": {"card": total}}
    none = {"amount": 0, "currency": "eur", "source_types": {"card": 0}}
    return {"object": "balance", "available": [part], "pending": [none], "livemode": False}


def pay_out(store: Store, universe: str, amount: int) -> Object:
    """Send money from the balance to the bank."""
    made = shapes.payout(store.now(), amount)
    moved = shapes.move(store.now(), "payout", made["id"], -amount)
    made["balance_transaction"] = store.save(universe, moved)["id"]
    store.save(universe, made)
    till.tell(store, universe, "payout.paid", made)
    return made


def move_elsewhere(store: Store, universe: str, amount: int) -> Object:
    """Something that the platform did not ask for: a charge, or a fee when negative."""
    kind = "charge" if amount > 0 else "stripe_fee"
    return store.save(universe, shapes.move(store.now(), kind, shapes.new_id("ch"), amount))


def disputes_of(store: Store, universe: str, params: dict[str, Any]) -> Object:
    """The disputes of one payment, the newest first."""
    every = [body for _, body in store.every("dispute", universe)][::-1]
    intent = params.get("payment_intent")
    found = [one for one in every if intent in (None, one["payment_intent"])]
    return listed(found, params, "/v1/disputes")


def contest(store: Store, intent_id: str, amount: int | None = None) -> Object:
    """The cardholder contests a payment, or a part of it: the bank takes it back, with a fee."""
    universe = store.universe_of(intent_id) or ""
    intent = store.load(universe, intent_id, "payment_intent")
    assert intent is not None and intent["status"] == "succeeded", intent_id
    charge = store.load(universe, intent["latest_charge"], "charge")
    assert charge is not None
    made = shapes.dispute(store.now(), charge, amount or charge["amount_captured"])
    _moved(store, universe, made, -made["amount"], shapes.DISPUTE_FEE)
    charge["disputed"] = True
    store.save(universe, charge)
    till.tell(store, universe, "charge.dispute.created", made)
    return made


def close(store: Store, dispute_id: str, *, won: bool) -> Object:
    """The bank decides, perhaps otherwise than before: the money comes back, or goes again."""
    universe = store.universe_of(dispute_id) or ""
    found = store.load(universe, dispute_id, "dispute")
    before, after = found and found["status"], "won" if won else "lost"
    assert found is not None and before not in (after, "warning_closed"), dispute_id
    found["status"] = after
    if won:
        _moved(store, universe, found, found["amount"], -shapes.DISPUTE_FEE)
    elif before == "won":
        _moved(store, universe, found, -found["amount"], shapes.DISPUTE_FEE)
    store.save(universe, found)
    till.tell(store, universe, "charge.dispute.closed", found)
    return found


def change_account(store: Store, account: str, changes: dict[str, Any]) -> Object:
    """Stripe asks for more, restricts an account or lifts that."""
    found = store.load(PLATFORM, account, "account")
    assert found is not None, account
    found.update(changes)
    store.save(PLATFORM, found)
    till.tell(store, account, "account.updated", found)
    return found


def restrict_account(store: Store, account: str) -> Object:
    """Stripe lets an account take no more payments until its holder answers."""
    asked = {
        "alternatives": [], "current_deadline": None, "currently_due": ["individual.verification"],
        "disabled_reason": "requirements.past_due", "errors": [], "eventually_due": [],
        "past_due": ["individual.verification"], "pending_verification": [],
    }  # fmt: skip
    off = {"charges_enabled": False, "payouts_enabled": False, "requirements": asked}
    return change_account(store, account, off)


def cut_account(store: Store, account: str) -> Object:
    """The holder cuts the platform's access: the account is not there for it any more."""
    found = store.load(PLATFORM, account, "account")
    assert found is not None, account
    gone = {"id": "ca_sandbox", "object": "application", "name": "teleconseil"}
    till.tell(store, account, "account.application.deauthorized", gone)
    store.save(PLATFORM, {"id": f"{account}#cut", "object": CUT})
    return {"cut": account}


def join_account(store: Store, account: str) -> Object:
    """The holder lets the platform in again; the account is as it was."""
    store.forget(f"{account}#cut")
    found = store.load(PLATFORM, account, "account")
    assert found is not None, account
    till.tell(store, account, "account.updated", found)
    return found


def _moved(store: Store, universe: str, dispute: Object, amount: int, fee: int) -> None:
    moved = shapes.move(store.now(), "adjustment", dispute["id"], amount, fee=fee)
    moved["reporting_category"] = "dispute" if amount < 0 else "dispute_reversal"
    store.save(universe, moved)
    dispute["balance_transactions"].append(moved)
    store.save(universe, dispute)
