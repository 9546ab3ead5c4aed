"""The check of the wire sees what it is for; a whole walk passes it."""

from urllib.parse import urlencode

import pytest

from tests.billing.walk import Walk
from tests.billing.wire import recorded, violations


def request(n: int, body: dict[str, str], *, account: str = "", path: str = "", **headers: str):
    named = {"stripe-account": account} if account else {}
    return {
        "n": n, "method": "POST", "path": path or "/v1/checkout/sessions",
        "headers": {"host": "x", **named, **headers}, "body": urlencode(body),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "word"),
    [
        ({"metadata[reference]": "same"}, {"metadata[reference]": "same"}, "same"),
        ({"success_url": "http://s/a/9/"}, {"cancel_url": "http://s/b/9/"}, "9"),
        ({"success_url": "http://s/?q=9"}, {"description": "9"}, "9"),
        ({"expires_at": "1700000000"}, {"expires_at": "1700000000"}, "1700000000"),
    ],
)
def test_a_shared_value_is_seen(one, other, word):
    found = violations([request(1, one, account="acct_1"), request(2, other)])
    assert found == [f"requests 1 and 2 share {word!r}"]
    assert violations([request(1, one), request(2, other)]) == []


def test_prices_and_words_of_the_api_join_nothing():
    price = {"line_items[0][price_data][unit_amount]": "300", "mode": "payment"}
    assert violations([request(1, price, account="acct_1"), request(2, price)]) == []


@pytest.mark.parametrize(
    "key",
    ["payment_intent_data[application_fee_amount]", "payment_intent_data[transfer_data][x]",
     "payment_intent_data[transfer_group]", "payment_intent_data[on_behalf_of]"],
)  # fmt: skip
def test_a_forbidden_key_is_seen(key):
    assert violations([request(1, {key: "1"})]) == [f"request 1: {key}"]


@pytest.mark.parametrize("path", ["/v1/transfers", "/v1/application_fees/fee_1"])
def test_a_forbidden_path_is_seen(path):
    assert violations([request(1, {}, path=path)]) == [f"request 1: path {path}"]


def test_telemetry_is_seen():
    assert violations([request(1, {}, **{"x-stripe-client-telemetry": "{}"})])


def test_a_whole_walk_joins_nothing(walk: Walk):
    for one in (walk, walk.again()):
        one.held()
        one.answers()
        one.works()
    requests = recorded(walk.server.sandbox.base)
    assert len(requests) > 15
    assert violations(requests) == []
    # Each leg has references of its own, so the check had something to compare.
    assert len({leg.reference for leg in walk.legs().values()}) == 2
