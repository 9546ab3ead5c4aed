"""Codes and sentences: every refusal has a stable code, a reason in two languages, an article."""

import re

import pytest

from audit.law import codes, packs, words
from audit.law.model import BLOCK_INTAKE, NOT_BILLABLE

PACK = packs.load()


def test_every_code_names_rules_of_the_pack_and_no_rule_has_two():
    ids = {rule.id for rule in PACK.rules}
    named = [rule for rules in codes.CODES.values() for rule in rules]
    assert set(named) <= ids and len(named) == len(set(named))
    assert all(re.fullmatch(r"[A-Z0-9]+(_[A-Z0-9]+)+|[A-Z]+", code) for code in codes.CODES)


def test_every_rule_that_refuses_has_a_code():
    refusing = {
        rule.id for rule in PACK.rules
        if {rule.outcome, rule.on_unknown} & {BLOCK_INTAKE, NOT_BILLABLE}
    }  # fmt: skip
    assert refusing <= {rule for rules in codes.CODES.values() for rule in rules}


@pytest.mark.parametrize("rule", sorted({rule.id for rule in PACK.rules}))
def test_a_finding_is_said_in_both_languages_with_its_article(rule):
    french, english = words.finding_text(rule, "fr"), words.finding_text(rule, "en-gb")
    assert french.reason != english.reason and french.reason.endswith((".", "!"))
    assert french.article and french.sources and french.text
    if "to be confirmed" in " ".join(source.certainty for source in french.sources):
        assert french.doubtful or len(french.sources) > 1


def test_a_decision_is_explained_by_its_gravest_finding(decide):
    refused = decide("2026-02-01", scopes=["intake"], request_is_sick_leave=True)
    assert words.refusal_code(refused) == "SICK_NOTE_REQUEST"
    assert "arrêt de travail" in words.reason(refused)
    assert "sick leave" in words.reason(refused, "en")


def test_danger_is_said_before_any_other_refusal(decide):
    both = {"request_is_sick_leave": True, "suicidal_content_detected": True}
    refused = decide("2026-02-01", scopes=["intake"], **both)
    assert words.refusal_code(refused) == "SUICIDE_REDIRECT"


def test_an_act_without_a_ground_is_explained_too(decide):
    free = decide("2001-01-01", scopes=["act"])
    assert words.refusal_code(free) == "NO_GROUND"
    assert "gratuit" in words.reason(free)
