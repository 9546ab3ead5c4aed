"""One running double: answers calls and browsers, keeps answers, strikes as faults are planned."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from billing.sandbox import balances, calls, lapsing, pages, shapes, till
from billing.sandbox.calling import Call, Missing
from billing.sandbox.parameters import Unfit, nested
from billing.sandbox.post import Post
from billing.sandbox.store import PLATFORM, Object, Store

FAULTS = ("lost_answer", "error_500", "conflict_409", "slow")

# What others than the platform do at Stripe: banks, cardholders, the account's own holder.
ACTS: dict[str, Callable[[Store, dict[str, Any]], Object]] = {
    "/_sandbox/dispute": lambda store, said: balances.contest(store, said["intent"]),
    "/_sandbox/dispute/close": lambda store, said: balances.close(
        store, said["dispute"], won=said["won"]
    ),
    "/_sandbox/account": lambda store, said: balances.change_account(
        store, said["account"], said["changes"]
    ),
    "/_sandbox/account/cut": lambda store, said: balances.cut_account(store, said["account"]),
    "/_sandbox/payout": lambda store, said: balances.pay_out(
        store, said["account"], said["amount"]
    ),
    "/_sandbox/elsewhere": lambda store, said: balances.move_elsewhere(
        store, said["account"], said["amount"]
    ),
}


@dataclass(frozen=True)
class Answer:
    """Status, JSON text, and whether the connection breaks before the answer leaves."""

    status: int
    body: str
    lost: bool = False


def _error(status: int, kind: str, message: str, **more: Any) -> Answer:
    return Answer(status, json.dumps(shapes.error(kind, message, **more)))


class Sandbox:
    """One running double: its store, its post, its secret key."""

    def __init__(self, store: Store, key: str, endpoints: dict[str, tuple[str, str]]) -> None:
        self.store, self.key = store, key
        self.post = Post(store, endpoints)
        self.base = ""

    # --- the API
    def api(
        self, method: str, path: str, query: str, headers: dict[str, str], body: str
    ) -> Answer:
        """Answer one call, with whatever fault was planned for it, and note the request."""
        with self.store.lock:
            lapsing.pass_time(self.store)
            fault = self.store.strike(FAULTS, path)
            answer = self._faulty(fault, method, path, headers, body or query)
            self.store.note_request(
                method, path + (f"?{query}" if query else ""), headers, body, answer.status
            )
        if fault and fault[0] == "slow":
            time.sleep(fault[1])
        self.post.wake()
        return answer

    def _faulty(
        self, fault: tuple[str, float] | None, method: str, path: str, headers: dict[str, str],
        body: str,
    ) -> Answer:  # fmt: skip
        kind = fault[0] if fault else ""
        if kind == "conflict_409":
            return _error(
                409, "idempotency_error", "There is currently another in-progress request.",
                code="idempotency_key_in_use",
            )  # fmt: skip
        if kind == "error_500":
            answer = _error(500, "api_error", "An unknown error occurred.")
            self._keep(headers, method, path, body, answer)
            return answer
        answer = self._once(method, path, headers, body)
        return Answer(answer.status, answer.body, lost=True) if kind == "lost_answer" else answer

    def _once(self, method: str, path: str, headers: dict[str, str], body: str) -> Answer:
        if headers.get("authorization") != f"Bearer {self.key}":
            return _error(401, "invalid_request_error", "Invalid API Key provided.")
        universe = headers.get("stripe-account", PLATFORM)
        if universe and self.store.load(PLATFORM, universe, "account") is None:
            return _error(
                403, "invalid_request_error", "The provided key does not have access to account "
                f"'{universe}' (or that account does not exist).", code="account_invalid",
            )  # fmt: skip
        key = headers.get("idempotency-key", "")
        kept = self.store.kept(universe, key) if key and method == "POST" else None
        if kept:
            if kept[0] != _fingerprint(method, path, body):
                return _error(
                    400, "idempotency_error", "Keys for idempotent requests can only be used "
                    "with the same parameters they were first used with.",
                )  # fmt: skip
            return Answer(kept[1], kept[2])
        answer, executed = self._carry_out(method, path, universe, body)
        if executed:
            self._keep(headers, method, path, body, answer)
        return answer

    def _keep(
        self, headers: dict[str, str], method: str, path: str, body: str, answer: Answer
    ) -> None:
        key = headers.get("idempotency-key", "")
        if key and method == "POST":
            universe = headers.get("stripe-account", PLATFORM)
            self.store.keep(
                universe, key, _fingerprint(method, path, body), answer.status, answer.body
            )

    def _carry_out(self, method: str, path: str, universe: str, body: str) -> tuple[Answer, bool]:
        for verb, pattern, act in calls.ROUTES:
            match = pattern.match(path)
            if verb != method or not match:
                continue
            identifier = match.groupdict().get("id", "")
            call = Call(self.store, universe, identifier, body, self.base)
            try:
                made = act(call)
            except Unfit as wrong:
                return _error(
                    400, "invalid_request_error", wrong.message, code=wrong.code,
                    parameter=wrong.parameter,
                ), False  # fmt: skip
            except Missing as missing:
                return _error(
                    404, "invalid_request_error", str(missing), code="resource_missing"
                ), False
            except till.Declined as declined:
                return Answer(402, json.dumps(shapes.card_error(declined.intent))), True
            except till.Wrong as wrong:
                return _error(
                    400, "invalid_request_error", wrong.message, code=wrong.code,
                    parameter=wrong.parameter, about=wrong.about,
                ), True  # fmt: skip
            paths = nested(body).get("expand", [])
            return Answer(200, json.dumps(calls.expanded(self.store, universe, made, paths))), True
        return _error(
            404, "invalid_request_error", f"Unrecognized request URL ({method}: {path})."
        ), False

    # --- people
    def page(self, path: str, form: str | None) -> pages.Page:
        """Answer a browser."""
        with self.store.lock:
            lapsing.pass_time(self.store)
            kind, _, rest = path.strip("/").rpartition("/")
            shown = {"c/pay": pages.pay, "c/3ds": pages.strong, "onboarding": pages.onboard}
            if kind not in shown:
                return pages.Page(404, "inconnu")
            answer = shown[kind](self.store, rest, form)
        self.post.wake()
        return answer

    # --- control
    def control(self, method: str, path: str, body: str) -> Object | None:
        """Faults, clock, post and the record of requests, for tests."""
        asked: dict[str, Any] = json.loads(body) if body else {}
        if (method, path) == ("POST", "/_sandbox/faults"):
            self.store.plant(
                asked["kind"], asked.get("path", ""), asked.get("seconds", 0),
                asked.get("times", 1),
            )  # fmt: skip
        elif (method, path) == ("POST", "/_sandbox/clock"):
            self.store.advance(asked["seconds"])
            with self.store.lock:
                lapsing.pass_time(self.store)
            self.post.wake()
        elif method == "POST" and path in ACTS:
            with self.store.lock:
                made = ACTS[path](self.store, asked)
            self.post.wake()
            return made
        elif (method, path) == ("GET", "/_sandbox/requests"):
            return {"requests": self.store.requests()}
        elif (method, path) == ("GET", "/_sandbox/post"):
            return {"unsent": self.store.unsent()}
        elif (method, path) != ("GET", "/_sandbox/health"):
            return None
        return {"ok": True, "now": self.store.now()}


def _fingerprint(method: str, path: str, body: str) -> str:
    return hashlib.sha256(f"{method} {path}\n{body}".encode()).hexdigest()
