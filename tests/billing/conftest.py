"""The payment sandbox over real HTTP, and a question whose money can be walked step by step."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from billing.sandbox.server import Server, running
from tests.billing.walk import Walk
from tests.billing.wire import violations

KEY = "sk_test_sandbox"
SECRETS = {"platform": "whsec_platform", "accounts": "whsec_accounts"}


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Server]:
    """The double on a free port, with settings pointed at it; webhooks go nowhere."""
    before = {
        name: getattr(settings, name)
        for name in (
            "STRIPE_API_BASE", "STRIPE_PLATFORM_KEY", "STRIPE_WEBHOOK_SECRET_PLATFORM",
            "STRIPE_WEBHOOK_SECRET_ACCOUNTS",
        )
    }  # fmt: skip
    with running(port=0, state=tmp_path / "sandbox.db", key=KEY, endpoints={}) as server:
        settings.STRIPE_API_BASE = server.sandbox.base
        settings.STRIPE_PLATFORM_KEY = KEY
        settings.STRIPE_WEBHOOK_SECRET_PLATFORM = SECRETS["platform"]
        settings.STRIPE_WEBHOOK_SECRET_ACCOUNTS = SECRETS["accounts"]
        yield server
    for name, value in before.items():
        setattr(settings, name, value)


@pytest.fixture
def walk(database: object, sandbox: Server) -> Iterator[Walk]:
    """A patient, their confirmed treating physician who asks 15 €, and an open question."""
    yield Walk.begun(sandbox)
    # Whatever the test was about: nothing on the wire joined the two parties.
    assert violations(sandbox.sandbox.store.requests()) == []
