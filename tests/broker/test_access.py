"""Who may do what to a question, asked of the one function that answers."""

from itertools import product
from uuid import uuid4

import pytest
from django.core import signing
from django.test import Client

from broker import access
from broker.access import PATIENT_MAY, PHYSICIAN_MAY, PHYSICIAN_MAY_BEFORE, OutOfScope
from tests import people

EVERYTHING = sorted(PATIENT_MAY | PHYSICIAN_MAY | PHYSICIAN_MAY_BEFORE)
STAGES = ("waiting", "taken", "given back")


def allowed(account, question):
    """Everything this account may do to this question."""
    done = set()
    for action in EVERYTHING:
        try:
            access.authorize(account, action, question)
        except OutOfScope:
            continue
        done.add(action)
    return done


def at(stage, patient, physician):
    """A question at this stage."""
    if stage == "waiting":
        return people.queued(patient, physician)
    question = people.claimed(patient, physician)
    if stage == "given back":
        with people.transaction.atomic():
            people.care.unclaim(
                question_id=question,
                physician_id=physician.id,
                reason="declined",
                actor=physician.actor,
                now=people.now(),
            )
    return question


def test_the_whole_matrix(db):
    patient, physician = people.a_patient(), people.a_physician()
    named = {
        "patient": patient.account,
        "physician": physician.account,
        "other patient": people.a_patient().account,
        "other physician": people.a_physician().account,
        "operator": people.an_account("operator"),
        "reviewer": people.a_reviewer(),
    }
    expected = {
        ("patient", "waiting"): PATIENT_MAY,
        ("patient", "taken"): PATIENT_MAY,
        ("patient", "given back"): PATIENT_MAY,
        ("physician", "waiting"): PHYSICIAN_MAY_BEFORE,
        ("physician", "taken"): PHYSICIAN_MAY,
        ("physician", "given back"): PHYSICIAN_MAY_BEFORE,
    }
    questions = {stage: at(stage, patient, physician) for stage in STAGES}
    for who, stage in product(named, STAGES):
        found = allowed(named[who], questions[stage])
        assert found == expected.get((who, stage), frozenset()), (who, stage)
    assert all(allowed(account, uuid4()) == set() for account in named.values())


def test_a_disabled_account_may_do_nothing(db):
    patient, physician = people.a_patient(), people.a_physician()
    question = people.claimed(patient, physician)
    for account in (patient.account, physician.account):
        account.is_active = False
        account.save(update_fields=["is_active"])
        assert allowed(account, question) == set()


@pytest.fixture
def token(db):
    """A sign-in link's token for a physician."""
    account = people.a_physician().account
    return signing.dumps({"account": str(account.pk)}, salt=access.DEMO_SALT)


def test_the_demonstrations_link_signs_in_with_its_second_factor(token, settings):
    settings.DEMO = True
    client = Client()
    assert client.get(f"/demo/entrer/{token}/").status_code == 302
    assert client.get("/file/").status_code == 200


@pytest.mark.parametrize(
    ("demo", "address", "change"),
    [
        (False, "127.0.0.1", ""),
        (True, "192.0.2.7", ""),
        (True, "127.0.0.1", "x"),
    ],
    ids=["not a demonstration", "not this machine", "not our signature"],
)
def test_the_demonstrations_link_is_not_there_otherwise(token, settings, demo, address, change):
    settings.DEMO = demo
    answer = Client(REMOTE_ADDR=address).get(f"/demo/entrer/{token}{change}/")
    assert answer.status_code == 404


def test_a_link_leads_to_our_own_pages_only(token, settings):
    settings.DEMO = True
    answer = Client().get(f"/demo/entrer/{token}/?next=https://exemple.fr/")
    assert answer.url == "/"
