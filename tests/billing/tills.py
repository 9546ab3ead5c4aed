"""Two tills that scenarios are played at: our sandbox, and Stripe's own test mode.

Both are reached through the product's own gateway; only settings differ. What a person does on a
hosted page is done here as a program may do it in test mode, with one of Stripe's test cards.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings

from billing import gateway
from billing.gateway.client import line, options, translated
from billing.states import Seen
from tests.billing.conftest import at_double
from tests.billing.walk import browse

KEY, ACCOUNT = "STRIPE_TEST_KEY", "STRIPE_TEST_ACCOUNT"
STRIPE = "https://api.stripe.com"
SITE = "https://conseil.example"
WITHOUT_KEY = f"no {KEY}: this scenario was NOT played at Stripe's own test mode"
VISA, DECLINED = "pm_card_visa", "pm_card_chargeDeclined"


@dataclass(frozen=True)
class Till:
    """Where a scenario is played; `account` is a connected account that takes cards."""

    name: str
    account: str
    began: datetime

    def holds(self, cents: int, *, account: str = "", card: str = VISA, key: str = "") -> str:
        """A hold on a test card; the id of its PaymentIntent. Raises `Refused`."""
        with translated():
            made = line().v1.payment_intents.create(
                {
                    "amount": cents, "currency": "eur", "capture_method": "manual",
                    "payment_method": card, "confirm": True,
                    "metadata": {"reference": "a" * 40},
                    "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                },
                options(account, key or fresh()),
            )  # fmt: skip
        return str(made.id)

    def seen(self, intent: str, *, account: str = "") -> Seen:
        """What the product sees of a payment."""
        return gateway.seen(account=account, session="", intent=intent)

    def events(self) -> list[Any]:
        """The newest events, as Stripe words them."""
        with translated():
            return list(line().v1.events.list({"limit": 20}).data)


def fresh() -> str:
    """A key that was never used."""
    return str(uuid4())


@contextmanager
def at_sandbox(folder: Path) -> Iterator[Till]:
    """The double, with one connected account whose holder finished the hosted onboarding."""
    with at_double(folder):
        account = gateway.create_account(key=fresh()).id
        browse(gateway.onboarding_url(account=account, return_url=SITE), yes="1")
        yield Till("sandbox", account, datetime.now(UTC).replace(microsecond=0))


@contextmanager
def at_stripe() -> Iterator[Till]:
    """Stripe's own test mode; never with a live key."""
    key = os.environ.get(KEY, "")
    if not key:
        pytest.skip(WITHOUT_KEY)
    assert key.startswith(("sk_test_", "rk_test_")), f"{KEY} is no key of Stripe's test mode"
    before = settings.STRIPE_API_BASE, settings.STRIPE_PLATFORM_KEY
    settings.STRIPE_API_BASE, settings.STRIPE_PLATFORM_KEY = STRIPE, key
    try:
        began = datetime.now(UTC).replace(microsecond=0)
        yield Till("stripe", os.environ.get(ACCOUNT, ""), began)
    finally:
        settings.STRIPE_API_BASE, settings.STRIPE_PLATFORM_KEY = before
