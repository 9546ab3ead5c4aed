"""Judge an act by the rules of its day: three-valued logic, precedence, denial by default.

A missing fact is unknown, and so is one of the wrong type or one that had lapsed at the act. Each
rule says in `on_unknown` what unknown means for it. `all`: false wins, then unknown; `any`: true
wins, then unknown. Outcomes rank block_intake > not_billable > billable, and without a positive
ground nothing is billable. Flags add to any of them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from audit.law.model import (
    BILLABLE,
    BLOCK_INTAKE,
    FLAG_REVIEW,
    IGNORE,
    NOT_BILLABLE,
    Decision,
    Fact,
    Finding,
    Pack,
    Rule,
    Value,
)

PARIS = ZoneInfo("Europe/Paris")
Values = Mapping[str, Value]
Asked = Callable[[Values], bool | None]
Compared = Callable[[Any, Any], bool]


class UnknownProfile(Exception):
    """The profile is not one of the pack's."""


def judge(
    *,
    facts: Mapping[str, Fact],
    scopes: Iterable[str],
    at: datetime,
    profile: str,
    pack: Pack,
    known_at: date | None = None,
    id: UUID | None = None,
) -> Decision:
    """Judge by every rule of the scopes in force at the act, and keep every finding.

    `at` is the aware instant of the act; its date is read in Europe/Paris. `known_at` asks what
    the pack said on an earlier day; by default, what is known today. `id` names the decision,
    and is drawn when left out. Raises UnknownProfile.
    """
    assert at.tzinfo is not None, "the act needs an instant with its zone"
    asked = tuple(sorted(set(scopes)))
    fired, silent = findings(
        rules_in_force(pack, asked, at.astimezone(PARIS).date(), profile, known_at),
        values_known(facts, at),
    )
    return Decision(
        id=id or uuid4(),
        scopes=asked,
        profile=profile,
        at=at.astimezone(UTC),
        outcome=outcome_of(finding.outcome for finding in fired),
        flags=tuple(finding.rule for finding in fired if finding.outcome == FLAG_REVIEW),
        fired=fired,
        silent=silent,
        pack=pack.ref,
        facts=dict(facts),
    )


def values_known(facts: Mapping[str, Fact], at: datetime) -> dict[str, Value]:
    """The values that hold at that instant: a fact lapses on the instant it is valid until."""
    return {
        name: fact.value
        for name, fact in facts.items()
        if fact.valid_until is None or at < fact.valid_until
    }


@dataclass(frozen=True, slots=True)
class Ready:
    """A rule ready to be asked, with what it says when it holds and when it cannot know."""

    ask: Asked
    rule: str
    facts: frozenset[str]
    held: Finding
    unknown: Finding | None


def findings(
    rules: Iterable[Ready], values: Values
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """What fired, and the ids of the rules that were asked and stayed silent."""
    fired: list[Finding] = []
    silent: list[str] = []
    known = values.keys()
    for ready in rules:
        # At this point a rule none of whose facts is known can only be unknown.
        holds = None if ready.facts.isdisjoint(known) else ready.ask(values)
        if holds:
            fired.append(ready.held)
        elif holds is None and ready.unknown is not None:
            fired.append(ready.unknown)
        else:
            silent.append(ready.rule)
    return tuple(fired), tuple(silent)


def outcome_of(outcomes: Iterable[str]) -> str:
    """The one outcome of many findings, by precedence; no ground means not billable."""
    seen = set(outcomes)
    if BLOCK_INTAKE in seen:
        return BLOCK_INTAKE
    if NOT_BILLABLE in seen or BILLABLE not in seen:
        return NOT_BILLABLE
    return BILLABLE


@lru_cache(maxsize=4096)
def rules_in_force(
    pack: Pack, scopes: tuple[str, ...], day: date, profile: str, known_at: date | None
) -> tuple[Ready, ...]:
    """The rules of these scopes that apply on that day, in order of id, each ready to ask."""
    chosen = pack.profiles.get(profile)
    if chosen is None:
        raise UnknownProfile(profile)
    return tuple(
        _ready(rule, pack)
        for rule in sorted(pack.rules, key=lambda row: row.id)
        if rule.scope in scopes
        and in_force(rule, day)
        and recorded(rule, known_at)
        and chosen.counts(rule)
    )


def _ready(rule: Rule, pack: Pack) -> Ready:
    def finding(holds: bool | None, outcome: str) -> Finding:
        return Finding(rule.id, rule.reason_fr, holds, rule.facts, outcome)

    return Ready(
        ask=compiled(rule.when, pack),
        rule=rule.id,
        facts=frozenset(rule.facts),
        held=finding(True, rule.outcome),
        unknown=None if rule.on_unknown == IGNORE else finding(None, rule.on_unknown),
    )


def in_force(rule: Rule, day: date) -> bool:
    """Whether the act's day lies in the half-open interval; without a start it never does."""
    if rule.effective_from is None or day < rule.effective_from:
        return False
    return rule.effective_until is None or day < rule.effective_until


def recorded(rule: Rule, known_at: date | None) -> bool:
    """Whether this row was what the pack said on that day; None asks about today."""
    if known_at is None:
        return rule.recorded_until is None
    if known_at < rule.recorded_from:
        return False
    return rule.recorded_until is None or known_at < rule.recorded_until


def compiled(when: Mapping[str, Any], pack: Pack) -> Asked:
    """A condition as a function of the known values: true, false or unknown."""
    if "all" in when:
        return _all([compiled(part, pack) for part in when["all"]])
    if "any" in when:
        return _any([compiled(part, pack) for part in when["any"]])
    fact, op, wanted = when["fact"], when["op"], when["value"]
    kind = pack.facts[fact]
    if op == "gt_fact":
        return _greater(fact, wanted, pack)
    compare = COMPARISONS[op]
    if op == "in":
        wanted = frozenset(wanted)

    def ask(values: Values) -> bool | None:
        value = values.get(fact)
        if value is None or not kind.admits(value):
            return None
        return compare(value, wanted)

    return ask


def _all(parts: list[Asked]) -> Asked:
    def ask(values: Values) -> bool | None:
        known: bool | None = True
        for part in parts:
            holds = part(values)
            if holds is False:
                return False
            if holds is None:
                known = None
        return known

    return ask


def _any(parts: list[Asked]) -> Asked:
    def ask(values: Values) -> bool | None:
        known: bool | None = False
        for part in parts:
            holds = part(values)
            if holds is True:
                return True
            if holds is None:
                known = None
        return known

    return ask


def _greater(left: str, right: str, pack: Pack) -> Asked:
    """Compare two facts of one type, numbers or moments."""
    moments = pack.facts[left].type == "datetime"

    def ask(values: Values) -> bool | None:
        one, other = values.get(left), values.get(right)
        if moments:
            first, second = moment(one), moment(other)
            return None if first is None or second is None else first > second
        if not pack.facts[left].admits(one) or not pack.facts[right].admits(other):
            return None
        return bool(one > other)  # type: ignore[operator]

    return ask


def moment(value: object) -> datetime | None:
    """A moment written in ISO 8601; without a zone it is the time in Paris; else None."""
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    return read if read.tzinfo is not None else read.replace(tzinfo=PARIS)


COMPARISONS: dict[str, Compared] = {
    "eq": lambda value, wanted: bool(value == wanted),
    "ne": lambda value, wanted: bool(value != wanted),
    "lt": lambda value, wanted: bool(value < wanted),
    "ge": lambda value, wanted: bool(value >= wanted),
    "gt": lambda value, wanted: bool(value > wanted),
    "in": lambda value, wanted: value in wanted,
}
