"""S21: a physician opts in; off takes them out of offers and routing at once."""

import json
from datetime import timedelta

import pytest

from audit.models import Entry
from consults.models import Availability, Question
from consults.queries import physicians_offered
from tests import people
from tests.walks.faces import PatientFace, PhysicianFace, signed_in

CHOICES = "/file/disponibilite/"
EVERYTHING = {"switch": "on", "kinds": ["own", "on-call", "any"], "topics": ["skin", "heart"]}


def a_patient():
    person = people.a_patient()
    return PatientFace(person, signed_in(person))


def choose(face, **said):
    answer = face.client.post(CHOICES, {**EVERYTHING, **said})
    assert answer.status_code == 302, answer.content.decode()


def routed():
    entry = Entry.objects.filter(type="question.routed").latest("pk")
    return json.loads(bytes(entry.body))["data"]


def test_nobody_is_offered_who_never_chose(patient):
    silent = people.a_physician(without=("choice",))
    people.linked(patient.person, silent)
    answer = patient.asks(f"treating:{silent.id}")
    assert (answer.status_code, answer["X-Error-Code"]) == (422, "NO_ELIGIBLE_PRESENT")
    page = patient.client.get("/questions/nouvelle/ecrire/").content.decode()
    assert f'value="treating:{silent.id}" required disabled' in page


def test_off_takes_effect_at_once_in_offers_queue_and_routing(patient, physician):
    free = a_patient()
    assert free.asks("none:any").status_code == 302
    assert str(free.question) in physician.waiting()
    choose(physician, switch="off")
    offered = {
        one.physician_id: one for one in physicians_offered(patient.person.id, people.now())
    }
    assert not offered[physician.person.id].taking.now
    assert physician.waiting() == []
    refused = patient.asks(f"treating:{physician.person.id}")
    assert refused["X-Error-Code"] == "NO_ELIGIBLE_PRESENT"
    late = physician.claims(free.question)  # from a page that was open before
    assert (late.status_code, late["X-Error-Code"]) == (409, "NOT_TAKING")
    assert a_patient().asks("none:any").status_code == 302
    assert routed()["kept"] == 0 and routed()["excluded"] == {"NOT_TAKING": 1}
    choose(physician)
    assert str(free.question) in physician.waiting()


def test_a_question_whose_quote_is_accepted_stays_when_the_switch_goes_off(patient, physician):
    assert patient.asks(f"treating:{physician.person.id}").status_code == 302
    patient.accepts()
    patient.pays(1)
    patient.pays(2)
    choose(physician, switch="off")
    assert physician.waiting() == [str(patient.question)]
    assert physician.claims(patient.question).status_code == 302


def test_own_patients_only_means_nobody_else(patient, physician):
    choose(physician, kinds=["own"])
    stranger = a_patient()
    answer = stranger.asks(f"none:{physician.person.id}")
    assert answer["X-Error-Code"] == "NO_ELIGIBLE_PRESENT"
    assert stranger.asks("none:any").status_code == 302
    assert physician.waiting() == []
    assert patient.asks(f"treating:{physician.person.id}").status_code == 302


def test_a_topic_reaches_those_who_take_it_and_stays_out_of_the_log(physician):
    other = people.a_physician()
    people.choose(other, topics=("eye",))
    theirs = PhysicianFace(other, signed_in(other))
    choose(physician)
    asking = a_patient()
    assert asking.asks("none:any", topic="skin").status_code == 302
    assert physician.waiting() == [str(asking.question)] and theirs.waiting() == []
    assert Question.objects.get(pk=asking.question).topic == "skin"
    said = routed()
    assert (said["kept"], said["excluded"]) == (1, {"OTHER_TOPIC": 1})
    assert said["candidates"] == []  # the names would tell the topic
    of_patient = Entry.objects.filter(type__startswith="question.")
    assert not [one for one in of_patient if b"skin" in bytes(one.body)]


def test_a_topic_that_nobody_takes_is_said_so_at_once(physician):
    choose(physician, topics=["heart"])
    answer = a_patient().asks("none:any", topic="skin")
    assert (answer.status_code, answer["X-Error-Code"]) == (422, "NO_TOPIC_TAKEN")


def test_one_s_own_patient_may_ask_about_anything(patient, physician):
    choose(physician, topics=["heart"])
    assert patient.asks("none:any", topic="skin").status_code == 302
    assert physician.waiting() == [str(patient.question)]


def test_every_choice_is_an_entry_and_none_can_be_changed(physician):
    before = Entry.objects.filter(type="availability.chosen").count()
    choose(physician, switch="off")
    choose(physician)
    assert Entry.objects.filter(type="availability.chosen").count() == before + 2
    with pytest.raises(Exception, match=r"permission denied|append"):
        Availability.objects.update(taking=True)


def test_a_pause_ends_by_itself(patient, physician):
    back = people.now() + timedelta(minutes=30)
    choose(physician, switch="pause", back_at=back.isoformat())

    def offered(at):
        (one,) = physicians_offered(patient.person.id, at)
        return one.taking.takes("own")

    assert not offered(people.now())
    assert not offered(back - timedelta(microseconds=1))
    assert offered(back)


def test_a_question_that_a_colleague_holds_is_said_to_be_held_and_not_unwanted(physician):
    asking = a_patient()
    asking.asks("none:any")
    assert physician.claims(asking.question).status_code == 302
    other = people.a_physician()
    late = PhysicianFace(other, signed_in(other)).claims(asking.question)
    assert (late.status_code, late["X-Error-Code"]) == (409, "ALREADY_CLAIMED")
