"""Facts and moments as people type them, read strictly: what is wrong is named, never guessed."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from audit.law.evaluator import PARIS
from audit.law.model import SCOPES, SOURCES, Fact, Pack

SAID_BY_DEFAULT = "operator"
PARTS = {"value", "source", "evidence", "valid_until"}


class Unreadable(Exception):
    """What was typed cannot be read; the message says which part and why."""


def facts_from(typed: object, pack: Pack) -> dict[str, Fact]:
    """An object of fact → plain value, or `{value, source, evidence?, valid_until?}`.

    A null is a fact left out: unknown. Names that the pack does not know are kept and read by no
    rule. Raises Unreadable for a value of another type than the fact's own.
    """
    if not isinstance(typed, Mapping):
        raise Unreadable("facts: an object of fact → value is wanted")
    facts: dict[str, Fact] = {}
    for name, given in typed.items():
        fact = _fact(str(name), given)
        if fact is None:
            continue
        kind = pack.facts.get(name)
        if kind is not None and not kind.admits(fact.value):
            raise Unreadable(f"{name}: {kind.type} is wanted")
        facts[name] = fact
    return facts


def unknown_names(facts: Mapping[str, Fact], pack: Pack) -> list[str]:
    """The names that no dictionary row holds, likely misspelt."""
    return sorted(set(facts) - set(pack.facts))


def _fact(name: str, given: Any) -> Fact | None:
    if not isinstance(given, Mapping):
        given = {"value": given}
    if not set(given) <= PARTS or "value" not in given:
        raise Unreadable(f"{name}: a fact has value, source, evidence and valid_until")
    value, source = given["value"], given.get("source", SAID_BY_DEFAULT)
    evidence, until = given.get("evidence"), given.get("valid_until")
    if value is None:
        return None
    if not isinstance(value, bool | int | str):
        raise Unreadable(f"{name}: a value is true, false, a whole number or a text")
    if source not in SOURCES:
        raise Unreadable(f"{name}: source is none of {', '.join(SOURCES)}")
    if evidence is not None and not isinstance(evidence, str):
        raise Unreadable(f"{name}: evidence is a text")
    return Fact(value, source, evidence, None if until is None else instant_of(until, name))


def instant_of(typed: object, name: str = "at") -> datetime:
    """A date (its first instant in Paris) or a moment (in Paris when it names no zone)."""
    if not isinstance(typed, str):
        raise Unreadable(f"{name}: a date or a moment in ISO 8601 is wanted")
    try:
        if len(typed) == len("2026-02-01"):
            return datetime.combine(date.fromisoformat(typed), time(), PARIS)
        read = datetime.fromisoformat(typed)
        read = read if read.tzinfo is not None else read.replace(tzinfo=PARIS)
        read.astimezone(PARIS)
    except (ValueError, OverflowError):
        raise Unreadable(f"{name}: {typed[:40]!r} is no date or moment in ISO 8601") from None
    return read


def scopes_from(typed: str) -> tuple[str, ...]:
    """Scopes separated by commas; Unreadable names one that does not exist."""
    scopes = tuple(part.strip() for part in typed.split(",") if part.strip())
    wrong = [scope for scope in scopes if scope not in SCOPES]
    if wrong or not scopes:
        raise Unreadable(f"scope: {', '.join(wrong) or 'none given'} (of {', '.join(SCOPES)})")
    return scopes
