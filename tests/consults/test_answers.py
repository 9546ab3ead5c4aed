"""One physician takes a question, and signs what the law lets them sign."""

import json
import threading
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connections, transaction

from audit.law import packs
from audit.law.evaluator import judge
from audit.law.model import BILLABLE
from audit.models import Entry
from consults import access
from consults import actions as care
from consults.models import Answer, Draft, Question
from consults.queries import (
    act_facts,
    physician_facts,
    question_view,
    queue,
    reports_received,
    thread,
)
from tests import people

pytestmark = pytest.mark.django_db

ACT = (
    "answer_signed_by_physician",
    "answer_delivered_to_patient",
    "answer_readable_by_patient",
    "integrated_in_care_pathway",
    "trace_report_present",
    "trace_acts_and_prescriptions_present",
    "trace_identity_present",
    "trace_datetime_present",
    "trace_incident_field_answered",
    "patient_consent_recorded",
    "patient_identified",
    "physician_strongly_authenticated",
    "physician_had_access_to_needed_data",
    "physician_attests_remote_relevance",
    "advice_is_personalised",
)


@pytest.fixture
def pair(db):
    """A patient and their confirmed treating physician."""
    patient, doctor = people.a_patient(), people.a_physician()
    people.linked(patient, doctor)
    return patient, doctor


def claim(question_id, doctor):
    """Claim in a transaction of its own."""
    with transaction.atomic():
        return care.claim(
            question_id=question_id, physician_id=doctor.id, actor=doctor.actor, now=people.now()
        )


def types(question_id) -> list[str]:
    """The types of what is recorded about a question, in order."""
    subject = Question.objects.get(pk=question_id).subject
    return list(
        Entry.objects.filter(subject=subject).order_by("id").values_list("type", flat=True)
    )


def billable(question_id) -> bool:
    """What the rules on acts say, fees aside."""
    now = people.now()
    facts = {**physician_facts_of(question_id, now), **act_facts(question_id, now)}
    decision = judge(
        facts=facts, scopes=("act",), at=now, profile=settings.PROFILE, pack=packs.load()
    )
    grounds = [finding for finding in decision.fired if finding.outcome == BILLABLE]
    return bool(grounds) and {f.rule for f in decision.refusing} <= {"art53-prior-fee-information"}


def physician_facts_of(question_id, now):
    """The facts about the question's physician."""
    return physician_facts(Question.objects.get(pk=question_id).physician_id, now)


def test_an_answered_question_has_every_fact_of_the_gate(pair):
    patient, doctor = pair
    question_id = people.claimed(patient, doctor)
    answered = people.answered(question_id, doctor)
    assert answered.decision.allowed
    facts = act_facts(question_id, people.now())
    assert {name: facts[name].value for name in ACT} == dict.fromkeys(ACT, True)
    assert facts["has_treating_physician"].value is True
    assert facts["report_sent_to_treating_physician"].value is True
    assert billable(question_id)
    assert types(question_id)[-1] == "answer.given"
    assert [e.kind for e in thread(question_id)][-2:] == ["answer", "state"]
    view = question_view(question_id)
    assert (view.state, view.report) == ("answered", people.REPORT)


def test_the_record_says_by_its_public_number_who_claimed_and_who_answered(pair):
    question_id = people.claimed(*pair)
    people.answered(question_id, pair[1])
    subject = Question.objects.get(pk=question_id).subject
    for kind in ("question.claimed", "answer.given"):
        said = json.loads(bytes(Entry.objects.get(type=kind, subject=subject).body))["data"]
        assert said["physician_rpps"] == pair[1].physician.rpps


@pytest.mark.parametrize("outcome", ["cannot-answer", "see-physician", "emergency"])
def test_what_is_not_advice_is_not_an_act_performed(pair, outcome):
    question_id = people.claimed(*pair)
    people.answered(question_id, pair[1], outcome=outcome)
    assert act_facts(question_id, people.now())["answer_signed_by_physician"].value is False
    assert not billable(question_id)


def test_a_greeting_alone_is_not_an_act_performed(pair):
    question_id = people.claimed(*pair)
    people.answered(question_id, pair[1], text="Bonjour Madame, bien reçu. Cordialement")
    assert act_facts(question_id, people.now())["answer_signed_by_physician"].value is False
    assert not billable(question_id)


@pytest.mark.parametrize(
    "said",
    [
        {"report": None},
        {"report": care.Report("Un compte rendu sans les actes.", "")},
        {"incidents": ""},
        {"act_kind": "simple_advice"},
        {"personalised": False},
        {"remote_relevant": False},
    ],
)
def test_one_thing_missing_and_the_act_is_not_billable(pair, said):
    question_id = people.claimed(*pair)
    people.answered(question_id, pair[1], **said)
    assert not billable(question_id)


def test_an_unidentified_patient_is_answered_but_the_act_is_not_billable(pair):
    patient = people.a_patient(identified_by="")
    people.linked(patient, pair[1])
    question_id = people.claimed(patient, pair[1])
    people.answered(question_id, pair[1])
    assert not billable(question_id)


def test_a_physician_without_insurance_is_refused_the_claim_and_it_is_recorded(pair):
    patient, _ = pair
    lapsed = people.a_physician(without=("insurance",))
    question_id = people.queued(patient, lapsed)
    decision = claim(question_id, lapsed)
    assert not decision.allowed
    assert decision.refusing[0].rule == "liability-insurance-in-force"
    assert types(question_id)[-1] == "claim.refused"
    assert question_view(question_id).state == "queued"
    assert not access.may_take_part(lapsed.account, question_id)


def test_eligibility_is_judged_again_when_the_answer_is_signed(pair):
    patient, doctor = pair
    question_id = people.claimed(patient, doctor)
    people.attest(doctor, "registration", status="suspended")
    answered = people.answered(question_id, doctor)
    assert answered.answer_id is None
    assert answered.decision.refusing[0].rule == "physician-on-the-register"
    assert types(question_id)[-1] == "answer.refused"
    assert set(Draft.objects.values_list("field", flat=True)) == {"answer", "report"}
    assert not Answer.objects.exists()


def test_an_answer_against_an_old_view_is_stale(pair):
    patient, doctor = pair
    question_id = people.claimed(patient, doctor)
    seen = Question.objects.get(pk=question_id).head_seq
    with transaction.atomic():
        care.post_message(
            question_id=question_id,
            author=patient.actor,
            client_id=uuid4(),
            body="J'oubliais : je suis enceinte.",
            now=people.now(),
        )
    with pytest.raises(care.StaleView):
        people.answered(question_id, doctor, against_seq=seen)
    assert people.answered(question_id, doctor).answer_id is not None


def test_the_same_answer_again_is_the_same_answer(pair):
    question_id, client_id = people.claimed(*pair), uuid4()
    first = people.answered(question_id, pair[1], client_id=client_id)
    again = people.answered(question_id, pair[1], client_id=client_id)
    assert (again.answer_id, again.repeated) == (first.answer_id, True)


def test_nobody_else_answers_or_gives_back(pair):
    patient, doctor = pair
    question_id, other = people.claimed(patient, doctor), people.a_physician()
    with pytest.raises(care.NotClaimed):
        people.answered(question_id, other)
    with pytest.raises(care.NotClaimed), transaction.atomic():
        care.unclaim(
            question_id=question_id,
            physician_id=other.id,
            reason="declined",
            actor=other.actor,
            now=people.now(),
        )


def test_a_question_named_to_one_physician_is_not_taken_by_another(pair):
    question_id = people.queued(*pair)
    with pytest.raises(care.NamedOther):
        claim(question_id, people.a_physician())
    assert claim(question_id, pair[1]).allowed


def test_of_two_claims_one_wins(pair):
    question_id, won = people.queued(*pair), []

    def race() -> None:
        try:
            won.append(claim(question_id, pair[1]).allowed)
        except care.AlreadyClaimed:
            won.append(False)
        finally:
            connections.close_all()

    racers = [threading.Thread(target=race) for _ in range(6)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(won) == [False] * 5 + [True]


def test_a_question_given_back_waits_again_with_its_age(pair):
    patient, doctor = pair
    question_id = people.claimed(patient, doctor)
    assert access.may_take_part(doctor.account, question_id)
    with transaction.atomic():
        care.unclaim(
            question_id=question_id,
            physician_id=doctor.id,
            reason="declined",
            actor=doctor.actor,
            now=people.now(),
        )
    assert not access.may_take_part(doctor.account, question_id)
    (waiting,) = queue(doctor.id)
    assert waiting.opened_at == question_view(question_id).opened_at


@pytest.mark.parametrize(
    "way, objects, sent",
    [("in-product", False, True), ("printed", False, True), ("objected", True, False)],
)
def test_the_report_is_delivered_or_the_patient_objects(way, objects, sent, pair):
    patient, _ = pair
    specialist = people.a_physician(specialty="Cardiologie")
    people.linked(patient, specialist, ground="referral", attestor=pair[1])
    question_id = people.claimed(patient, specialist, ground="referral")
    people.answered(question_id, specialist)
    assert "report_sent_to_treating_physician" not in act_facts(question_id, people.now())
    assert not access.may_read_report(pair[1].account, question_id)
    for again in (way, "printed"):
        with transaction.atomic():
            delivery = care.deliver_report(
                question_id=question_id, way=again, actor=patient.actor, now=people.now()
            )
        assert delivery.way == way
    facts = act_facts(question_id, people.now())
    assert facts["patient_objects_to_sharing"].value is objects
    assert facts["report_sent_to_treating_physician"].value is sent
    assert access.may_read_report(pair[1].account, question_id) is (way == "in-product")
    assert not access.may_take_part(pair[1].account, question_id)
    received = [one.question_id for one in reports_received(pair[1].id)]
    assert received == ([question_id] if way == "in-product" else [])
    assert access.may_read_report(patient.account, question_id)


def test_a_report_is_not_delivered_here_when_nobody_reads_it_here(pair):
    _, doctor = pair
    patient = people.a_patient()
    people.linked(patient, doctor, ground="prescriber")
    question_id = people.claimed(patient, doctor, ground="prescriber")
    deliver = {"question_id": question_id, "way": "in-product", "actor": patient.actor}
    people.answered(question_id, doctor)
    with pytest.raises(care.WrongState), transaction.atomic():
        care.deliver_report(**deliver, now=people.now())
    people.linked(patient, doctor)
    with transaction.atomic():
        care.deliver_report(**deliver, now=people.now())


def test_a_question_ends_once(pair):
    patient, doctor = pair
    question_id = people.queued(patient, doctor)
    end = {"question_id": question_id, "actor": patient.actor}
    with pytest.raises(care.WrongState), transaction.atomic():
        care.close_question(**end, reason="term-reached", now=people.now())
    with transaction.atomic():
        care.withdraw(**end, reason="patient-changed-mind", now=people.now())
    with pytest.raises(care.WrongState), transaction.atomic():
        care.expire(**end, reason="deadline-passed", now=people.now())
    assert types(question_id)[-1] == "question.withdrawn"
