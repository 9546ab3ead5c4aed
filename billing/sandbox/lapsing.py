"""What the clock overtakes: holds past `capture_before`, sessions past their end, refunds."""

from billing.sandbox import refunds, till
from billing.sandbox.store import Store


def pass_time(store: Store) -> None:
    """Lapse what the clock has overtaken, and let the refunds fail that a bank will not take."""
    for universe, lapsed in store.overtaken():
        if lapsed["object"] == "checkout.session":
            till.expire(store, universe, lapsed)
        elif lapsed["object"] == "refund":
            refunds.fail(store, universe, lapsed)
        else:
            till.cancel(store, universe, lapsed, till.LAPSED)
