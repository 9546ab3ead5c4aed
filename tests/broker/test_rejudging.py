"""Judged again: a new decision each time, and a wrong charge is given back, once, told to both."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections, transaction

from audit import verifier
from audit.models import Entry
from billing.actions.rejudging import NotJudgeable
from billing.models import Op, Receipt
from broker.actions.rejudging import judge_again, judge_what_papers_tell, settle_incidents
from consults.actions import identifying as care
from consults.models import Answer, Incident, Message, Rejudgment
from tests import people
from tests.billing.conftest import sandbox, walk  # noqa: F401 - fixtures
from tests.billing.trials import astray, balances, replayed
from tests.people import now

OPERATOR = people.Actor("operator", people.UUID(int=7))


def told(type, subject):
    """The bodies of the entries of a type about a question."""
    rows = Entry.objects.filter(type=type, subject=subject).order_by("pk")
    return [json.loads(bytes(row.body)) for row in rows]


def charged(walk, **held):  # noqa: F811
    """An answer inside the pathway, charged and captured in both books."""
    walk.held(**held)
    assert walk.answers().gate_pass
    walk.works()
    return walk


def struck_off(walk, *, before=timedelta(days=2)):  # noqa: F811
    """A paper that comes late: the physician was struck off before they signed."""
    people.attest(walk.physician, "registration", valid_from=now() - before, status="struck_off")


def again(walk):  # noqa: F811
    return judge_again(question_id=walk.question, actor=OPERATOR, now=now())


def test_nothing_new_is_one_more_decision_and_nothing_else(walk):  # noqa: F811
    charged(walk)
    first, second = again(walk), again(walk)
    assert first.decision.allowed and not first.wrong
    assert first.decision.id != second.decision.id
    subject = Answer.objects.get().subject
    (gate,) = told("gate.passed", subject)
    said = told("act.judged-again", subject)
    assert [one["data"]["earlier"] for one in said] == [gate["decision"]["id"]] * 2
    assert {one["decision"]["at"] for one in said} == {gate["decision"]["at"]}
    assert Rejudgment.objects.count() == 2 and not Incident.objects.exists()
    assert walk.states() == {"honoraires": "captured", "platform": "captured"}


def test_a_block_found_later_gives_both_back_each_on_its_own_and_tells_both(walk):  # noqa: F811
    charged(walk)
    struck_off(walk)
    found = again(walk)
    assert (found.decision.outcome, found.wrong) == ("block_intake", True)
    assert Op.objects.filter(kind="refund", reason="block-found").count() == 2
    walk.works()
    assert walk.states() == {"honoraires": "refunded", "platform": "refunded"}
    subject = found.rejudgment.subject
    assert len(told("incident.opened", subject)) == 1
    event = Message.objects.get(code="incident-opened")
    assert event.question_id == walk.question and event.kind == "state"
    assert Receipt.objects.filter(kind="credit").count() == 2
    assert not astray() and not balances(walk.question).get(("platform", "platform_fee"))
    story = replayed(subject)
    assert story.counted["incidents"] == 1 and set(story.books().values()) == {0}


def test_judged_twice_more_nothing_is_given_back_twice(walk):  # noqa: F811
    charged(walk)
    struck_off(walk)
    for _ in range(2):
        again(walk)
        walk.works()
        settle_incidents(now=now())
    assert Incident.objects.count() == 1 and Rejudgment.objects.count() == 2
    assert Message.objects.filter(code="incident-opened").count() == 1
    assert Op.objects.filter(kind="refund").count() == 2
    assert len(walk.server.sandbox.store.every("refund")) == 2


def test_two_who_judge_at_the_same_moment_open_one_incident(walk):  # noqa: F811
    charged(walk)
    struck_off(walk)

    def judged(_):
        try:
            return again(walk).wrong
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(judged, range(2))) == [True, True]
    assert Incident.objects.count() == 1 and Op.objects.filter(kind="refund").count() == 2


def test_what_is_still_being_captured_is_given_back_once_it_is(walk):  # noqa: F811
    walk.held()
    walk.answers()  # captures are ordered, none is carried out yet
    struck_off(walk)
    assert again(walk).wrong
    for _ in range(3):
        walk.works()
        settle_incidents(now=now())
    walk.works()
    assert walk.states() == {"honoraires": "refunded", "platform": "voided"}
    assert settle_incidents(now=now()) == 0


def test_a_late_paper_is_noticed_by_itself_and_only_once(walk):  # noqa: F811
    charged(walk)
    start = now() - timedelta(days=1)
    assert judge_what_papers_tell(since=start, now=now()) == 0
    struck_off(walk)
    assert judge_what_papers_tell(since=start, now=now()) == 1
    assert judge_what_papers_tell(since=start, now=now()) == 0
    walk.works()
    assert set(walk.states().values()) == {"refunded"}
    (incident,) = told("incident.opened", Answer.objects.get().subject)
    assert incident["actor"]["kind"] == "system"


def test_an_insurance_whose_end_is_corrected_did_not_cover_the_act(walk):  # noqa: F811
    charged(walk)
    begun = now() - timedelta(days=400)
    people.attest(
        walk.physician, "insurance", valid_from=begun, covers_teleadvice=True,
        valid_until=now() - timedelta(days=1),
    )  # fmt: skip
    assert again(walk).decision.allowed, "an old contract that ended takes nothing away"
    held = walk.physician.physician.attestation_set.filter(kind="insurance").earliest(
        "recorded_at"
    )
    people.attest(
        walk.physician, "insurance", valid_from=held.valid_from, covers_teleadvice=True,
        valid_until=now() - timedelta(days=1),
    )  # fmt: skip
    found = again(walk)
    assert found.wrong and "liability-insurance-in-force" in {
        one.rule for one in found.decision.refusing
    }


def test_a_paper_about_a_later_day_changes_nothing(walk):  # noqa: F811
    charged(walk)
    people.attest(walk.physician, "registration", valid_from=now(), status="struck_off")
    assert judge_what_papers_tell(since=now() - timedelta(days=1), now=now()) == 0
    assert again(walk).decision.allowed


def test_a_free_answer_judged_again_is_never_charged(walk):  # noqa: F811
    walk.held()
    assert walk.answers(act_kind="simple_advice").gate_pass is None
    walk.works()
    struck_off(walk)
    assert not again(walk).wrong
    walk.works()
    assert set(walk.states().values()) == {"voided"} and not Incident.objects.exists()


def test_off_platform_honoraires_are_told_and_the_fee_is_given_back(walk):  # noqa: F811
    charged(walk, settlement="off_platform")
    struck_off(walk)
    assert again(walk).wrong
    walk.works()
    assert walk.states() == {"honoraires": "due", "platform": "refunded"}


def test_what_was_not_answered_cannot_be_judged_again(walk):  # noqa: F811
    walk.held()
    with pytest.raises(NotJudgeable):
        again(walk)
    assert not Rejudgment.objects.exists()


def test_an_incident_told_otherwise_is_not_believed(walk):  # noqa: F811
    charged(walk)
    struck_off(walk)
    subject = again(walk).rejudgment.subject
    bend = {"incident.opened": lambda data: data.update(outcome="not_billable")}
    with pytest.raises(verifier.Bad, match="an incident that no decision tells of"):
        replayed(subject, bend=bend)


def test_an_identity_proved_anew_since_makes_no_charge_wrong(walk):  # noqa: F811
    charged(walk)
    with transaction.atomic():
        care.confirm_identity(
            patient_id=walk.patient.id, physician_id=walk.physician.id,
            actor=walk.physician.actor, now=now(),
        )  # fmt: skip
    found = again(walk)
    assert found.decision.allowed and not found.wrong
    assert found.decision.facts["patient_identified"].value is True


def test_another_profile_chosen_since_makes_no_charge_wrong(walk, settings):  # noqa: F811
    charged(walk)
    settings.PROFILE = "strict"
    found = again(walk)
    assert (found.decision.profile, found.wrong) == ("cnom2016", False)
