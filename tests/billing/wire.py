"""What goes over the wire to Stripe: nothing that ties the platform to a physician's money.

`violations(requests)` reads requests as the sandbox recorded them (its store's `requests()`, or
`recorded(base)` over its control path) and says, in words, everything that is not allowed: keys
and paths that split or move one party's money to the other, and any value that requests
about honoraires and requests about the platform's fee have in common.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from urllib.request import urlopen

from tests.waiting import PATIENCE_SECONDS

FORBIDDEN_KEYS = re.compile(
    r"application_fee|transfer_data|transfer_group|on_behalf_of|destination|customer_email"
)
FORBIDDEN_PATHS = re.compile(r"^/v1/(transfers|application_fees|payouts|topups)\b")
LEG_PATHS = re.compile(r"^/v1/(checkout/sessions|payment_intents|charges|refunds)\b")

# Headers that say the same of every request that this program ever makes.
SAME_FOR_ALL = {
    "host", "user-agent", "accept-encoding", "accept", "connection", "authorization",
    "x-stripe-client-user-agent", "content-type", "stripe-version", "content-length",
}  # fmt: skip
# Words of the API, and of this product's addresses, that say nothing about a payment.
WORDS = {
    "", "v1", "checkout", "sessions", "payment_intents", "capture", "cancel", "expire", "payment",
    "fr", "1", "eur", "manual", "paiement", "retour", "latest_charge.balance_transaction",
    "http", "https", "expand[0]", "refunds", "100",
}  # fmt: skip
AMOUNTS = ("unit_amount", "amount_to_capture", "amount")
TELEMETRY = "x-stripe-client-telemetry"


def recorded(base: str) -> list[dict[str, Any]]:
    """Every request that a running sandbox received."""
    with urlopen(f"{base}/_sandbox/requests", timeout=PATIENCE_SECONDS) as answer:
        found: list[dict[str, Any]] = json.load(answer)["requests"]
        return found


def violations(requests: Iterable[dict[str, Any]]) -> list[str]:
    """Everything on the wire that should not be there; an empty list when all is well."""
    requests = list(requests)
    return [*_forbidden(requests), *_shared(requests)]


def _forbidden(requests: list[dict[str, Any]]) -> Iterator[str]:
    for one in requests:
        keys = [name for name, _ in parse_qsl(one["body"], keep_blank_values=True)]
        keys += [name for name, _ in parse_qsl(urlsplit(one["path"]).query)]
        if FORBIDDEN_PATHS.search(one["path"]):
            yield f"request {one['n']}: path {one['path']}"
        yield from (f"request {one['n']}: {key}" for key in keys if FORBIDDEN_KEYS.search(key))
        if TELEMETRY in one["headers"]:
            yield f"request {one['n']}: telemetry names another request"


def _shared(requests: list[dict[str, Any]]) -> Iterator[str]:
    sides: dict[bool, dict[str, int]] = {True: {}, False: {}}
    for one in requests:
        if LEG_PATHS.search(one["path"]):
            side = sides["stripe-account" in one["headers"]]
            for value in values_of(one):
                side.setdefault(value, one["n"])
    for value in sorted(set(sides[True]) & set(sides[False])):
        yield f"requests {sides[True][value]} and {sides[False][value]} share {value!r}"


def values_of(one: dict[str, Any]) -> set[str]:
    """Every value of a request that could join it to another one, addresses taken apart."""
    found = {value for name, value in one["headers"].items() if name not in SAME_FOR_ALL}
    where = urlsplit(one["path"])
    found |= set(where.path.split("/"))
    for name, value in parse_qsl(one["body"]) + parse_qsl(where.query):
        if name.rpartition("[")[2].rstrip("]") in AMOUNTS:
            continue  # a price may be the same by chance
        if "://" in value:  # the site's own origin is the same for all
            address = urlsplit(value)
            found |= {*address.path.split("/"), *(part for _, part in parse_qsl(address.query))}
        else:
            found.add(value)
    return found - WORDS
