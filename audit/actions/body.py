"""The exact bytes of an entry: ASCII JSON with sorted keys, integers only, bounded."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from audit.facts import Actor, Json

MAX_BODY_BYTES = 60_000
MAX_INTEGER = 2**53


class UnfitBody(ValueError):
    """The data of an entry is not plain JSON of the agreed form."""


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry to be; see `audit.actions.record` for the fields."""

    type: str
    subject: UUID
    scope: str
    actor: Actor
    now: datetime
    data: Mapping[str, Json] = field(default_factory=dict)
    decision: Any = None
    key: bytes | None = None


@dataclass(frozen=True, slots=True)
class SealedOpening:
    """What opens the commitments of an entry, sealed under the patient's key."""

    field: str
    author: UUID
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Prepared:
    """The values that go into the database for one entry."""

    body: bytes
    subject: UUID
    scope: str
    opening: SealedOpening | None


def instant(moment: datetime) -> str:
    """Write a moment as UTC with microseconds, the one form that entries use."""
    if moment.tzinfo is None:
        raise UnfitBody("a moment in an entry carries its time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical(value: Json | Mapping[str, Json]) -> bytes:
    """Write plain JSON as ASCII with sorted keys and no spaces; refuse anything else."""
    _check(value)
    return json.dumps(
        value, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode("ascii")


def _check(value: object) -> None:
    if value is None or isinstance(value, bool | str):
        return
    if isinstance(value, int):
        if not -MAX_INTEGER < value < MAX_INTEGER:
            raise UnfitBody("integers in an entry stay below 2^53")
    elif isinstance(value, dict):
        for name, inner in value.items():
            if not isinstance(name, str) or not name.isascii():
                raise UnfitBody("keys in an entry are ASCII")
            _check(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check(inner)
    else:
        raise UnfitBody(f"{type(value).__name__} has no place in an entry")


def prepared(entry: NewEntry) -> Prepared:
    """Turn an entry into the bytes and columns that are written."""
    whole: dict[str, Json] = {
        "v": 1,
        "type": entry.type,
        "at": instant(entry.now),
        "actor": {"kind": entry.actor.kind, "id": str(entry.actor.id)},
        "subject": str(entry.subject),
        "data": dict(entry.data),
    }
    if entry.decision is not None:
        whole["decision"] = entry.decision.as_json()
    body = canonical(whole)
    if len(body) > MAX_BODY_BYTES:
        raise UnfitBody(f"an entry has at most {MAX_BODY_BYTES} bytes")
    return Prepared(body, entry.subject, entry.scope, None)
