"""Each fault does what it says, to the calls and accounts that it was planned for."""

import json

import pytest
import stripe

from billing import gateway
from billing.gateway import Unreachable, client
from billing.sandbox import faults
from tests.billing.conftest import IMPATIENT, KEY, at_double, be_patient
from tests.billing.test_sandbox import account_of, call, control, hold, session
from tests.waiting import PATIENCE_SECONDS, until

DONE = ("lost_answer", "slow")  # it happened, and nobody heard so


@pytest.fixture
def sandbox(tmp_path):
    """The double by itself: these tests speak to it without a product behind them."""
    with at_double(tmp_path, patience=client.TIMEOUT_SECONDS) as server:
        yield server


def plant(server, kind: str, path: str, **scope: object) -> None:
    control(server.sandbox.base, "faults", kind=kind, path=path, seconds=IMPATIENT * 3, **scope)


@pytest.mark.parametrize("kind", faults.CALLS)
def test_a_fault_is_an_unknown_outcome_and_the_same_key_ends_it(sandbox, kind):
    plant(sandbox, kind, "checkout/sessions")
    be_patient(IMPATIENT if kind == "slow" else PATIENCE_SECONDS)
    with pytest.raises(Unreachable):
        session(key="k")
    be_patient(PATIENCE_SECONDS)
    until(lambda: len(sandbox.sandbox.store.every("checkout.session")) == (kind in DONE))
    if kind == "error_500":  # kept under the key, as Stripe keeps it
        with pytest.raises(Unreachable):
            session(key="k")
        assert session(key="another").id
    else:
        assert session(key="k").id
    assert len(sandbox.sandbox.store.every("checkout.session")) == 1


def test_the_line_gives_up_after_ten_seconds_and_never_asks_again_by_itself():
    made = client.client(KEY, "http://127.0.0.1:9")
    assert made._requestor._client._timeout == client.TIMEOUT_SECONDS == 10
    assert made._requestor._options.max_network_retries == 0


@pytest.mark.long
def test_an_answer_after_thirty_seconds_comes_too_late(sandbox):
    control(sandbox.sandbox.base, "faults", kind="slow", path="checkout", seconds=30)
    with pytest.raises(Unreachable):
        session(key="k")
    assert session(key="k").id
    assert len(sandbox.sandbox.store.every("checkout.session")) == 1


@pytest.mark.parametrize("kind", ["conflict_409", "rate_429", "reset", "lost_answer"])
def test_the_library_s_own_tries_bear_one_key_like_ours(sandbox, monkeypatch, kind):
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.01)
    plant(sandbox, kind, "checkout/sessions", times=2)
    again = stripe.StripeClient(
        KEY, base_addresses={"api": sandbox.sandbox.base}, max_network_retries=2,
        http_client=stripe.RequestsClient(timeout=PATIENCE_SECONDS),
    )  # fmt: skip
    monkeypatch.setattr(gateway, "line", lambda: again)
    assert session(key="mine").id
    asked = [one["headers"] for one in sandbox.sandbox.store.requests()]
    assert len(asked) == 3
    assert {one["idempotency-key"] for one in asked} == {"mine"}
    assert len(sandbox.sandbox.store.every("checkout.session")) == 1


@pytest.mark.parametrize(
    ("kind", "status", "headers"),
    [
        ("conflict_409", 409, {"Stripe-Should-Retry": "true"}),
        ("rate_429", 429, {"Stripe-Should-Retry": "true", "Retry-After": "1"}),
        ("error_500", 500, {"Stripe-Should-Retry": "false"}),
        ("down", 503, {"Stripe-Should-Retry": "false"}),
    ],
)
def test_a_fault_says_itself_whether_to_ask_again(sandbox, kind, status, headers):
    plant(sandbox, kind, "balance")
    asked = sandbox.sandbox.api("GET", "/v1/balance", "", {"authorization": f"Bearer {KEY}"}, "")
    assert asked.status == status
    assert headers.items() <= asked.headers.items()


def test_a_kept_answer_says_that_it_was_given_before(sandbox):
    headers = {"authorization": f"Bearer {KEY}", "idempotency-key": "k"}
    first, again = (
        sandbox.sandbox.api("POST", "/v1/accounts", "", headers, "type=standard") for _ in "12"
    )
    assert (first.status, first.body) == (again.status, again.body)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"


def test_other_words_under_a_key_are_an_idempotency_error(sandbox):
    base = sandbox.sandbox.base
    hold(base, 500, key="k")
    status, answer = hold(base, 600, key="k")
    assert (status, answer["error"]["type"]) == (400, "idempotency_error")
    other = call(base, "/v1/accounts", key="k", type="standard")
    assert other[1]["error"]["type"] == "idempotency_error"
    assert len(sandbox.sandbox.store.every("payment_intent")) == 1


def test_a_key_is_forgotten_after_a_day_and_belongs_to_one_account(sandbox):
    first = session(key="k")
    account = account_of(sandbox)
    assert session(account, key="k").id != first.id
    control(sandbox.sandbox.base, "clock", seconds=23 * 3600)
    assert session(key="k").id == first.id
    control(sandbox.sandbox.base, "clock", seconds=2 * 3600)
    assert session(key="k").id != first.id


def test_a_fault_strikes_where_it_was_planned_and_nowhere_else(sandbox):
    one, two = account_of(sandbox), account_of(sandbox)

    def works(account: str = "", **more: str) -> bool:
        path = "/v1/balance"
        return call(sandbox.sandbox.base, path, account=account, **more)[0] == 200

    for scope, struck in (
        ({"account": one}, {one}),
        ({"leg": "honoraires"}, {one, two}),
        ({"leg": "platform"}, {""}),
        ({"path": "balance", "method": "GET"}, {"", one, two}),
        ({"method": "POST"}, set()),
        ({"path": "refunds"}, set()),
    ):
        plant(sandbox, "down", **{"path": "", **scope}, times=faults.FOR_EVER)
        assert {account for account in ("", one, two) if not works(account)} == struck
        control(sandbox.sandbox.base, "faults/lift")
        assert works() and works(one)


def test_a_fault_comes_after_so_many_and_so_often(sandbox):
    plant(sandbox, "down", "balance", after=2, times=2)
    asked = [call(sandbox.sandbox.base, "/v1/balance")[0] for _ in range(6)]
    assert asked == [200, 200, 503, 503, 200, 200]


@pytest.mark.parametrize(
    "odd", [{"kind": "flood"}, {"kind": "down", "colour": "red"}, {"kind": "down", "leg": "x"},
            {"kind": "webhook_lost", "method": "GET"}, {}],
)  # fmt: skip
def test_a_fault_that_makes_no_sense_is_not_planned(sandbox, odd):
    status, answer = call(sandbox.sandbox.base, "/_sandbox/health")
    assert (status, answer["ok"]) == (200, True)
    with pytest.raises((ValueError, TypeError)):
        sandbox.sandbox.control("POST", "/_sandbox/faults", json.dumps(odd))
