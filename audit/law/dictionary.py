"""The typed facts: what each may hold, who establishes it, and whether the log may show it.

A sensitive fact (health, age, what a message asks for) enters the log as a commitment only.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from audit.law.model import Fact, FactType

FILE = Path(__file__).parent / "dictionary.json"
TYPES = ("bool", "int", "enum", "datetime")
# Each of these alone makes the advice part of the pathway; each needs evidence of its own.
PATHWAY_GROUNDS = (
    "is_treating_physician", "referred_by_treating_physician", "in_care_team", "ald_followup",
    "adapts_own_prescription", "on_call_duty",
)  # fmt: skip


@lru_cache(maxsize=1)
def load() -> Mapping[str, FactType]:
    """All facts by name."""
    rows = json.loads(FILE.read_text(encoding="utf-8"))
    return MappingProxyType({name: from_json(name, row) for name, row in rows.items()})


def from_json(name: str, row: Mapping[str, Any]) -> FactType:
    """One row of the dictionary as a type; ValueError when it is malformed."""
    if row["type"] not in TYPES or (row["type"] == "enum") != bool(row["values"]):
        raise ValueError(f"{FILE.name}: {name}: type and values do not agree")
    return FactType(
        name=name,
        type=row["type"],
        values=tuple(row["values"]),
        established_by=row["established_by"],
        sensitive=row["sensitive"],
    )


def as_json(kind: FactType) -> dict[str, Any]:
    """The type as a row of the dictionary, as the pack carries it."""
    return {
        "type": kind.type,
        "values": list(kind.values),
        "established_by": kind.established_by,
        "sensitive": kind.sensitive,
    }


def is_sensitive(name: str) -> bool:
    """Whether a fact may only be committed to; a name that nobody listed is sensitive."""
    kind = load().get(name)
    return kind is None or kind.sensitive


def integrated(facts: Mapping[str, Fact]) -> bool | None:
    """Whether any ground puts the advice in the pathway: true wins, then unknown."""
    values = [facts[name].value if name in facts else None for name in PATHWAY_GROUNDS]
    if any(value is True for value in values):
        return True
    return None if any(value is None for value in values) else False
