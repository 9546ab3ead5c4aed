"""The machine: unknown is a third value, blocks win, nothing is billable without a ground."""

import random
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.law import evaluator, packs
from audit.law.model import PUBLISHED_SCOPES, SCOPES, Fact, Pack

PACK = packs.load()
AT = datetime(2026, 2, 1, 12, tzinfo=UTC)


def values_of(name):
    """Values that a fact may have, a wrong type among them."""
    kind = PACK.facts[name]
    if kind.type == "bool":
        return st.booleans()
    if kind.type == "int":
        return st.sampled_from([0, 1, 2, 3, 4, 7, 12, 18, 20, 31, 32, 2500, 7000])
    if kind.type == "enum":
        return st.sampled_from(kind.values)
    return st.sampled_from(["2026-02-01T09:00", "2026-02-01T10:00:00+01:00", "never"])


FACTS = st.lists(st.sampled_from(sorted(PACK.facts)), max_size=40, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: values_of(name) for name in names})
)


def judged(values, scopes=SCOPES, profile="cnom2016", pack=PACK, at=AT):
    facts = {name: Fact(value, "system") for name, value in values.items()}
    return evaluator.judge(facts=facts, scopes=scopes, at=at, profile=profile, pack=pack)


def told(decision):
    """Everything of a decision but its own name."""
    return {**decision.as_json(), "id": ""}


def test_nothing_known_blocks():
    assert judged({}, PUBLISHED_SCOPES).outcome == "block_intake"


def test_without_a_ground_nothing_is_billable():
    decision = judged({}, ["notice"])
    assert (decision.outcome, decision.allowed) == ("not_billable", True)
    assert not judged({}, ["act"]).allowed


@given(FACTS, st.sampled_from(["cnom2016", "strict", "law-only"]))
@settings(max_examples=150, deadline=None)
def test_each_rule_asked_is_either_fired_or_silent(values, profile):
    decision = judged(values, profile=profile)
    fired = [finding.rule for finding in decision.fired]
    assert fired == sorted(fired) and not set(fired) & set(decision.silent)
    asked = {
        rule.id for rule in PACK.rules
        if evaluator.in_force(rule, date(2026, 2, 1)) and PACK.profiles[profile].counts(rule)
    }  # fmt: skip
    assert {*fired, *decision.silent} == asked


@given(FACTS, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_rules_never_matters(values, chance: random.Random):
    rules = list(PACK.rules)
    chance.shuffle(rules)
    shuffled = Pack(
        PACK.ref,
        tuple(rules),
        PACK.facts,
        PACK.profiles,
        PACK.texts,
        {"shuffled": chance.random()},
    )
    evaluator.rules_in_force.cache_clear()
    other = judged(values, pack=shuffled)
    evaluator.rules_in_force.cache_clear()
    assert told(other) == told(judged(values))


@given(FACTS, FACTS)
@settings(max_examples=150, deadline=None)
def test_knowing_more_never_turns_a_refusal_by_a_false_fact_into_a_pass(values, more):
    before = judged(values)
    after = judged({**more, **values})
    for finding in before.fired:
        if finding.holds:
            assert finding in after.fired


@given(FACTS)
@settings(max_examples=60, deadline=None)
def test_a_replay_of_the_recorded_pack_and_facts_is_identical(values):
    first = judged(values)
    again = evaluator.judge(
        facts=first.facts, scopes=first.scopes, at=first.at, profile=first.profile,
        pack=packs.from_body(PACK.body), id=first.id,
    )  # fmt: skip
    assert again == first


def test_a_fact_of_the_wrong_type_is_unknown():
    rule = "rpps-well-formed-and-matched"
    good = {"rpps_format_valid": True, "rpps_matches_directory": True, "profession_code": "10"}
    assert rule in judged(good).silent
    for wrong in ({"rpps_format_valid": 1}, {"profession_code": 10}):
        finding = next(f for f in judged({**good, **wrong}).fired if f.rule == rule)
        assert finding.holds is None


def test_an_expiry_at_noon_acts_at_noon():
    facts = {"register_status": Fact("registered", "registry", "att-1", valid_until=AT)}
    for at, refused in ((AT.replace(hour=11), False), (AT, True)):
        decision = evaluator.judge(
            facts=facts, scopes=["physician"], at=at, profile="cnom2016", pack=PACK
        )
        assert ("physician-on-the-register" in [f.rule for f in decision.refusing]) is refused


def test_an_unlisted_profile_is_refused():
    with pytest.raises(evaluator.UnknownProfile):
        judged({}, profile="lenient")


def test_profiles_decide_billing_and_leave_intake_alone():
    paid = {
        "channel": "written", "act_kind": "telemedicine_act", "advice_is_personalised": True,
        "integrated_in_care_pathway": True, "trace_report_present": True,
    }  # fmt: skip
    ground = "ground-cnom-personalised-teleadvice"
    for profile, counts in (("cnom2016", True), ("strict", False), ("law-only", False)):
        fired = [finding.rule for finding in judged(paid, profile=profile).fired]
        assert (ground in fired) is counts
        asked = judged({"suicidal_content_detected": True}, profile=profile)
        assert "suicide-redirect" in [finding.rule for finding in asked.refusing]
