"""The control port: faults, the clock, what others do at Stripe, and what was asked of it."""

import json
from collections.abc import Callable
from typing import Any

from billing.sandbox import balances, faults, lapsing, till
from billing.sandbox.store import Object, Store

Said = dict[str, Any]

# What others than the platform do at Stripe: banks, cardholders, the account's own holder.
ACTS: dict[str, Callable[[Store, Said], Object]] = {
    "dispute": lambda store, said: balances.contest(store, said["intent"], said.get("amount")),
    "dispute/close": lambda store, said: balances.close(store, said["dispute"], won=said["won"]),
    "account": lambda store, said: balances.change_account(
        store, said["account"], said["changes"]
    ),
    "account/restrict": lambda store, said: balances.restrict_account(store, said["account"]),
    "account/cut": lambda store, said: balances.cut_account(store, said["account"]),
    "account/join": lambda store, said: balances.join_account(store, said["account"]),
    "hold/take": lambda store, said: till.by_its_holder(store, said["intent"], takes=True),
    "hold/give-back": lambda store, said: till.by_its_holder(store, said["intent"], takes=False),
    "payout": lambda store, said: balances.pay_out(store, said["account"], said["amount"]),
    "elsewhere": lambda store, said: balances.move_elsewhere(
        store, said["account"], said["amount"]
    ),
}


def control(store: Store, method: str, path: str, body: str) -> Object | None:
    """Answer one request to the control port; None when there is no such thing."""
    asked: Said = json.loads(body) if body else {}
    name = path.removeprefix("/_sandbox/")
    if method == "POST" and name in ACTS:
        with store.lock:
            return ACTS[name](store, asked)
    act = _OWN.get((method, name))
    if act is None:
        return None
    return act(store, asked) or {"ok": True, "now": store.now()}


def _plan(store: Store, asked: Said) -> None:
    faults.plan(store, faults.said(asked))


def _lift(store: Store, asked: Said) -> None:
    store.lift()


def _advance(store: Store, asked: Said) -> None:
    store.advance(asked["seconds"])
    with store.lock:
        lapsing.pass_time(store)


def _hold_for(store: Store, asked: Said) -> None:
    store.hold_for(asked["seconds"])


def _healthy(store: Store, asked: Said) -> None:
    return None


_OWN: dict[tuple[str, str], Callable[[Store, Said], Object | None]] = {
    ("GET", "health"): _healthy,
    ("GET", "requests"): lambda store, asked: {"requests": store.requests()},
    ("GET", "heard"): lambda store, asked: store.heard(),
    ("GET", "post"): lambda store, asked: {"unsent": store.unsent()},
    ("POST", "faults"): _plan,
    ("POST", "faults/lift"): _lift,
    ("POST", "clock"): _advance,
    ("POST", "holds"): _hold_for,
}
