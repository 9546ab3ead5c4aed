"""F1: a decision is pure, dated, and holds every reason, the silent ones too."""

import json
from datetime import UTC, datetime

import pytest

from audit.law import packs
from audit.law.evaluator import PARIS, in_force, judge
from audit.law.model import Fact
from audit.models import Entry
from audit.queries.openings import decision_of
from broker.actions.platform import judge_platform
from consults.queries.record import key_of_subject
from tests.people import now

PACK = packs.load()


def asked_for(decision):
    """The ids of every rule that its scopes, its day and its profile ask, read off the data."""
    day = datetime.fromisoformat(decision["at"]).astimezone(PARIS).date()
    profile = PACK.profiles[decision["profile"]]
    return {
        rule.id
        for rule in PACK.rules
        if rule.scope in decision["scopes"]
        and rule.recorded_until is None
        and in_force(rule, day)
        and profile.counts(rule)
    }


def test_every_recorded_decision_names_every_rule_that_was_asked(walk):
    walk.held()
    walk.answers()
    judge_platform(now=now())
    seen = set()
    for entry in Entry.objects.all():
        decision = decision_of(entry, key_of_subject)
        if decision is not None:
            said = {row["rule"] for row in decision["fired"]} | set(decision["silent"])
            assert said == asked_for(decision), entry.type
            seen.add(entry.type)
    assert {"question.opened", "quote.issued", "question.claimed", "gate.passed"} <= seen


def test_the_same_facts_the_same_moment_the_same_decision():
    facts = {"channel": Fact("written", "system"), "act_kind": Fact("simple_advice", "physician")}
    law = {"scopes": ("act",), "at": datetime(2026, 2, 1, tzinfo=UTC), "profile": "cnom2016"}
    one, other = (judge(facts=facts, pack=PACK, **law) for _ in range(2))
    assert {**one.as_json(), "id": ""} == {**other.as_json(), "id": ""}


@pytest.mark.parametrize(
    ("rule", "before", "after", "facts"),
    [
        ("ars-contract-2010", "2018-09-14T21:59:59Z", "2018-09-14T22:00:00Z",
         {"act_kind": "telemedicine_act", "ars_contract_in_force": False}),
        ("no-sick-leave-from-abroad", "2025-02-28T22:59:59Z", "2025-02-28T23:00:00Z",
         {"physician_mainly_abroad": True, "sick_leave_total_days": 3}),
        ("r4127-19-1-communication", "2020-12-24T22:59:59Z", "2020-12-24T23:00:00Z",
         {"uses_testimonials_or_ratings": True}),
    ],
)  # fmt: skip
def test_the_second_at_which_a_rule_begins_or_ends_is_that_of_paris(rule, before, after, facts):
    def asked(at):
        made = judge(
            facts={name: Fact(value, "system") for name, value in facts.items()},
            scopes=tuple({one.scope for one in PACK.rules}),
            at=datetime.fromisoformat(at), profile="cnom2016", pack=PACK,
        )  # fmt: skip
        return rule in {found.rule for found in made.fired} | set(made.silent)

    assert (asked(before), asked(after)) in {(True, False), (False, True)}


def test_a_decision_is_plain_data_that_goes_into_the_log_as_it_is(walk):
    walk.held()
    (entry,) = Entry.objects.filter(type="quote.issued")
    said = json.loads(bytes(entry.body))["decision"]
    assert {"id", "scopes", "profile", "pack", "at", "facts", "outcome", "fired", "silent"} <= set(
        said
    )
    assert all({"source"} <= set(fact) or "sealed" in fact for fact in said["facts"].values())
