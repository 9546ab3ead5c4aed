"""A patient closes the account on one device: every other one is closed at once."""

import re

import pytest
from channels.db import database_sync_to_async

from audit.models import Entry
from broker import protocol
from consults.models import Question
from tests import people
from tests.walks.faces import signed_in
from tests.walks.sockets import Line, walked

pytestmark = pytest.mark.django_db


def test_closing_the_account_closes_the_sockets_of_every_device_at_once(patient, physician):
    question = people.claimed(patient.person, physician.person)
    elsewhere = signed_in(patient.person)

    async def walk():
        async with Line(elsewhere, question) as line:
            await line.resume()
            leave = {"how": "close", "sure": "1"}
            close = database_sync_to_async(patient.client.post, thread_sensitive=False)
            await close("/compte/fermer/", leave)
            assert await line.closed() == protocol.CLOSE_CODES["SIGNED_OUT"]

    walked(walk)
    assert elsewhere.get("/questions/").status_code == 302
    assert Question.objects.get(pk=question).state == "withdrawn"


def names_in(subject) -> set[str]:
    """Every identifier, hash and commitment that the entries of a subject carry."""
    bodies = Entry.objects.filter(subject=subject).values_list("body", flat=True)
    text = "".join(bytes(body).decode() for body in bodies)
    return set(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32,64}", text))


def test_agreements_join_no_two_questions_of_one_patient_in_the_log(patient, physician):
    asked = [patient.asks(f"treating:{physician.person.id}") for _ in range(2)]
    assert {answer.status_code for answer in asked} == {302}
    patient.client.post("/compte/consentements/", {"kind": "remote", "given": "no"})
    questions = Question.objects.filter(patient=patient.person.patient)
    first, second = (names_in(one.subject) for one in questions)
    assert {one.state for one in questions} == {"withdrawn"}
    own = {
        str(patient.person.id),
        str(patient.person.patient.subject),
        str(patient.person.actor.id),
    }
    assert own.isdisjoint(first | second)
    entries = Entry.objects.filter(subject__in=[one.subject for one in questions])
    assert entries.filter(type="consent.given").count() == 2
    assert entries.filter(type="consent.withdrawn").count() == 2
    other = people.a_patient()
    people.linked(other, physician.person)
    stranger = people.asked(other, physician.person).question_id
    shared = first & second - names_in(Question.objects.get(pk=stranger).subject)
    # The physician, their quote's terms and the pack are shared with any other question of theirs.
    assert not {name for name in shared if name in consent_names(questions)}


def consent_names(questions) -> set[str]:
    """What the entries about agreements carry, beside the subject of their question."""
    found: set[str] = set()
    for one in questions:
        entries = Entry.objects.filter(subject=one.subject, type__startswith="consent.")
        text = "".join(bytes(body).decode() for body in entries.values_list("body", flat=True))
        found |= set(re.findall(r"[0-9a-f]{32,64}|[0-9a-f]{8}-[0-9a-f-]{27}", text))
    return found
