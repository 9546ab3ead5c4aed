"""One running double: answers calls and browsers, keeps answers, strikes as faults are planned."""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from billing.sandbox import calls, faults, lapsing, pages, shapes, till
from billing.sandbox.calling import Call, Missing, known_account
from billing.sandbox.control import control
from billing.sandbox.parameters import Unfit, checked
from billing.sandbox.post import Post
from billing.sandbox.store import PLATFORM, Object, Store


@dataclass(frozen=True)
class Answer:
    """Status, JSON text and headers; and whether the connection breaks before it leaves."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    broken: str = ""  # `lost`: closed without a word; `reset`: cut as by a failing machine


def _error(status: int, kind: str, message: str, **more: Any) -> Answer:
    return Answer(status, json.dumps(shapes.error(kind, message, **more)))


def _headed(answer: Answer, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(answer, headers={**answer.headers, **named})


# Faults that a call meets before it has any effect.
REFUSALS: Mapping[str, Answer] = {
    "conflict_409": _headed(
        _error(
            409, "idempotency_error",
            "There is currently another in-progress request using this Idempotent Key.",
            code="idempotency_key_in_use",
        ),
        Stripe_Should_Retry="true",
    ),
    "rate_429": _headed(
        _error(
            429, "invalid_request_error", "Request rate limit exceeded.", code="rate_limit"
        ),
        Stripe_Should_Retry="true", Retry_After="1",
    ),
    "down": _headed(
        _error(503, "api_error", "This account cannot be reached."), Stripe_Should_Retry="false"
    ),
    "reset": Answer(0, "", broken="reset"),
}  # fmt: skip


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
        universe = headers.get("stripe-account", PLATFORM)
        with self.store.lock:
            lapsing.pass_time(self.store)
            fault = faults.strike(self.store, faults.CALLS, path, universe, method)
            kind = fault.kind if fault else ""
            answer = self._faulty(kind, method, path, headers, body or query)
            self.store.note_request(
                method, path + (f"?{query}" if query else ""), headers, body, answer.status,
                answer.body,
            )  # fmt: skip
        if fault and kind == "slow":
            time.sleep(fault.seconds)
        self.post.wake()
        return answer

    def _faulty(
        self, kind: str, method: str, path: str, headers: dict[str, str], body: str
    ) -> Answer:
        if kind in REFUSALS:
            return REFUSALS[kind]
        if kind == "error_500":
            answer = _headed(
                _error(500, "api_error", "An unknown error occurred."),
                Stripe_Should_Retry="false",
            )
            self._keep(headers, method, path, body, answer)
            return answer
        answer = self._once(method, path, headers, body)
        return replace(answer, broken="lost") if kind == "lost_answer" else answer

    def _once(self, method: str, path: str, headers: dict[str, str], body: str) -> Answer:
        if headers.get("authorization") != f"Bearer {self.key}":
            return _error(401, "invalid_request_error", "Invalid API Key provided.")
        universe = headers.get("stripe-account", PLATFORM)
        if universe and not known_account(self.store, universe):
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
            return _headed(Answer(kept[1], kept[2]), Idempotent_Replayed="true")
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
        for verb, pattern, name, act in calls.ROUTES:
            match = pattern.match(path)
            if verb != method or not match:
                continue
            identifier = match.groupdict().get("id", "")
            try:
                params = checked(name, body)
                made = act(Call(self.store, universe, identifier, params, self.base))
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
            paths = params.get("expand", [])
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

    def control(self, method: str, path: str, body: str) -> Object | None:
        """Answer the control port, for tests."""
        answer = control(self.store, method, path, body)
        self.post.wake()
        return answer


def _fingerprint(method: str, path: str, body: str) -> str:
    return hashlib.sha256(f"{method} {path}\n{body}".encode()).hexdigest()
