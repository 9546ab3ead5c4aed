"""The platform's settings are judged without being asked, recorded once, and seen."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import transaction

from audit.actions import record
from audit.facts import PLATFORM, SYSTEM
from audit.law import packs
from audit.models import Entry
from broker.actions.platform import judge_platform
from broker.checks import lawful_platform
from broker.queries.platform import platform_facts
from broker.worker import Law
from consults.access import allow
from consults.models import Question
from tests import people
from tests.people import now


@pytest.fixture
def lawful(database, monkeypatch):
    """A platform whose operator stated where the data lie."""
    env = replace(settings.ENV, hosting="Hébergeur d'essai, certificat 1", data_in_eea=True)
    monkeypatch.setattr(settings, "ENV", env)
    return monkeypatch


def told():
    rows = Entry.objects.filter(subject=PLATFORM).order_by("pk")
    return [json.loads(bytes(row.body)) for row in rows]


def test_every_fact_that_the_rules_on_the_platform_read_is_established(lawful):
    asked = {
        name for rule in packs.load().rules if rule.scope == "platform" for name in rule.facts
    }
    assert asked == set(platform_facts(now()))


def test_a_lawful_platform_is_judged_once_a_day_and_whenever_something_changes(lawful):
    decision = judge_platform(now=now())
    assert decision.outcome != "block_intake" and decision.scopes == ("platform",)
    assert judge_platform(now=now()) is None
    lawful.setattr(settings, "ENV", replace(settings.ENV, retention_years=10))
    assert "retention-twenty-years" in judge_platform(now=now()).flags
    assert [one["type"] for one in told()] == ["platform.judged"] * 2


def test_a_day_later_it_is_judged_again(lawful, database):
    judge_platform(now=now())
    database.takes_any_moment()
    assert judge_platform(now=now() + timedelta(hours=23)) is None
    assert judge_platform(now=now() + timedelta(hours=24, seconds=1)) is not None


def test_an_unstated_host_is_refused_with_its_code(database):
    decision = judge_platform(now=now())
    (entry,) = told()
    assert (entry["type"], entry["data"]["code"]) == ("platform.refused", "HOSTING_NOT_CERTIFIED")
    assert {one.rule for one in decision.refusing} == {"hds-hosting"}


def test_an_operator_who_could_read_is_noticed(lawful):
    opened = people.asked(people.a_patient(), people.a_physician())
    assert judge_platform(now=now()).outcome != "block_intake"
    with transaction.atomic():  # as a care action would give a right, with its entry
        question = Question.objects.get(pk=opened.question_id)
        record(type="question.claimed", subject=question.subject, scope="75", actor=SYSTEM,
               now=now())  # fmt: skip
        allow(question, people.an_account("operator").id)
    assert judge_platform(now=now()).outcome == "block_intake"
    assert told()[-1]["data"]["code"] == "OPERATOR_READS_CONTENT"


def test_one_way_of_paying_is_flagged(lawful):
    lawful.setattr(settings, "SETTLEMENTS", ("card",))
    assert "art53-no-imposed-payment-mode" in judge_platform(now=now()).flags


def test_the_worker_judges_at_its_first_round(lawful):
    law = Law()
    law(now())
    law(now())
    assert len(told()) == 1


def test_a_deployment_is_refused_with_the_codes_of_the_law(lawful):
    assert lawful_platform(None) == []
    lawful.setattr(settings, "ENV", replace(settings.ENV, data_in_eea=False))
    (error,) = lawful_platform(None)
    assert error.id == "teleconseil.E120" and "HOSTING_NOT_CERTIFIED" in error.hint
