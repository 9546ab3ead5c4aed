"""The dated cases of each legal text, and a short way to judge in a sentence."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from audit.law import evaluator, packs
from audit.law.model import SCOPES, Fact

CASES = Path(__file__).parent / "cases"


def pytest_generate_tests(metafunc):
    """A test that asks for `case` gets each case of the text that its module names."""
    if "case" in metafunc.fixturenames:
        cases = json.loads((CASES / f"{metafunc.module.TEXT}.json").read_text())
        names = [f"{case['rule']}: {case['name']}" for case in cases]
        metafunc.parametrize("case", cases, ids=names)


@pytest.fixture(scope="session")
def pack():
    return packs.load()


@pytest.fixture(scope="session")
def decide(pack):
    """Judge plain values on a day (noon in Paris) or at an instant."""

    def decide(at, profile="cnom2016", scopes=SCOPES, **values):
        moment = datetime.fromisoformat(at if "T" in at else f"{at}T12:00:00")
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=evaluator.PARIS)
        facts = {name: Fact(value, "system") for name, value in values.items()}
        return evaluator.judge(facts=facts, scopes=scopes, at=moment, profile=profile, pack=pack)

    return decide


@pytest.fixture(scope="session")
def said(decide):
    """What one rule says of these values: an outcome, `pass` or `not_in_force`."""

    def said(rule, at, **values):
        decision = decide(at, **values)
        for finding in decision.fired:
            if finding.rule == rule:
                return finding.outcome
        return "pass" if rule in decision.silent else "not_in_force"

    return said
