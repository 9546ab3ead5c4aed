"""Every two facts in every combination of their values, judged as the reference judges them."""

from datetime import datetime
from itertools import combinations, product

import pytest

from audit.law import evaluator, packs
from audit.law.model import SCOPES, Fact
from tests.law import pairwise, reference

PACK = packs.load()
MOMENTS = ("2026-02-01T09:00:00Z", "2026-02-01T09:05:00Z")
# Days on both sides of the dates at which the texts changed.
DAYS = ("2011-01-01", "2015-06-01", "2018-09-14", "2018-09-15", "2021-01-01", "2026-02-01")


def compared_with(when, fact):
    """The numbers that a condition compares a fact with."""
    for part in (*when.get("all", ()), *when.get("any", ())):
        yield from compared_with(part, fact)
    if when.get("fact") == fact and isinstance(when["value"], int):
        yield when["value"]


def values_of(name):
    """Values on every side of what the rules ask, and unknown."""
    kind = PACK.facts[name]
    if kind.type == "bool":
        known = [True, False]
    elif kind.type == "enum":
        known = list(kind.values)
    elif kind.type == "datetime":
        known = list(MOMENTS)
    else:
        edges = {edge for rule in PACK.rules for edge in compared_with(rule.when, name)} or {1}
        known = sorted({near for edge in edges for near in (edge - 1, edge, edge + 1)})
    return [*known, None]


VALUES = {name: values_of(name) for name in PACK.facts}


@pytest.fixture(scope="module")
def rows():
    """The table of pairs."""
    return pairwise.rows(VALUES)


def same(values, day, profile, scopes):
    """Whether evaluator and reference agree on the outcome and on every rule."""
    at = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=evaluator.PARIS)
    known = {name: value for name, value in values.items() if value is not None}
    facts = {name: Fact(value, "system") for name, value in known.items()}
    made = evaluator.judge(facts=facts, scopes=scopes, at=at, profile=profile, pack=PACK)
    said = {f.rule: f.outcome for f in made.fired} | dict.fromkeys(made.silent, "silent")
    return (made.outcome, said) == reference.judged(
        known, PACK.body, scopes=scopes, day=day, profile=profile
    )


def test_the_rows_hold_every_pair(rows):
    names = sorted(VALUES)
    met = {
        (one, repr(row[one]), other, repr(row[other]))
        for row in rows
        for one, other in combinations(names, 2)
    }
    wanted = {
        (one, repr(a), other, repr(b))
        for one, other in combinations(names, 2)
        for a, b in product(VALUES[one], VALUES[other])
    }
    assert wanted <= met and len(wanted) > 50_000
    assert len(rows) < 200, "a table of pairs is short, or it is not worth its name"


@pytest.mark.parametrize("profile", sorted(PACK.profiles))
def test_every_pair_of_facts_is_judged_as_the_reference_judges_it(rows, profile):
    apart = [
        (day, scopes)
        for row in rows
        for day in DAYS
        for scopes in (SCOPES, ("act", "gate"), ("intake",), ("platform", "offer"))
        if not same(row, day, profile, scopes)
    ]
    assert apart == []


def test_nothing_known_and_each_fact_alone_agree_too():
    assert same({}, DAYS[-1], "cnom2016", SCOPES)
    alone = [
        (name, value)
        for name, values in VALUES.items()
        for value in values
        if not same({name: value}, DAYS[-1], "cnom2016", SCOPES)
    ]
    assert alone == []
