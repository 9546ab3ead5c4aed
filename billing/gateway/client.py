"""The line to Stripe: one client, how an account and a key are named, and what a failure means."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import stripe
from django.conf import settings

# What Stripe says of an account that its holder cut from us, or of an object that is not there.
GONE = ("account_invalid", "platform_account_required", "resource_missing")
TIMEOUT_SECONDS = 10  # the library's own default is 80

stripe.enable_telemetry = False


class Unreachable(Exception):
    """No answer, or none that says what happened: fetch first, then try again as before."""


class Refused(Exception):
    """Stripe said no; `code` is its own word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@cache
def client(key: str, address: str) -> stripe.StripeClient:
    """A client of its own for each key and address."""
    return stripe.StripeClient(
        key,
        base_addresses={"api": address},
        max_network_retries=0,  # an operation is retried by its own row, never unseen
        http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
    )


def line() -> stripe.StripeClient:
    """The client of these settings."""
    return client(settings.STRIPE_PLATFORM_KEY, settings.STRIPE_API_BASE)


def options(account: str, key: str = "") -> Any:
    """Options of a call: on whose account, and under which key."""
    named = {"stripe_account": account} if account else {}
    return {**named, "idempotency_key": key} if key else named


@contextmanager
def translated() -> Iterator[None]:
    """Turn the library's errors into `Unreachable` or `Refused`."""
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise Unreachable(type(error).__name__) from None
    except stripe.StripeError as error:
        if error.http_status in (409, 429) or (error.http_status or 500) >= 500:
            raise Unreachable(f"status {error.http_status}") from None
        # Of a 403 the library leaves the code in the body alone.
        told = error.code or getattr(error.error, "code", None)
        raise Refused(told or type(error).__name__) from None
