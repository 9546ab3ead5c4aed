"""The check of what the sandbox says sees what it is for, and every call is checked both ways."""

import json

import pytest

from billing.sandbox import calls, parameters
from tests.billing import openapi
from tests.billing.test_sandbox import call, hold

INTENT = {
    "id": "pi_1", "object": "payment_intent", "created": 1, "livemode": False,
    "status": "succeeded",
}  # fmt: skip
EVENT = {
    "id": "evt_1", "object": "event", "created": 1, "livemode": False, "pending_webhooks": 1,
    "api_version": "2026-05-27.dahlia", "request": None, "type": "payment_intent.succeeded",
}  # fmt: skip


def said(body: dict, *, status: int = 200, path: str = "/v1/payment_intents/pi_1") -> dict:
    one = {"method": "GET", "path": path, "status": status, "answer": json.dumps(body)}
    return {"answers": [one], "events": []}


def told(about: dict) -> dict:
    return {"answers": [], "events": [{**EVENT, "data": {"object": about}}]}


def test_what_stripe_would_say_passes():
    refused = {"error": {"type": "api_error", "message": "x"}}
    assert openapi.unlike(said(INTENT)) == []
    assert openapi.unlike(said(refused, status=500)) == []
    assert openapi.unlike(told(INTENT)) == []


@pytest.mark.parametrize(
    "odd",
    [
        said({**INTENT, "status": "taken"}),
        said({**INTENT, "colour": "red"}),
        said({**INTENT, "amount": "3"}),
        said({name: value for name, value in INTENT.items() if name != "created"}),
        said({"error": {"type": "rate_limit_error"}}, status=429),
        said({"wrong": True}, status=404),
        said(INTENT, path="/v1/purses/pi_1"),
        said({**INTENT, "latest_charge": {"id": "ch_1", "object": "charge"}}),
        told({**INTENT, "amount": 1.5}),
        told({"id": "ch_1", "object": "charge"}),
    ],
)
def test_what_stripe_would_not_say_is_seen(odd):
    assert openapi.unlike(odd)


@pytest.mark.parametrize("route", calls.ROUTES, ids=lambda route: route[2])
def test_every_call_of_the_double_is_stripes_and_its_parameters_are_the_librarys(route):
    method, pattern, name, _ = route
    path = pattern.pattern.strip("^$").replace(r"(?P<id>[A-Za-z0-9_]+)", "x")
    assert openapi.answered_as(method, path, 200)
    module, kind, obeyed = parameters._TYPES[name]
    assert obeyed <= set(getattr(module, kind).__annotations__)
    with pytest.raises(parameters.Unfit, match="unknown parameter: colour"):
        parameters.checked(name, "colour=red")


def test_what_the_double_does_not_do_is_refused_and_not_ignored(double):
    base = double.sandbox.base
    for name in ("on_behalf_of", "application_fee_amount", "statement_descriptor"):
        answer = hold(base, **{name: "1"})[1]
        assert answer["error"]["param"] == name
    assert double.sandbox.store.every("payment_intent") == []
    line = {
        "line_items[0][price_data][currency]": "eur",
        "line_items[0][price_data][unit_amount]": "300",
        "line_items[0][price_data][product_data][name]": "x",
        "line_items[0][quantity]": "1", "mode": "payment", "success_url": "http://s",
        "payment_intent_data[setup_future_usage]": "off_session",
    }  # fmt: skip
    answer = call(base, "/v1/checkout/sessions", **line)[1]
    assert answer["error"]["param"] == "payment_intent_data[setup_future_usage]"
