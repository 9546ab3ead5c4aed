"""Webhooks as they may really arrive: odd, forged, late, doubled, of the other mode."""

import asyncio
import json
import time
from datetime import UTC, datetime

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing import gateway
from billing.models import StripeEvent
from billing.sandbox.post import signature
from config.asgi import bounded
from config.middleware import MAX_BODY_BYTES
from tests.billing.conftest import SECRETS
from tests.billing.test_views import event, posted

SECRET = "whsec_fuzz"
VALID = json.loads(event())
WORDS = st.text(max_size=12)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
PLACES = [
    ("id",), ("object",), ("type",), ("livemode",), ("account",), ("data",), ("data", "object"),
    ("data", "object", "id"), ("data", "object", "metadata"), ("data", "object", "object"),
    ("data", "object", "payment_intent"), ("data", "object", "metadata", "reference"),
]  # fmt: skip


def bent(place: tuple[str, ...], value: object) -> bytes:
    """A valid event with another value in one place."""
    whole = json.loads(json.dumps(VALID))
    inner = whole
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    return json.dumps(whole).encode()


BENT = st.builds(bent, st.sampled_from(PLACES), ANYTHING)
BODIES = st.binary(max_size=200) | BENT | ANYTHING.map(lambda value: json.dumps(value).encode())


def read(body: bytes, header: str | None = None) -> gateway.Event:
    moment = datetime.now(UTC)
    header = signature(SECRET, body, int(moment.timestamp())) if header is None else header
    return gateway.verified(payload=body, signature=header, secret=SECRET, now=moment)


@settings(max_examples=150, deadline=None)
@given(BODIES)
def test_a_signed_body_is_an_event_or_none_and_nothing_else(body):
    try:
        found = read(body)
    except (gateway.NotAnEvent, gateway.BadSignature):
        return
    words = (found.id, found.type, found.account, found.about, found.reference)
    assert found.id and isinstance(found.livemode, bool)
    assert all(len(one) <= 120 and one.isascii() and one.isprintable() for one in words)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80) | st.text("tv10=,abc9", max_size=40))
def test_no_made_up_signature_passes(header):
    with pytest.raises(gateway.BadSignature):
        read(event(), header)


@pytest.mark.parametrize(
    "bend",
    [
        lambda good: f"{good},t=zzz",
        lambda good: f"{good},t=1",
        lambda good: f"t=9999999999,{good}",
        lambda good: good.replace("t=", "t=+"),
        lambda good: good.replace("t=", "t= "),
        lambda good: good.replace("v1=", "v0="),
        lambda good: good.partition(",")[0],
        lambda good: good.partition(",")[2],
        lambda good: good[:-1] + ("0" if good[-1] != "0" else "1"),
        lambda good: good + ",v1=é",
        lambda good: good + "," + ",".join(["v1=00"] * 9),
    ],
)
def test_a_bent_signature_is_refused_and_breaks_nothing(bend):
    good = signature(SECRET, event(), int(time.time()))
    assert read(event(), good).id == "evt_1"
    assert read(event(), f"{good},v0=00").id == "evt_1"  # Stripe sends older versions beside it
    with pytest.raises(gateway.BadSignature):
        read(event(), bend(good))


def test_one_byte_more_is_another_body():
    good = signature(SECRET, event(), int(time.time()))
    for other in (event() + b" ", b" " + event(), event().replace(b": ", b":")):
        with pytest.raises(gateway.BadSignature):
            read(other, good)


@pytest.mark.parametrize(
    "body",
    [
        event()[:-1] + b', "id": "evt_2"}',
        event().replace(b'"id": "pi_1"', b'"id": "pi_1", "id": "pi_2"'),
        event(amount=float("nan")),
        event(amount=float("inf")),
        b'{"a":' * 3000 + b"1" + b"}" * 3000,
        event(big=1)[:-1] + b', "n": ' + b"9" * 5000 + b"}",
        b"\xef\xbb\xbf" + event(),
        event() + event(),
    ],
    ids=["twice", "twice inside", "nan", "inf", "deep", "digits", "mark", "two"],
)
def test_a_body_that_can_be_read_two_ways_is_no_event(body):
    with pytest.raises((gateway.NotAnEvent, gateway.BadSignature)):
        read(body)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=BODIES)
def test_the_door_answers_every_body_and_keeps_only_events(database, sandbox, body):
    before = StripeEvent.objects.count()
    answer = posted(body)
    kept = StripeEvent.objects.count() - before
    assert answer.status_code in (200, 400)
    if answer.status_code == 400:
        assert kept == 0
        assert answer.json()["code"].startswith("WEBHOOK_")


DOORS = {"platform": "/stripe/plateforme/", "accounts": "/stripe/comptes/"}


def sent(endpoint: str, body: bytes, **more: object):
    """The answer of one of the two doors to a body signed with its own secret."""
    header = signature(SECRETS[endpoint], body, int(time.time()))
    return Client().post(
        DOORS[endpoint], body, content_type="application/json",
        headers={"Stripe-Signature": header}, **more,
    )  # fmt: skip


class Unread:
    """A body that nobody may read."""

    def read(self, *size: int) -> bytes:
        raise AssertionError("it was read")

    readline = read


@pytest.mark.parametrize("endpoint", DOORS)
def test_a_body_that_is_announced_as_huge_is_refused_before_it_is_read(
    database, sandbox, endpoint
):
    unread = {"wsgi.input": Unread()}
    answer = sent(endpoint, event(), CONTENT_LENGTH=str(MAX_BODY_BYTES + 1), **unread)
    assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")
    with pytest.raises(AssertionError, match="it was read"):
        sent(endpoint, event(), CONTENT_LENGTH=str(MAX_BODY_BYTES), **unread)
    assert not StripeEvent.objects.exists()


@pytest.mark.parametrize("endpoint", DOORS)
def test_a_body_larger_than_any_event_is_refused_though_it_is_signed(database, sandbox, endpoint):
    answer = sent(endpoint, event(account="acct_1", more="x" * 300_000))
    assert (answer.status_code, answer.json()["code"]) == (400, "WEBHOOK_BODY_INVALID")
    assert not StripeEvent.objects.exists()
    assert sent(endpoint, event(account="acct_1", more="x" * 200_000)).status_code == 200
    assert StripeEvent.objects.count() == 1


@pytest.mark.parametrize("door", DOORS.values())
def test_the_server_itself_asks_for_no_byte_of_a_huge_body(door):
    said: list[dict] = []

    async def receive():
        raise AssertionError("it was read")

    async def send(message):
        said.append(message)

    length = str(MAX_BODY_BYTES + 1).encode()
    scope = {
        "type": "http",
        "method": "POST",
        "path": door,
        "headers": [(b"content-length", length)],
    }
    asyncio.run(bounded(scope, receive, send))
    assert (said[0]["status"], json.loads(said[1]["body"])) == (413, {"code": "BODY_TOO_LARGE"})


def test_on_a_live_service_events_of_test_mode_are_ignored(database, sandbox, settings):
    settings.STRIPE_PLATFORM_KEY = "sk_live_1"
    assert posted(event(id="evt_test")).status_code == 200
    assert not StripeEvent.objects.exists()
    assert posted(event(id="evt_live", livemode=True)).status_code == 200
    assert [one.id for one in StripeEvent.objects.all()] == ["evt_live"]


def test_a_secret_that_is_not_set_lets_nothing_in(database, sandbox, settings):
    settings.STRIPE_WEBHOOK_SECRET_PLATFORM = ""
    assert posted(event(), secret="").status_code == 400
    assert Client().get("/stripe/plateforme/").status_code == 405
    assert not StripeEvent.objects.exists()


def test_an_event_of_one_endpoint_is_not_one_of_the_other(database, sandbox):
    body = event()
    header = signature(SECRETS["platform"], body, int(time.time()))
    answer = Client().post(
        "/stripe/comptes/", body, content_type="application/json",
        headers={"Stripe-Signature": header},
    )  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (400, "WEBHOOK_SIGNATURE_INVALID")
