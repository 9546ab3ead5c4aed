"""The calls of the API: find the object, check the parameters, act, answer."""

import re
from collections.abc import Callable
from typing import Any

from billing.sandbox import balances, intents, refunds, shapes, till
from billing.sandbox.calling import Call, Missing, known_account, may_take_cards
from billing.sandbox.parameters import Unfit
from billing.sandbox.store import PLATFORM, Object, Store

DATA_OF_INTENT = "sandbox.intent_data"  # what a session will give its PaymentIntent


def _create_account(call: Call) -> Object:
    made = shapes.account(call.store.now(), call.params)
    # An account is known to the platform, and is a universe of its own.
    return call.store.save(PLATFORM, made)


def _retrieve_account(call: Call) -> Object:
    found = known_account(call.store, call.identifier)
    if found is None:
        raise Missing(f"No such account: '{call.identifier}'")
    return found


def _link_account(call: Call) -> Object:
    params = call.params
    if known_account(call.store, params["account"]) is None:
        raise Missing(f"No such account: '{params['account']}'")
    token = shapes.new_id("alink")
    call.store.save(
        PLATFORM,
        {
            "id": token, "object": "sandbox.link", "account": params["account"],
            "return_url": params["return_url"],
        },
    )  # fmt: skip
    now = call.store.now()
    return {
        "object": "account_link", "created": now, "expires_at": now + 300,
        "url": f"{call.base}/onboarding/{token}",
    }  # fmt: skip


def _create_session(call: Call) -> Object:
    params = call.params
    may_take_cards(call)
    if params.get("mode") != "payment":
        raise Unfit("This double takes mode=payment only", "mode")
    if len(params.get("line_items", [])) != 1 or "price_data" not in params["line_items"][0]:
        raise Unfit("This double takes exactly one line with price_data", "line_items")
    amount = params["line_items"][0]["price_data"].get("unit_amount", 0)
    if amount < 50:
        raise Unfit("The amount must be at least €0.50 eur", "line_items", "amount_too_small")
    if not params.get("success_url"):
        raise Unfit("Missing required param: success_url.", "success_url", "parameter_missing")
    made = shapes.session(call.store.now(), params, call.base)
    call.store.save(call.universe, made, due=made["expires_at"])
    call.store.save(
        call.universe,
        {
            "id": f"{made['id']}#intent", "object": DATA_OF_INTENT,
            "data": params.get("payment_intent_data", {}),
            "name": params["line_items"][0]["price_data"]["product_data"]["name"],
        },
    )  # fmt: skip
    return made


def _expire_session(call: Call) -> Object:
    return till.expire(call.store, call.universe, call.of("checkout.session"))


def _create_refund(call: Call) -> Object:
    params = call.params
    intent = call.store.load(call.universe, params.get("payment_intent", ""), "payment_intent")
    if intent is None:
        raise Missing(f"No such payment_intent: '{params.get('payment_intent')}'")
    return refunds.make(call.store, call.universe, intent, params)


def _list_refunds(call: Call) -> Object:
    params = call.params
    found = refunds.of_intent(call.store, call.universe, params.get("payment_intent", ""))
    return balances.listed(found, params, "/v1/refunds")


def _balance(call: Call) -> Object:
    return balances.whole(call.store, call.universe)


def _list_lines(call: Call) -> Object:
    return balances.lines(call.store, call.universe, call.params)


def _list_disputes(call: Call) -> Object:
    return balances.disputes_of(call.store, call.universe, call.params)


def _of_kind(kind: str) -> Callable[[Call], Object]:
    return lambda call: call.of(kind)


def _list_events(call: Call) -> Object:
    events = [event for _, event in call.store.every("event", call.universe)]
    return balances.listed(events[::-1], call.params, "/v1/events")


_ID = r"(?P<id>[A-Za-z0-9_]+)"
# Method, path, the call whose parameters the library's own types describe, and the act.
ROUTES: tuple[tuple[str, re.Pattern[str], str, Callable[[Call], Object]], ...] = tuple(
    (method, re.compile(f"^/v1/{path}$"), name, act)
    for method, path, name, act in (
        ("POST", "accounts", "account.create", _create_account),
        ("GET", f"accounts/{_ID}", "account.retrieve", _retrieve_account),
        ("POST", "account_links", "account_link.create", _link_account),
        ("POST", "checkout/sessions", "session.create", _create_session),
        ("GET", f"checkout/sessions/{_ID}", "session.retrieve", _of_kind("checkout.session")),
        ("POST", f"checkout/sessions/{_ID}/expire", "session.expire", _expire_session),
        ("POST", "payment_intents", "intent.create", intents.create),
        ("GET", f"payment_intents/{_ID}", "intent.retrieve", _of_kind("payment_intent")),
        ("POST", f"payment_intents/{_ID}/confirm", "intent.confirm", intents.confirm),
        ("POST", f"payment_intents/{_ID}/capture", "intent.capture", intents.capture),
        ("POST", f"payment_intents/{_ID}/cancel", "intent.cancel", intents.cancel),
        ("POST", "refunds", "refund.create", _create_refund),
        ("GET", "refunds", "refund.list", _list_refunds),
        ("GET", f"refunds/{_ID}", "refund.retrieve", _of_kind("refund")),
        ("GET", f"charges/{_ID}", "charge.retrieve", _of_kind("charge")),
        ("GET", f"balance_transactions/{_ID}", "line.retrieve", _of_kind("balance_transaction")),
        ("GET", "balance", "balance.retrieve", _balance),
        ("GET", "balance_transactions", "line.list", _list_lines),
        ("GET", "disputes", "dispute.list", _list_disputes),
        ("GET", f"disputes/{_ID}", "dispute.retrieve", _of_kind("dispute")),
        ("GET", f"payouts/{_ID}", "payout.retrieve", _of_kind("payout")),
        ("GET", "events", "event.list", _list_events),
        ("GET", f"events/{_ID}", "event.retrieve", _of_kind("event")),
    )
)


def expanded(store: Store, universe: str, body: Object, paths: list[str]) -> Object:
    """Replace ids by their objects along dotted paths, as `expand` asks."""
    kinds = {"latest_charge": "charge", "balance_transaction": "balance_transaction",
             "payment_intent": "payment_intent"}  # fmt: skip
    whole: dict[str, Any] = dict(body)
    if "data.source" in paths:
        whole["data"] = [
            {**one, "source": store.anything(universe, one["source"]) or one["source"]}
            for one in whole["data"]
        ]
    for path in paths:
        place = whole
        for step in path.split("."):
            value = place.get(step)
            if isinstance(value, str) and step in kinds:
                place[step] = store.load(universe, value, kinds[step])
            if not isinstance(place.get(step), dict):
                break
            place = place[step]
    return whole
