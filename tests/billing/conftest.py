"""The payment sandbox over real HTTP, and a question whose money can be walked step by step."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from billing.gateway import client
from billing.sandbox.server import Server, running
from tests.billing import openapi
from tests.billing.walk import Walk
from tests.billing.wire import violations
from tests.waiting import PATIENCE_SECONDS

KEY = "sk_test_sandbox"
IMPATIENT = 2
SECRETS = {"platform": "whsec_platform", "accounts": "whsec_accounts"}


def be_patient(seconds: float) -> None:
    """How long the line waits for an answer from now on."""
    client.TIMEOUT_SECONDS = seconds
    client.client.cache_clear()


@contextmanager
def at_double(folder: Path, *, patience: float = PATIENCE_SECONDS) -> Iterator[Server]:
    """The double on a free port, with settings pointed at it; webhooks go nowhere.

    patience: seconds for which an answer is awaited, since an outcome that nobody heard is a
    fault of its own, and comes when a test plants it.
    """
    names = (
        "STRIPE_API_BASE", "STRIPE_PLATFORM_KEY", "STRIPE_WEBHOOK_SECRET_PLATFORM",
        "STRIPE_WEBHOOK_SECRET_ACCOUNTS",
    )  # fmt: skip
    before = {name: getattr(settings, name) for name in names}
    usual = client.TIMEOUT_SECONDS
    with running(port=0, state=folder / "sandbox.db", key=KEY, endpoints={}) as server:
        settings.STRIPE_API_BASE = server.sandbox.base
        settings.STRIPE_PLATFORM_KEY = KEY
        settings.STRIPE_WEBHOOK_SECRET_PLATFORM = SECRETS["platform"]
        settings.STRIPE_WEBHOOK_SECRET_ACCOUNTS = SECRETS["accounts"]
        be_patient(patience)
        try:
            yield server
            # Whatever a test was about: nothing was said that Stripe would not say so.
            assert openapi.unlike(server.sandbox.store.heard()) == []
        finally:
            for name, value in before.items():
                setattr(settings, name, value)
            be_patient(usual)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Server]:
    """The double; whatever the test was about, nothing on the wire may join the two parties."""
    with at_double(tmp_path) as server:
        yield server
        assert violations(server.sandbox.store.requests()) == []


@pytest.fixture
def walk(database: object, sandbox: Server) -> Walk:
    """A patient, their confirmed treating physician who asks 15 €, and an open question."""
    return Walk.begun(sandbox)


@pytest.fixture
def impatient(sandbox: Server) -> None:
    """The line to the double waits for two seconds, so that slowness can be met."""
    be_patient(IMPATIENT)


@pytest.fixture
def double(tmp_path: Path) -> Iterator[Server]:
    """The double by itself, for tests that speak to it without a product behind them."""
    with at_double(tmp_path) as server:
        yield server
