"""Webhooks: the signature over the raw bytes, and what an event says to go and fetch."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import stripe

SIGNATURE_TOLERANCE_SECONDS = 300
FUTURE_TOLERANCE_SECONDS = 60
# One moment and its signatures, in whatever versions Stripe sends beside ours.
HEADER = re.compile(r"t=(?P<at>[0-9]{1,12})(,v[0-9]=[0-9A-Za-z]{1,128}){1,8}")


class BadSignature(Exception):
    """A webhook that was not signed over these raw bytes with this endpoint's secret."""


class FutureSignature(Exception):
    """A webhook whose signature claims a moment that has not come."""


class NotAnEvent(Exception):
    """A signed body that is not an event."""


@dataclass(frozen=True)
class Event:
    """A verified event: only ever a reason to go and fetch."""

    id: str
    type: str
    account: str
    about: str
    reference: str
    livemode: bool


def verified(*, payload: bytes, signature: str, secret: str, now: datetime) -> Event:
    """Check the signature over the raw bytes and read the event.

    Raises `BadSignature`, `FutureSignature`, `NotAnEvent`.
    """
    header = HEADER.fullmatch(signature)
    if header is None:
        raise BadSignature
    try:
        text = payload.decode("utf-8")
        signed = stripe.WebhookSignature.verify_header(
            text, signature, secret, SIGNATURE_TOLERANCE_SECONDS
        )
    except (stripe.SignatureVerificationError, UnicodeDecodeError, ValueError):
        raise BadSignature from None
    assert signed
    if int(header["at"]) > now.timestamp() + FUTURE_TOLERANCE_SECONDS:
        raise FutureSignature
    return _event(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are each said once: of two, nobody could say which was signed for."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is said twice")
    return found


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def _event(text: str) -> Event:
    try:
        body = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
        about = body["data"]["object"]
        read = Event(
            id=body["id"],
            type=body["type"],
            account=body.get("account") or "",
            about=_about(about),
            reference=(about.get("metadata") or {}).get("reference") or "",
            livemode=body["livemode"],
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise NotAnEvent from None
    words = (read.id, read.type, read.account, read.about, read.reference)
    fit = all(
        isinstance(word, str) and len(word) <= 120 and word.isascii() and word.isprintable()
        for word in words
    )
    if not fit or not read.id:
        raise NotAnEvent
    if not isinstance(read.livemode, bool) or body.get("object") != "event":
        raise NotAnEvent
    return read


def _about(about: Any) -> str:
    """What to fetch: of a refund or a dispute, the payment that it is about."""
    if about.get("object") in ("refund", "dispute"):
        return about.get("payment_intent") or ""
    return about.get("id") or ""
