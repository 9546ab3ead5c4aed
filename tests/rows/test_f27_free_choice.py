"""F27: the physician is freely chosen: nothing is ticked, and one may refuse to say."""

import re

import pytest

from consults.models import Question
from tests import people
from tests.walks.faces import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def asking(database):
    """A patient in front of the form, with two physicians and a confirmed link to one."""
    patient = people.a_patient()
    own, other = people.a_physician(name="Dr A"), people.a_physician(name="Dr B")
    people.linked(patient, own)
    client = signed_in(patient)
    client.post("/questions/nouvelle/", {"none_of_these": "1"})
    return client, own, other


def test_no_physician_no_agreement_and_no_reason_is_ticked_beforehand(asking):
    client, own, other = asking
    page = client.get("/questions/nouvelle/ecrire/").content.decode()
    assert f"treating:{own.id}" in page and f"none:{other.id}" in page and "none:any" in page
    for address in ("/questions/nouvelle/ecrire/", "/parcours/", "/parcours/medecin-traitant/"):
        shown = client.get(address).content.decode()
        assert not re.search(r"<input[^>]*\bchecked\b|<option[^>]*\bselected\b", shown), address


def test_a_form_without_a_chosen_physician_asks_nothing(asking):
    client, _, _ = asking
    form = {
        "question_id": str(people.uuid4()), "client_id": str(people.uuid4()),
        "text": people.ACCEPTED, "consent": "1",
    }  # fmt: skip
    assert client.post("/questions/nouvelle/ecrire/", form).status_code == 422
    assert not Question.objects.exists()


def test_any_physician_is_a_choice_of_its_own_and_is_recorded_as_such(asking):
    client, _, _ = asking
    form = {
        "question_id": str(people.uuid4()), "client_id": str(people.uuid4()),
        "text": people.ACCEPTED, "consent": "1", "route": "none:any",
    }  # fmt: skip
    assert client.post("/questions/nouvelle/ecrire/", form).status_code == 302
    question = Question.objects.get()
    assert (question.named, question.physician) == (False, None)
