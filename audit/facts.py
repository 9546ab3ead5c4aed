"""Pure values shared by the record: who acts, and the one form of JSON an entry may hold."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias
from uuid import UUID

Json: TypeAlias = bool | int | str | list["Json"] | dict[str, "Json"] | None
Kind: TypeAlias = Literal["patient", "physician", "reviewer", "operator", "system"]

KINDS: tuple[Kind, ...] = ("patient", "physician", "reviewer", "operator", "system")
NATIONAL = "national"
# What is judged of the platform itself is told under this one subject; it is nobody's.
PLATFORM = UUID("00000000-0000-4000-8000-000000000001")
MAX_INTEGER = 2**53


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a kind of person and the random `subject` of their account, never a name."""

    kind: Kind
    id: UUID


SYSTEM = Actor("system", UUID(int=0))


class UnfitBody(ValueError):
    """The data of an entry is not plain JSON of the agreed form."""


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
