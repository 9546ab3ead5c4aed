"""The published table of decisions is what the code does: who judges, by which rules, where."""

import ast
import json
from collections import defaultdict

import pytest

from audit.law import packs
from audit.law.codes import CODES, FLAGS, NO_GROUND, code_of
from audit.law.decisions import JUDGMENTS
from audit.law.model import BLOCK_INTAKE, NOT_BILLABLE, SCOPES
from audit.management.commands.rulebook import PACKAGES, ROOT, callers
from audit.models import Entry, EntryType
from broker.actions.platform import judge_platform
from broker.actions.rejudging import judge_again
from tests import people
from tests.people import now
from tests.walks.conftest import own_threads, patient, physician, sandbox, warm  # noqa: F401
from tests.walks.test_one_question import in_hand, worked


def asked_by():
    """Function -> the scopes that its own code names."""
    found = defaultdict(set)
    for scope, names in callers().items():
        for name in names:
            found[name].add(scope)
    return found


def test_the_table_names_every_function_that_judges_and_no_other():
    assert set(asked_by()) == {one.judged_by for one in JUDGMENTS}


@pytest.mark.parametrize("judgment", JUDGMENTS, ids=lambda one: one.name)
def test_the_code_asks_the_scopes_that_the_table_says(judgment):
    assert asked_by()[judgment.judged_by] == set(judgment.scopes)


def test_every_scope_of_the_rules_is_asked_by_some_decision():
    asked = {scope for one in JUDGMENTS for scope in one.scopes}
    assert asked == set(SCOPES) == {rule.scope for rule in packs.load().rules}


def test_nothing_else_in_the_code_calls_the_evaluator():
    """A call that the table does not list would be a decision that nobody published."""
    calls = set()
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            source = path.read_text()
            if "evaluator import" not in source or module.startswith("audit.law."):
                continue
            calls |= {
                f"{module}.{function.name}"
                for function in ast.parse(source).body
                if isinstance(function, ast.FunctionDef)
                for node in ast.walk(function)
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "judge"
            }
    typed_by_a_person = {one for one in calls if one.startswith("audit.management.")}
    assert calls - typed_by_a_person == {one.judged_by for one in JUDGMENTS}


def test_each_entry_type_carries_one_kind_of_decision_and_exists(database):
    entries = [name for one in JUDGMENTS for name in one.entries]
    assert len(entries) == len(set(entries))
    assert set(entries) <= set(EntryType.objects.values_list("name", flat=True))


def test_the_entries_of_a_whole_question_carry_the_scopes_of_the_table(
    patient, physician, database  # noqa: F811
):  # fmt: skip
    in_hand(patient, physician)
    physician.answers(patient.question)
    worked()
    operator = people.Actor("operator", people.UUID(int=7))
    judge_again(question_id=patient.question, actor=operator, now=now())
    judge_platform(now=now())
    scopes_of = {name: set(one.scopes) for one in JUDGMENTS for name in one.entries}
    seen = set()
    for row in Entry.objects.all():
        said = json.loads(bytes(row.body))
        if "decision" in said:
            seen.add(row.type)
            assert set(said["decision"]["scopes"]) == scopes_of[row.type], row.type
            assert said["decision"]["pack"]["sha256"] and said["decision"]["facts"]
        else:
            # A career has moves before the one that is judged.
            assert row.type not in set(scopes_of) - {"physician.moved"}, row.type
    assert {
        "question.opened", "quote.issued", "question.claimed", "answer.given", "gate.passed",
        "act.judged-again",
    } <= seen  # fmt: skip
    assert {"platform.judged", "platform.refused"} & seen


# --- stable codes


def refusing():
    """The rules that may refuse or make free, as known today."""
    rules = [rule for rule in packs.load().rules if rule.recorded_until is None]
    return {
        rule.id for rule in rules if {rule.outcome, rule.on_unknown} & {BLOCK_INTAKE, NOT_BILLABLE}
    }


def test_every_rule_that_refuses_has_a_stable_code_of_its_own():
    coded = {rule for rules in CODES.values() for rule in rules}
    assert refusing() - coded == set()
    assert len(coded) == sum(len(rules) for rules in CODES.values()), "a rule behind two codes"


def test_no_code_stands_for_a_rule_that_is_not_there():
    ids = {rule.id for rule in packs.load().rules}
    for code, rules in CODES.items():
        assert rules and set(rules) <= ids, code
        assert code.isupper() and code != NO_GROUND


def test_a_code_that_only_flags_says_so():
    for code, rules in CODES.items():
        only_flags = not set(rules) & refusing()
        assert only_flags == (code in FLAGS), code
    assert code_of("art53-tact-et-mesure") == "ART53_TACT_ET_MESURE"
