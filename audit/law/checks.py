"""What a row of a dated text must be; anything else names its file, its rule and the reason."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations, groupby
from typing import Any

from audit.law.model import IGNORE, OUTCOMES, SCOPES, FactType

STATUSES = (
    "binding_law", "regulation", "convention", "administrative_practice", "ordinal_position",
    "platform_policy", "annulled",
)  # fmt: skip
WORDS = ("id", "text", "article", "term_fr", "sentence_en", "reason_fr", "reason_en")
DATES = ("effective_from", "effective_until", "recorded_from", "recorded_until")
FIELDS = {*WORDS, *DATES, "scope", "legal_status", "when", "outcome", "on_unknown", "facts",
          "sources", "note"}  # fmt: skip
OPERATORS = {"eq": "bool int enum", "ne": "bool int enum", "in": "enum", "lt": "int",
             "ge": "int", "gt": "int", "gt_fact": "int datetime"}  # fmt: skip


class PackError(Exception):
    """A text that cannot be read; stops the start with file, rule and reason."""

    def __init__(self, file: str, rule: str, reason: str) -> None:
        self.file, self.rule, self.reason = file, rule, reason
        super().__init__(f"{file}: {rule}: {reason}")


def checked_row(
    row: dict[str, Any], *, file: str, facts: Mapping[str, FactType]
) -> dict[str, Any]:
    """The row itself when it is whole; raises PackError otherwise."""
    rule = str(row.get("id", "-"))
    for reason in complaints(row, facts):
        raise PackError(file, rule, reason)
    return row


def complaints(row: Mapping[str, Any], facts: Mapping[str, FactType]) -> Iterator[str]:
    """Everything that is wrong with a row, in plain words."""
    if set(row) != FIELDS:
        yield f"fields that are missing or not known: {sorted(set(row) ^ FIELDS)}"
        return
    for name in WORDS:
        if not isinstance(row[name], str) or not row[name].strip():
            yield f"{name} is empty"
    for name, allowed in (
        ("scope", SCOPES),
        ("legal_status", STATUSES),
        ("outcome", OUTCOMES),
        ("on_unknown", (*OUTCOMES, IGNORE)),
    ):
        if row[name] not in allowed:
            yield f"{name} is none of {', '.join(allowed)}"
    yield from _complaints_of_dates(row)
    yield from _complaints_of_sources(row["sources"])
    read: set[str] = set()
    yield from _complaints_of_condition(row["when"], facts, read)
    if not isinstance(row["facts"], list) or set(row["facts"]) != read:
        yield "facts does not list what the condition reads"


def _complaints_of_dates(row: Mapping[str, Any]) -> Iterator[str]:
    for name in DATES:
        value = row[name]
        if value is None and name != "recorded_from":
            continue
        try:
            date.fromisoformat(value)
        except (TypeError, ValueError):
            yield f"{name} is not a date YYYY-MM-DD"
            return
    for kind in ("effective", "recorded"):
        start, end = row[f"{kind}_from"], row[f"{kind}_until"]
        if end is not None and (start is None or end <= start):
            yield f"{kind}_until does not follow {kind}_from"


def _complaints_of_sources(sources: Any) -> Iterator[str]:
    if not isinstance(sources, list) or not sources:
        yield "a rule without a source"
        return
    for source in sources:
        if not isinstance(source, dict) or set(source) != {"ref", "certainty"}:
            yield "a source needs ref and certainty"
        elif not all(isinstance(part, str) and part for part in source.values()):
            yield "a source with an empty ref or certainty"


def _complaints_of_condition(
    when: Any, facts: Mapping[str, FactType], read: set[str]
) -> Iterator[str]:
    if not isinstance(when, dict):
        yield "a condition is an object"
        return
    for word in ("all", "any"):
        if set(when) == {word}:
            parts = when[word]
            if not isinstance(parts, list) or not parts:
                yield f"{word} needs a list of conditions"
                return
            for part in parts:
                yield from _complaints_of_condition(part, facts, read)
            return
    if set(when) != {"fact", "op", "value"}:
        yield "a condition needs fact, op and value, or all, or any"
        return
    yield from _complaints_of_comparison(when, facts, read)


def _complaints_of_comparison(
    when: Mapping[str, Any], facts: Mapping[str, FactType], read: set[str]
) -> Iterator[str]:
    fact, op, value = when["fact"], when["op"], when["value"]
    if fact not in facts:
        yield f"{fact} is no fact of the dictionary"
        return
    read.add(fact)
    kind = facts[fact]
    if op not in OPERATORS or kind.type not in OPERATORS[op].split():
        yield f"{op} does not apply to {fact}, which is {kind.type}"
    elif op == "gt_fact":
        if value not in facts or facts[value].type != kind.type:
            yield f"{fact} cannot be compared with {value}"
        else:
            read.add(value)
    elif op == "in":
        if not isinstance(value, list) or not value or not set(value) <= set(kind.values):
            yield f"{fact} is compared with values that it cannot have"
    elif not kind.admits(value) or (kind.type == "enum" and value not in kind.values):
        yield f"{fact} is compared with a value that it cannot have"


def overlapping(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Ids with two rows recorded at the same time whose days of force meet; rows sorted by id."""
    for rule_id, same in groupby(rows, key=lambda row: str(row["id"])):
        for one, other in combinations(same, 2):
            if _meet(one, other, "recorded") and _meet(one, other, "effective"):
                yield rule_id


def _meet(one: Mapping[str, Any], other: Mapping[str, Any], kind: str) -> bool:
    far = "9999-12-31"
    starts = (one[f"{kind}_from"] or far, other[f"{kind}_from"] or far)
    ends = (one[f"{kind}_until"] or far, other[f"{kind}_until"] or far)
    return bool(starts[0] < ends[1] and starts[1] < ends[0])
