"""Files: one's own, a child's until the instant of majority, and who vouches for an identity."""

import json
import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count

import pytest
from django.db import IntegrityError, transaction

from audit.actions import record
from audit.facts import NATIONAL, SYSTEM
from audit.models import Entry
from broker.actions import leaving as broker_leaving
from consults import access
from consults import actions as care
from consults.calendar import PARIS, of_age_at
from consults.facts import Claims
from consults.keys import content_key
from consults.models import Answer, Erasure, IdentityProof, Patient, Question
from consults.queries import (
    act_facts,
    agreements,
    files_of,
    files_to_hand_over,
    intake_facts,
    is_identified,
)
from consults.rules import same_person
from consults.screen import screen
from tests import people
from tests.waiting import until

pytestmark = pytest.mark.django_db

WORDS = "ab" * 32
NAMES = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32,64}")
CLAIMS = Claims(
    issuer="https://identite.exemple", sub="sub-1", acr="eidas1", given_name="Camille Anne",
    family_name="Essai", birth_date=date(1980, 5, 17),
)  # fmt: skip


def entries(subject) -> list[str]:
    return list(
        Entry.objects.filter(subject=subject).order_by("id").values_list("type", flat=True)
    )


def a_child(parent, *, born=date(2019, 3, 4), name="Lou Essai") -> people.PatientPerson:
    with transaction.atomic():
        child = care.enrol_child(
            account_id=parent.account.id, name=name, birth_date=born, words_sha256=WORDS,
            actor=parent.actor, now=people.now(),
        )  # fmt: skip
    return people.PatientPerson(parent.account, child)


def of_age(child: people.PatientPerson, at: datetime) -> None:
    """Moves the instant of majority, as a birth date could not without waiting for midnight."""
    with transaction.atomic():
        record(
            type="patient.handed-over", subject=child.patient.subject, scope=NATIONAL,
            actor=SYSTEM, now=people.now(),
        )  # fmt: skip
        Patient.objects.filter(pk=child.id).update(held_until=at)


def facts_of(patient, doctor):
    return intake_facts(
        patient_id=patient.id, screening=screen(people.ACCEPTED), flags=(), ground="treating",
        physician_id=doctor.id, at=people.now(),
    )  # fmt: skip


def test_one_is_of_age_at_midnight_in_paris():
    assert of_age_at(date(2008, 11, 22)) == datetime(2026, 11, 22, tzinfo=PARIS)
    assert of_age_at(date(2008, 2, 29)) == datetime(2026, 3, 1, tzinfo=PARIS)


def test_an_account_has_one_file_of_its_own_and_those_of_its_children():
    parent = people.a_patient()
    child, second = a_child(parent), a_child(parent, born=date(2022, 1, 1), name="Sacha Essai")
    files = files_of(parent.account.id, people.now())
    assert [(one.id, one.own) for one in files] == [
        (parent.id, True), (child.id, False), (second.id, False),
    ]  # fmt: skip
    assert len({child.patient.key_id, second.patient.key_id, parent.patient.key_id}) == 3
    with pytest.raises(care.AlreadyEnrolled), transaction.atomic():
        care.enrol_patient(
            account_id=parent.account.id, name="Encore", birth_date=date(1980, 1, 1),
            identified_by="", actor=parent.actor, now=people.now(),
        )  # fmt: skip


def test_the_database_itself_refuses_a_second_own_file(database):
    parent = people.a_patient()
    child = a_child(parent)
    with pytest.raises(IntegrityError, match="patient_one_own_file"), transaction.atomic():
        record(
            type="patient.handed-over", subject=child.patient.subject, scope=NATIONAL,
            actor=SYSTEM, now=people.now(),
        )  # fmt: skip
        Patient.objects.filter(pk=child.id).update(own=True, held_until=None)


def test_a_childs_file_says_who_declared_authority_by_a_hash_and_names_nobody():
    parent = people.a_patient()
    child = a_child(parent)
    assert entries(child.patient.subject) == ["patient.enrolled", "authority.declared"]
    bodies = [
        bytes(one.body).decode() for one in Entry.objects.filter(subject=child.patient.subject)
    ]
    assert WORDS in bodies[1]
    for body in bodies:
        for told in ("Lou", "Essai", "2019", str(parent.account.subject), str(parent.id)):
            assert told not in body
        assert json.loads(body)["actor"]["id"] == str(child.patient.subject)


def test_the_file_of_somebody_of_age_is_not_made_by_another():
    parent = people.a_patient()
    births = (people.today() - timedelta(days=days) for days in count(18 * 365))
    latest = next(day for day in births if of_age_at(day) <= people.now())
    with pytest.raises(care.NotAMinor):
        a_child(parent, born=latest)
    assert a_child(parent, born=latest + timedelta(days=1)).id


def test_a_parent_asks_for_a_child_and_the_rule_decides_with_facts():
    parent, doctor = people.a_patient(), people.a_physician()
    child = a_child(parent)
    people.linked(child, doctor)
    facts = facts_of(child, doctor)
    assert facts["parental_authority_confirmed"].value is True
    assert facts["patient_age_years"].value < 18
    assert people.asked(child, doctor).state == "opened"


def test_a_minor_alone_is_refused_until_their_physician_spares_them_the_parents():
    doctor, other = people.a_physician(), people.a_physician()
    young = people.a_patient(birth_date=date(2011, 1, 1))
    people.linked(young, doctor)
    people.linked(young, other, ground="prescriber")
    assert people.asked(young, doctor).refusal == "MINOR_WITHOUT_PARENT"
    except_by(young, doctor)
    assert facts_of(young, doctor)["l1111_5_exception_by_physician"].value is True
    assert people.asked(young, doctor).state == "opened"
    assert people.asked(young, other, ground="prescriber").refusal == "MINOR_WITHOUT_PARENT"
    assert entries(young.patient.subject).count("authority.excepted") == 1


def except_by(patient, doctor):
    with transaction.atomic():
        return care.except_minor(
            patient_id=patient.id, physician_id=doctor.id, actor=doctor.actor, now=people.now()
        )


def test_only_a_physician_with_a_confirmed_link_spares_a_minor_and_nobody_spares_an_adult():
    doctor, young, adult = (
        people.a_physician(),
        people.a_patient(birth_date=date(2011, 1, 1)),
        people.a_patient(),
    )
    with pytest.raises(care.NotTheirPatient):
        except_by(young, doctor)
    people.linked(young, doctor, confirmed=None)
    with pytest.raises(care.NotTheirPatient):
        except_by(young, doctor)
    people.linked(adult, doctor)
    with pytest.raises(care.NotAMinor):
        except_by(adult, doctor)


def test_at_majority_the_parent_reads_nothing_any_more_without_anybody_doing_anything():
    parent, doctor = people.a_patient(), people.a_physician()
    child = a_child(parent)
    people.linked(child, doctor)
    question_id = people.asked(child, doctor).question_id
    of_age(child, people.now() + timedelta(hours=1))
    assert access.may_take_part(parent.account, question_id)
    assert len(files_of(parent.account.id, people.now())) == 2
    of_age(child, people.now() + timedelta(seconds=1))
    until(lambda: not access.may_take_part(parent.account, question_id))
    assert people.now() >= Patient.objects.get(pk=child.id).held_until
    assert [one.own for one in files_of(parent.account.id, people.now())] == [True]
    assert [one.id for one in files_to_hand_over(parent.account.id, people.now())] == [child.id]


def test_a_question_of_a_file_that_nobody_may_read_is_not_billable():
    parent, doctor = people.a_patient(), people.a_physician()
    child = a_child(parent)
    people.linked(child, doctor)
    question_id = people.claimed(child, doctor)
    people.answered(question_id, doctor)
    at = people.now()
    assert act_facts(question_id, at)["answer_readable_by_patient"].value is True
    of_age(child, at + timedelta(hours=1))
    assert act_facts(question_id, at)["answer_readable_by_patient"].value is True
    later = at + timedelta(hours=1)
    assert Answer.objects.get().signed_at <= later
    assert act_facts(question_id, later)["answer_readable_by_patient"].value is False


def handed(child, account, born=None):
    with transaction.atomic():
        return care.hand_over(
            patient_id=child.id, account_id=account.id, now=people.now(),
            actor=people.Actor("patient", account.subject),
            birth_date=born or child.patient.birth_date,
        )  # fmt: skip


def test_a_file_is_handed_to_the_person_it_is_about_and_its_questions_follow():
    parent, doctor, young = people.a_patient(), people.a_physician(), people.an_account("patient")
    child = a_child(parent)
    people.linked(child, doctor)
    question_id = people.asked(child, doctor).question_id
    with pytest.raises(care.NotToHandOver):
        handed(child, young)
    of_age(child, people.now() - timedelta(seconds=1))
    with pytest.raises(care.NotToHandOver):
        handed(child, young, born=date(2019, 3, 5))
    assert handed(child, young).own
    assert access.may_take_part(young, question_id)
    assert not access.may_take_part(parent.account, question_id)
    with pytest.raises(care.NotToHandOver):
        handed(child, people.an_account("patient"))
    assert entries(child.patient.subject)[-1] == "patient.handed-over"


def test_two_children_of_one_parent_cannot_be_joined_by_the_log():
    parent, doctor = people.a_patient(), people.a_physician()
    one, other, stranger = a_child(parent), a_child(parent), people.a_patient()
    shared = []
    for asker in (one, other, stranger):
        people.linked(asker, doctor)
        question = Question.objects.get(pk=people.claimed(asker, doctor))
        bodies = Entry.objects.filter(subject__in=(question.subject, asker.patient.subject))
        text = "".join(bytes(body).decode() for body in bodies.values_list("body", flat=True))
        shared.append(set(NAMES.findall(text)) - {WORDS})
    assert shared[0] & shared[1] == shared[0] & shared[2]


def identify(patient, doctor):
    with transaction.atomic():
        return care.confirm_identity(
            patient_id=patient.id, physician_id=doctor.id, actor=doctor.actor, now=people.now()
        )


def withdraw(patient, doctor=None):
    with transaction.atomic():
        return care.withdraw_identity(
            patient_id=patient.id, physician_id=doctor and doctor.id,
            actor=doctor.actor if doctor else patient.actor, now=people.now(),
        )  # fmt: skip


def prove(patient, claims=CLAIMS):
    with transaction.atomic():
        return care.prove_identity(
            patient_id=patient.id, claims=claims, actor=patient.actor, now=people.now()
        )


def test_a_physician_identifies_only_a_patient_whose_link_they_confirmed():
    patient, doctor, other = (
        people.a_patient(identified_by=""),
        people.a_physician(),
        people.a_physician(),
    )
    people.linked(patient, doctor, confirmed=None)
    for one in (doctor, other):
        with pytest.raises(care.NotTheirPatient):
            identify(patient, one)
    assert not is_identified(patient.id, people.now())
    people.linked(patient, doctor)
    identify(patient, doctor)
    assert is_identified(patient.id, people.now())
    (entry,) = Entry.objects.filter(type="patient.identified")
    assert (entry.subject, entry.scope) == (patient.patient.subject, "75")
    assert json.loads(bytes(entry.body))["data"] == {"by": "physician"}


def test_an_identification_that_is_withdrawn_stops_at_once():
    patient, doctor = people.a_patient(identified_by=""), people.a_physician()
    people.linked(patient, doctor)
    question_id = people.asked(patient, doctor).question_id
    identify(patient, doctor)
    assert act_facts(question_id, people.now())["patient_identified"].value is True
    withdraw(patient, doctor)
    assert act_facts(question_id, people.now())["patient_identified"].value is False
    assert entries(patient.patient.subject)[-1] == "patient.unidentified"


def test_a_proof_of_identity_ends_at_its_instant():
    patient = people.a_patient(identified_by="")
    until = prove(patient).identified_until
    assert is_identified(patient.id, until - timedelta(microseconds=1))
    assert not is_identified(patient.id, until)


def test_one_person_at_the_provider_is_one_file_here():
    patient, twin = people.a_patient(identified_by=""), people.a_patient(identified_by="")
    prove(patient)
    prove(patient)
    with pytest.raises(care.IdentityTaken):
        prove(twin)
    prove(twin, replace(CLAIMS, sub="sub-2"))
    withdraw(patient)
    assert IdentityProof.objects.count() == 1
    stored = str(list(IdentityProof.objects.values())) + "".join(
        bytes(one.body).decode() for one in Entry.objects.all()
    )
    assert "sub-1" not in stored and "sub-2" not in stored and "identite.exemple" not in stored


@pytest.mark.parametrize(
    ("name", "born", "same"),
    [
        ("Camille Essai", date(1980, 5, 17), True),
        ("ESSAI Camille", date(1980, 5, 17), True),
        ("Camille Anne Essai", date(1980, 5, 17), True),
        ("Anne Essai", date(1980, 5, 17), False),
        ("Camille", date(1980, 5, 17), False),
        ("Essai", date(1980, 5, 17), False),
        ("Camille Essai-Durand", date(1980, 5, 17), False),
        ("Camille Essai", date(1980, 5, 18), False),
        ("", date(1980, 5, 17), False),
    ],
)
def test_names_and_birth_date_have_to_match(name, born, same):
    assert same_person(name=name, birth_date=born, claims=CLAIMS) is same


def test_a_used_name_counts_and_case_and_accents_do_not():
    claims = replace(CLAIMS, given_name="Zoé", family_name="D’Été", used_name="MÜLLER")
    for name in ("zoe d'ete", "ZOÉ MULLER", "Zoé D’Été Müller"):
        assert same_person(name=name, birth_date=CLAIMS.birth_date, claims=claims), name


def test_claims_that_do_not_match_the_file_identify_nobody():
    patient = people.a_patient(identified_by="", name="Dominique Autre")
    with pytest.raises(care.IdentityMismatch):
        prove(patient)
    assert not is_identified(patient.id, people.now())
    assert not Entry.objects.filter(type="patient.identified").exists()


def test_a_parent_erases_nothing_of_a_child_who_is_of_age():
    parent = people.a_patient()
    child, young = a_child(parent), people.an_account("patient")
    broker_leaving.ask_erasure(account_id=parent.account.id, actor=parent.actor, now=people.now())
    assert Erasure.objects.count() == 2
    of_age(child, people.now() - timedelta(seconds=1))
    later = people.now() + timedelta(days=400)
    due = agreements.erasures_due(later)
    assert due == [Erasure.objects.get(patient=parent.patient).id]
    assert [one.id for one in agreements.patients_behind(parent.account.id, later)] == [parent.id]
    handed(child, young)
    assert Erasure.objects.get(patient=child.patient).cancelled_at
    assert agreements.erasures_due(later) == due
    assert len(content_key(child.patient.key_id)) == 32
