"""People are enrolled through acts, and nothing is certified of them that was not attested."""

import json

import pytest
from django.db import transaction

from audit.actions import OutsideTransaction
from audit.facts import Actor, instant
from audit.models import Entry
from consults import actions as care
from consults.calendar import PARIS
from consults.keys import content_key
from consults.models import Attestation, Duty, Patient
from consults.queries import act_facts, is_eligible, physician_facts, physicians_offered
from tests import people

pytestmark = pytest.mark.django_db


def test_a_patient_is_enrolled_with_a_key_of_their_own():
    one, other = people.a_patient(), people.a_patient()
    assert len(content_key(one.patient.key_id)) == 32
    assert content_key(one.patient.key_id) != content_key(other.patient.key_id)
    assert one.patient.subject not in (one.account.subject, one.patient.id)


def test_an_act_outside_a_transaction_is_refused_and_writes_nothing():
    account = people.an_account("patient")
    with pytest.raises(OutsideTransaction):
        care.enrol_patient(
            account_id=account.id,
            name="Personne",
            birth_date=people.date(1990, 1, 1),
            identified_by="",
            actor=Actor("patient", account.subject),
            now=people.now(),
        )
    assert not Patient.objects.exists()


def test_a_physician_with_every_attestation_in_force_is_eligible():
    doctor = people.a_physician()
    assert is_eligible(doctor.id, people.now())
    facts = physician_facts(doctor.id, people.now())
    assert facts["insurance_valid_on_act_date"].valid_until is not None
    assert facts["insurance_valid_on_act_date"].evidence == people.EVIDENCE


@pytest.mark.parametrize("kind", ["registration", "directory", "insurance", "visa"])
def test_one_missing_attestation_makes_a_physician_ineligible(kind):
    assert not is_eligible(people.a_physician(without=(kind,)).id, people.now())


def test_an_insurance_ends_at_its_instant():
    doctor = people.a_physician(without=("insurance",))
    end = people.now() + people.timedelta(hours=1)
    people.attest(doctor, "insurance", valid_until=end, covers_teleadvice=True)
    assert is_eligible(doctor.id, end - people.timedelta(microseconds=1))
    assert not is_eligible(doctor.id, end)
    assert physician_facts(doctor.id, end)["insurance_valid_on_act_date"].value is False


def test_a_later_attestation_of_the_same_kind_counts():
    doctor = people.a_physician()
    people.attest(doctor, "registration", status="suspended")
    assert not is_eligible(doctor.id, people.now())
    assert Attestation.objects.filter(kind="registration").count() == 2


def test_only_the_attestor_confirms_a_link_and_only_once():
    patient, doctor, stranger = people.a_patient(), people.a_physician(), people.a_physician()
    evidence = people.linked(patient, doctor, confirmed=None)
    for who in (patient.actor, stranger.actor):
        with pytest.raises(care.NotTheAttestor), transaction.atomic():
            care.confirm_pathway(
                evidence_id=evidence.id, confirmed=True, actor=who, now=people.now()
            )
    with transaction.atomic():
        care.confirm_pathway(
            evidence_id=evidence.id, confirmed=True, actor=doctor.actor, now=people.now()
        )
    with pytest.raises(care.AlreadyDecided), transaction.atomic():
        care.confirm_pathway(
            evidence_id=evidence.id, confirmed=False, actor=doctor.actor, now=people.now()
        )


@pytest.mark.parametrize("confirmed, known", [(None, None), (True, True), (False, False)])
def test_a_declaration_alone_is_unknown_until_the_physician_has_spoken(confirmed, known):
    patient, doctor = people.a_patient(), people.a_physician()
    people.linked(patient, doctor, confirmed=confirmed)
    facts = act_facts(people.asked(patient, doctor).question_id, people.now())
    said = facts.get("integrated_in_care_pathway")
    assert (said.value if said else None) is known


def test_nobody_refers_a_patient_to_themselves_and_a_stranger_s_word_is_no_proof():
    patient, doctor, colleague = people.a_patient(), people.a_physician(), people.a_physician()
    for ground, attestor in (("referral", doctor), ("treating", colleague)):
        with pytest.raises(care.AttestorUnfit):
            people.linked(patient, doctor, ground=ground, attestor=attestor)
    people.linked(patient, doctor, ground="referral", attestor=colleague)
    question_id = people.asked(patient, doctor, ground="referral").question_id
    assert "integrated_in_care_pathway" not in act_facts(question_id, people.now())
    people.linked(patient, colleague)
    assert act_facts(question_id, people.now())["integrated_in_care_pathway"].value is True


def test_no_ground_is_outside_the_pathway():
    patient, doctor = people.a_patient(), people.a_physician()
    facts = act_facts(people.asked(patient, doctor, ground="none").question_id, people.now())
    assert facts["integrated_in_care_pathway"].value is False


def test_a_turn_of_duty_is_a_ground_while_it_lasts():
    patient, doctor = people.a_patient(), people.a_physician()
    now = people.now().astimezone(PARIS).replace(minute=0, second=0, microsecond=0)
    noon = (now + people.timedelta(days=1 + (4 - now.weekday()) % 7)).replace(hour=12)
    start, end = noon, noon + people.timedelta(hours=7)
    with transaction.atomic():
        care.roster(
            physician_id=doctor.id,
            role="on-call",
            starts_at=start,
            ends_at=end,
            departement="75",
            actor=Actor("operator", people.UUID(int=7)),
            now=people.now(),
        )
    question_id = people.asked(patient, doctor, ground="on-call").question_id
    assert act_facts(question_id, start)["integrated_in_care_pathway"].value is True
    assert act_facts(question_id, end)["integrated_in_care_pathway"].value is False


def test_who_may_be_asked_is_shown_with_what_is_known_of_them():
    patient, doctor = people.a_patient(), people.a_physician(name="Dr B")
    lapsed = people.a_physician(name="Dr A", without=("insurance",))
    people.linked(patient, doctor)
    offered = physicians_offered(patient.id, people.now())
    assert [one.physician_id for one in offered] == [lapsed.id, doctor.id]
    assert [one.eligible for one in offered] == [False, True]
    assert offered[1].grounds == {"treating": True}


def test_an_entry_says_for_how_long_a_paper_and_a_turn_of_duty_count():
    doctor = people.a_physician(without=("insurance",))
    end = people.now() + people.timedelta(hours=1)
    people.attest(doctor, "insurance", valid_until=end, covers_teleadvice=True)
    people.on_duty(doctor)
    paper, turn = (
        json.loads(bytes(Entry.objects.filter(type=type).latest("pk").body))["data"]
        for type in ("attestation.recorded", "duty.rostered")
    )
    row = Attestation.objects.filter(kind="insurance").latest("recorded_at")
    said = (paper["valid_from"], paper["valid_until"])
    assert said == (instant(row.valid_from), instant(end))
    rostered = Duty.objects.get()
    hours = (instant(rostered.starts_at), instant(rostered.ends_at))
    assert (turn["starts_at"], turn["ends_at"]) == hours
