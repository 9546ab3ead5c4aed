"""C3 and C4: teleadvice counts when integrated and traced; no regional contract for care."""

from datetime import UTC, datetime

import pytest

from audit.law import packs
from audit.law.evaluator import judge
from audit.law.model import Fact
from billing.models import GatePass
from tests.billing.walk import Walk
from tests.law.test_gate import AT, REST, SCOPES, TWELVE, oracle

ARS = "ars-contract-2010"


def whole(**more) -> dict[str, Fact]:
    good = {name: value for name, value, _ in TWELVE.values()}
    return {name: Fact(value, "system") for name, value in {**REST, **good, **more}.items()}


def test_a_missing_regional_contract_is_never_a_reason_for_care_in_the_pathway_today():
    for at in (datetime(2018, 9, 14, 22, tzinfo=UTC), AT, datetime(2030, 1, 1, tzinfo=UTC)):
        said = judge(
            facts=whole(ars_contract_in_force=False), scopes=("act",), at=at,
            profile="cnom2016", pack=packs.load(),
        )  # fmt: skip
        assert ARS not in {one.rule for one in said.fired}, at


def test_it_was_one_until_the_fourteenth_of_september_2018():
    said = judge(
        facts=whole(ars_contract_in_force=False), scopes=("act",),
        at=datetime(2018, 9, 14, 21, 59, 59, tzinfo=UTC), profile="cnom2016", pack=packs.load(),
    )  # fmt: skip
    assert ARS in {one.rule for one in said.fired}


def test_integrated_and_traced_passes_in_rule_and_in_fact(walk):
    assert judge(
        facts=whole(), scopes=SCOPES, at=AT, profile="cnom2016", pack=packs.load()
    ).outcome == oracle(dict.fromkeys(TWELVE, "good"))
    walk.held()
    assert walk.answers().gate_pass


@pytest.mark.parametrize(
    ("missing", "said", "ground"),
    [
        ("traced", {"report": None}, "treating"),
        ("integrated", {}, "none"),
        ("personalised", {"personalised": False}, "treating"),
        ("performed", {"outcome": "cannot-answer"}, "treating"),
    ],
)
def test_one_missing_of_the_four_that_the_answer_says_and_nothing_is_charged(
    database, sandbox, missing, said, ground
):
    walk = Walk.begun(sandbox, ground=ground)
    walk.held()
    expected = oracle({**dict.fromkeys(TWELVE, "good"), missing: "bad"})
    charged = walk.answers(**said)
    assert (charged.decision.outcome, charged.gate_pass) == (expected, None)
    assert not GatePass.objects.exists()
