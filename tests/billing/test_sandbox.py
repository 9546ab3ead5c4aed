"""The double answers as Stripe does: shapes, refusals, kept answers, universes, webhooks."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from secrets import token_hex
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from billing import gateway
from billing.gateway import Refused
from billing.sandbox.post import Post, signature
from billing.sandbox.server import running
from tests.billing import openapi
from tests.billing.conftest import KEY, SECRETS, at_double
from tests.billing.walk import DECLINED, OK, STRONG, browse
from tests.people import now
from tests.waiting import PATIENCE_SECONDS

KINDS = {
    "account": "account", "checkout.session": "checkout.session", "charge": "charge",
    "payment_intent": "payment_intent", "balance_transaction": "balance_transaction",
    "event": "event",
}  # fmt: skip
SITE = "http://patient.localhost:8000"


@pytest.fixture
def sandbox(tmp_path):
    """The double by itself: these tests speak to it without a product behind them."""
    with at_double(tmp_path) as server:
        yield server


def call(base: str, path: str, *, account: str = "", key: str = "", **form: str):
    """One raw request to the API: status and JSON."""
    headers = {"Authorization": f"Bearer {KEY}"}
    headers |= {"Stripe-Account": account} if account else {}
    headers |= {"Idempotency-Key": key} if key else {}
    body = urlencode(form).encode() if form or key else None
    try:
        asked = Request(base + path, data=body, headers=headers)
        with urlopen(asked, timeout=PATIENCE_SECONDS) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def control(base: str, name: str, **asked: object) -> None:
    body = json.dumps(asked).encode()
    with urlopen(f"{base}/_sandbox/{name}", data=body, timeout=PATIENCE_SECONDS):
        pass


def session(account: str = "", *, key: str, cents: int = 300) -> gateway.Session:
    return gateway.open_session(
        account=account, amount_cents=cents, name="Frais de plateforme", reference="a" * 40,
        success_url=f"{SITE}/paiement/retour/x/", cancel_url=f"{SITE}/paiement/retour/x/",
        key=key,
    )  # fmt: skip


def account_of(sandbox) -> str:
    """A connected account whose holder finished the hosted onboarding."""
    account = gateway.create_account(key=token_hex(8)).id
    browse(gateway.onboarding_url(account=account, return_url=SITE), yes="1")
    return account


def seen(made: gateway.Session, account: str = ""):
    return gateway.seen(account=account, session=made.id, intent="")


@pytest.mark.parametrize("card", [OK, DECLINED, STRONG])
def test_every_answer_fits_the_published_description(sandbox, card):
    base, account = sandbox.sandbox.base, account_of(sandbox)
    made = session(account, key="s")
    browse(made.url, number=card)
    held = seen(made, account)
    if held.capturable_cents:
        gateway.capture(account=account, intent=held.intent, amount_cents=200, key="c")
    else:
        gateway.expire(account=account, session=made.id, key="e")
    store, found = sandbox.sandbox.store, 0
    for kind, schema in KINDS.items():
        for _, body in store.every(kind):
            assert openapi.faults(body, schema) == []
            found += 1
    assert found > 5
    expand = "?expand[]=latest_charge.balance_transaction"
    status, whole = call(base, f"/v1/payment_intents/{held.intent}{expand}", account=account)
    assert status == 200
    assert openapi.faults(whole, "payment_intent") == []


def test_every_refusal_is_worded_as_stripe_words_it(sandbox):
    base = sandbox.sandbox.base
    answers = {
        "resource_missing": call(base, "/v1/payment_intents/pi_nothing"),
        "parameter_unknown": call(base, "/v1/accounts", type="standard", colour="red"),
        "account_invalid": call(base, "/v1/payment_intents/pi_x", account="acct_nothing"),
    }
    for code, (status, body) in answers.items():
        assert status in (400, 403, 404)
        assert body["error"]["code"] == code
        assert set(body["error"]) <= {"type", "message", "code", "param", "doc_url"}
    assert answers["parameter_unknown"][1]["error"]["param"] == "colour"


def test_a_request_outside_the_sdk_types_is_refused(sandbox):
    base = sandbox.sandbox.base
    line = {
        "line_items[0][price_data][currency]": "eur",
        "line_items[0][price_data][unit_amount]": "300",
        "line_items[0][price_data][product_data][name]": "x",
        "line_items[0][quantity]": "1", "mode": "payment", "success_url": SITE,
    }  # fmt: skip
    assert call(base, "/v1/checkout/sessions", **line)[0] == 200
    odd = {"payment_intent_data[colour]": "red"}
    status, body = call(base, "/v1/checkout/sessions", **line, **odd)
    assert (status, body["error"]["param"]) == (400, "payment_intent_data[colour]")
    few = {**line, "line_items[0][price_data][unit_amount]": "49"}
    assert call(base, "/v1/checkout/sessions", **few)[1]["error"]["code"] == "amount_too_small"
    word = {**line, "line_items[0][price_data][unit_amount]": "beaucoup"}
    assert call(base, "/v1/checkout/sessions", **word)[0] == 400


def test_a_universe_does_not_see_another(sandbox):
    one, two = account_of(sandbox), account_of(sandbox)
    made = session(one, key="s")
    browse(made.url, number=OK)
    intent = seen(made, one).intent
    for other in ("", two):
        with pytest.raises(Refused, match="resource_missing"):
            gateway.seen(account=other, session="", intent=intent)


def test_the_same_key_gets_the_same_answer_and_other_words_under_it_are_refused(sandbox):
    first, second = session(key="k"), session(key="k")
    assert first == second
    with pytest.raises(Refused):
        session(key="k", cents=400)
    assert len(sandbox.sandbox.store.every("checkout.session")) == 1


def test_a_declined_card_can_be_followed_by_a_good_one(sandbox):
    made = session(key="k")
    status, _, text = browse(made.url, number=DECLINED)
    assert status == 402 and "refusée" in text
    assert seen(made).refused_code == "card_declined"
    assert browse(made.url, number=OK)[0] == 303
    assert seen(made).intent_status == "requires_capture"


@pytest.mark.parametrize(
    ("choice", "status"),
    [("complete", "requires_capture"), ("abandon", "requires_payment_method")],
)
def test_three_d_secure_is_completed_or_abandoned(sandbox, choice, status):
    made = session(key="k")
    _, to, _ = browse(made.url, number=STRONG)
    assert seen(made).intent_status == "requires_action"
    _, page, text = browse(sandbox.sandbox.base + to)
    assert "banque" in text and not page
    browse(sandbox.sandbox.base + to, choice=choice)
    assert seen(made).intent_status == status


def test_pages_stand_on_their_own(sandbox):
    made = session(key="k")
    _, _, text = browse(made.url)
    assert 'lang="fr"' in text and "width=device-width" in text
    assert "http" not in text.replace(SITE, "")
    for number in ("", "1", "4111111111111111", "<script>"):
        assert browse(made.url, number=number, card=number)[0] == 402
    assert browse(sandbox.sandbox.base + "/c/pay/cs_nothing")[0] == 404


def test_an_open_page_is_expired_and_a_hold_is_cancelled(sandbox):
    made = session(key="k")
    browse(made.url, number=DECLINED)
    with pytest.raises(Refused):
        gateway.cancel(account="", intent=seen(made).intent, key="x")
    gateway.expire(account="", session=made.id, key="y")
    assert seen(made).intent_status == "canceled"
    assert browse(made.url, number=OK)[0] == 410


def test_a_hold_lapses_with_the_clock(sandbox):
    made = session(key="k")
    browse(made.url, number=OK)
    before = seen(made).capture_before
    assert before is not None
    assert 6 < (before - now()).days + 1 <= 7
    control(sandbox.sandbox.base, "clock", seconds=8 * 86_400)
    lapsed = seen(made)
    assert (lapsed.intent_status, lapsed.cancellation_reason) == ("canceled", "expired")
    with pytest.raises(Refused):
        gateway.capture(account="", intent=lapsed.intent, amount_cents=300, key="c")


def test_state_survives_a_restart(tmp_path, sandbox, settings):
    path = tmp_path / "kept.db"
    with running(port=0, state=path, key=KEY, endpoints={}) as first:
        settings.STRIPE_API_BASE = first.sandbox.base
        made = session(key="k")
    with running(port=0, state=path, key=KEY, endpoints={}) as second:
        settings.STRIPE_API_BASE = second.sandbox.base
        assert session(key="k").id == made.id
        assert gateway.session_is_open(account="", session=made.id)


class Heard(BaseHTTPRequestHandler):
    """An endpoint that refuses the first delivery and remembers all."""

    heard: list[tuple[str, bytes, str]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((self.path, body, self.headers["Stripe-Signature"]))
        self.send_response(500 if len(self.heard) == 1 else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_webhooks_are_signed_for_their_endpoint_and_sent_again_until_taken(sandbox, monkeypatch):
    heard: list[tuple[str, bytes, str]] = []
    door = HTTPServer(("127.0.0.1", 0), type("Door", (Heard,), {"heard": heard}))
    listening = threading.Thread(target=door.serve_forever, args=(0.05,))
    listening.start()
    site = f"http://127.0.0.1:{door.server_port}"
    sandbox.sandbox.post.stop()
    sandbox.sandbox.post.join()
    post = Post(
        sandbox.sandbox.store,
        {name: (f"{site}/{name}/", secret) for name, secret in SECRETS.items()},
    )
    try:
        account = account_of(sandbox)
        for owner in ("", account):
            control(sandbox.sandbox.base, "faults", kind="webhook_doubled", path="checkout")
            browse(session(owner, key=f"k{owner}").url, number=OK)
        while sandbox.sandbox.store.unsent():
            monkeypatch.setattr(sandbox.sandbox.store, "retry", _at_once(sandbox.sandbox.store))
            post.deliver()
    finally:
        door.shutdown()
        listening.join()
        door.server_close()
    assert len(heard) > 4
    for path, body, header in heard:
        secret = SECRETS[path.strip("/")]
        event = gateway.verified(payload=body, signature=header, secret=secret, now=now())
        assert (event.account == account) == (path == "/accounts/")
        at = int(header.split(",")[0][2:])
        assert header == signature(secret, body, at)
    kinds = [json.loads(body)["type"] for _, body, _ in heard]
    assert kinds.count("checkout.session.completed") == 4


def _at_once(store):
    def retry(n: int, delay: float) -> None:
        store._rows("UPDATE delivery SET tries = tries + 1 WHERE n = ?", n)

    return retry


def hold(base: str, cents: int = 1000, *, account: str = "", card: str = "pm_card_visa", **more):
    """A payment made and held as a program does it, without a hosted page."""
    return call(
        base, "/v1/payment_intents", account=account, amount=str(cents), currency="eur",
        capture_method="manual", payment_method=card, confirm="true",
        **{"automatic_payment_methods[enabled]": "true",
           "automatic_payment_methods[allow_redirects]": "never"}, **more,
    )  # fmt: skip


def lines_of(sandbox, universe: str = "") -> list[dict]:
    return [one for _, one in sandbox.sandbox.store.every("balance_transaction", universe)]


def told(sandbox) -> list[str]:
    return [one["type"] for _, one in sandbox.sandbox.store.every("event")]


def test_a_part_of_a_hold_is_taken_and_the_rest_goes_back_without_a_refund(sandbox):
    base = sandbox.sandbox.base
    status, held = hold(base)
    assert (status, held["status"], held["amount_capturable"]) == (200, "requires_capture", 1000)
    path = f"/v1/payment_intents/{held['id']}"
    status, taken = call(base, f"{path}/capture", amount_to_capture="400")
    assert (status, taken["status"]) == (200, "succeeded")
    wanted = {"amount": 1000, "amount_received": 400, "amount_capturable": 0}
    assert wanted.items() <= taken.items()
    charge = call(base, f"/v1/charges/{taken['latest_charge']}")[1]
    wanted = {"amount": 1000, "amount_captured": 400, "amount_refunded": 0, "refunded": False}
    assert wanted.items() <= charge.items()
    [line] = lines_of(sandbox)
    assert (line["amount"], line["net"]) == (400, 400 - line["fee"])
    assert charge["balance_transaction"] == line["id"]
    assert told(sandbox)[-2:] == ["charge.captured", "payment_intent.succeeded"]
    seen_there = [one["data"]["object"] for _, one in sandbox.sandbox.store.every("event")[-2:]]
    assert (seen_there[0]["amount_captured"], seen_there[1]["amount_received"]) == (400, 400)
    too_much = call(base, "/v1/refunds", payment_intent=held["id"], amount="401")
    assert (too_much[1]["error"]["param"], "code" in too_much[1]["error"]) == ("amount", False)


@pytest.mark.parametrize(
    ("said", "code"),
    [("1001", "amount_too_large"), ("49", "amount_too_small"), ("0", "parameter_invalid_integer"),
     ("-5", "parameter_invalid_integer"), ("much", None)],
)  # fmt: skip
def test_an_amount_that_cannot_be_captured_takes_nothing(sandbox, said, code):
    base = sandbox.sandbox.base
    _, held = hold(base)
    path = f"/v1/payment_intents/{held['id']}/capture"
    status, answer = call(base, path, amount_to_capture=said)
    assert (status, answer["error"].get("code")) == (400, code)
    assert openapi.faults(answer, "error") == []
    assert call(base, path.removesuffix("/capture"))[1]["status"] == "requires_capture"
    assert lines_of(sandbox) == []


def test_what_was_taken_or_given_back_cannot_be_taken_again(sandbox):
    base = sandbox.sandbox.base
    for first in ("capture", "cancel"):
        _, held = hold(base)
        path = f"/v1/payment_intents/{held['id']}"
        assert call(base, f"{path}/{first}", key=first)[0] == 200
        for again in ("capture", "cancel"):
            status, answer = call(base, f"{path}/{again}", key=f"{first} {again}")
            told_of = answer["error"]
            assert (status, told_of["code"]) == (400, "payment_intent_unexpected_state")
            assert told_of["payment_intent"]["id"] == held["id"]
    assert len(lines_of(sandbox)) == 1
    assert "charge.refunded" not in told(sandbox)


def test_a_program_s_card_is_declined_with_the_payment_in_the_answer(sandbox):
    status, answer = hold(sandbox.sandbox.base, card="pm_card_chargeDeclined")
    refused = answer["error"]
    assert (status, refused["type"], refused["code"]) == (402, "card_error", "card_declined")
    assert refused["decline_code"] == "generic_decline"
    assert refused["payment_intent"]["status"] == "requires_payment_method"
    assert openapi.faults(answer, "error") == []
    absent = hold(sandbox.sandbox.base, card="pm_card_authenticationRequired", off_session="true")[
        1
    ]["error"]
    assert absent["code"] == "authentication_required"
    assert lines_of(sandbox) == []


def test_a_payment_made_without_a_card_is_confirmed_later(sandbox):
    base = sandbox.sandbox.base
    _, made = call(
        base, "/v1/payment_intents", amount="500", currency="eur", capture_method="manual"
    )
    path = f"/v1/payment_intents/{made['id']}"
    assert made["status"] == "requires_payment_method"
    assert call(base, f"{path}/confirm", key="none")[0] == 400
    assert call(base, f"{path}/confirm", payment_method="pm_card_visa")[0] == 200
    again = call(base, f"{path}/confirm", payment_method="pm_card_visa")[1]
    assert again["error"]["code"] == "payment_intent_unexpected_state"
