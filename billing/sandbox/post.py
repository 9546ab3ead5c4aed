"""Webhooks: signed as Stripe signs them, delivered in order, retried until accepted."""

import hashlib
import hmac
import http.client
import threading
import time
from urllib.parse import urlsplit

from billing.sandbox.store import Delivery, Store

MAX_TRIES = 12
TIMEOUT_SECONDS = 10


def signature(secret: str, payload: bytes, at: int) -> str:
    """The `Stripe-Signature` header over the raw bytes."""
    mac = hmac.new(secret.encode(), f"{at}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={at},v1={mac}"


class Post(threading.Thread):
    """Sends what waits in the post to the two endpoints, each with its own secret."""

    def __init__(self, store: Store, endpoints: dict[str, tuple[str, str]]) -> None:
        super().__init__(name="sandbox-post", daemon=True)
        self._store = store
        self._endpoints = endpoints
        self._stopping = threading.Event()
        self._more = threading.Event()

    def run(self) -> None:
        """Deliver until told to stop."""
        while not self._stopping.is_set():
            self.deliver()
            self._more.wait(0.2)
            self._more.clear()

    def wake(self) -> None:
        """Something may be waiting."""
        self._more.set()

    def stop(self) -> None:
        """Finish what is being sent, then end."""
        self._stopping.set()
        self._more.set()

    def deliver(self) -> int:
        """Send everything that is due now; how many were accepted."""
        accepted = 0
        for delivery in self._store.waiting():
            if self._stopping.is_set():
                break
            if self._sent(delivery):
                self._store.sent(delivery.n)
                accepted += 1
            elif delivery.tries + 1 >= MAX_TRIES:
                self._store.sent(delivery.n)
            else:
                self._store.retry(delivery.n, min(60.0, 0.25 * 2**delivery.tries))
        return accepted

    def _sent(self, delivery: Delivery) -> bool:
        url, secret = self._endpoints.get(delivery.endpoint, ("", ""))
        if not url:
            return True
        where = urlsplit(url)
        payload = delivery.event.encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(secret, payload, int(time.time())),
            "User-Agent": "Stripe/1.0 (sandbox)",
        }
        line = http.client.HTTPConnection(where.netloc, timeout=TIMEOUT_SECONDS)
        try:
            line.request("POST", where.path, payload, headers)
            return 200 <= line.getresponse().status < 300
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()
