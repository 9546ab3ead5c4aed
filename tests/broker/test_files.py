"""Files at the doors: one's own, a child's, handing one over, and a physician's word."""

import hashlib
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from audit.models import Entry
from broker.views.files import AUTHORITY
from consults.calendar import of_age_at
from consults.models import MinorException, Patient, Question
from consults.queries import is_identified, question_view
from tests import people
from tests.consults.test_files import a_child, of_age
from tests.walks.faces import hidden, signed_in

pytestmark = pytest.mark.django_db

CHILD = {
    "given_name": "Lou", "family_name": "Essai", "birth_date": "2019-03-04", "authority": "1",
}  # fmt: skip
OWN = {
    "given_name": "Camille", "family_name": "Essai", "birth_date": "1980-05-17", "language": "fr",
}  # fmt: skip


@pytest.fixture
def parent(database):
    return people.a_patient()


@pytest.fixture
def doctor(database):
    return people.a_physician()


def browser_of(account) -> Client:
    return signed_in(people.PatientPerson(account, None))


@pytest.mark.parametrize(
    "page", ["/questions/", "/questions/nouvelle/", "/questions/nouvelle/ecrire/", "/parcours/"]
)
def test_an_account_without_a_file_is_led_to_make_one(database, page):
    client = browser_of(people.an_account("patient"))
    session = client.session
    session["no_flags_at"] = people.now().isoformat()
    session.save()
    answer = client.get(page)
    assert (answer.status_code, answer.url) == (302, "/dossier/")
    said = client.get(page, headers={"accept": "application/json"})
    assert (said.status_code, said.json()["code"]) == (409, "NO_FILE")
    assert client.get("/dossier/").status_code == 200


@pytest.mark.parametrize("born", ["2999-01-01", "1880-01-01", "hier", ""])
def test_a_birth_date_that_cannot_be_is_refused(database, born):
    client = browser_of(people.an_account("patient"))
    answer = client.post("/dossier/", {**OWN, "birth_date": born})
    assert answer.status_code == 422 and not Patient.objects.exists()


def test_the_questions_page_asks_for_whom_only_where_there_is_a_choice(parent):
    client = signed_in(parent)
    assert "Pour qui" not in client.get("/questions/nouvelle/").content.decode()
    assert client.post("/dossier/enfant/", CHILD).status_code == 302
    page = client.get("/questions/nouvelle/").content.decode()
    assert "Pour qui est cette question" in page and "Lou Essai" in page
    assert "checked" not in page.split("Pour qui")[1].split("</fieldset>")[0]
    silent = client.post("/questions/nouvelle/", {"none_of_these": "1"})
    assert silent.status_code == 422


def test_a_question_for_a_child_is_the_childs(parent, doctor):
    child = a_child(parent)
    people.linked(child, doctor)
    client = signed_in(parent)
    said = {"none_of_these": "1", "patient": str(child.id)}
    assert client.post("/questions/nouvelle/", said).url.endswith("/ecrire/")
    page = client.get("/questions/nouvelle/ecrire/").content.decode()
    assert "Vous écrivez pour Lou Essai" in page
    answer = client.post("/questions/nouvelle/ecrire/", form_of(page, doctor))
    assert answer.status_code == 302, answer.content[:400]
    question = Question.objects.get()
    assert question.patient_id == child.id
    assert client.get(f"/questions/{question.id}/").status_code == 200
    view = question_view(question.id)
    assert (view.patient_born_on, view.asked_by_parent) == (child.patient.birth_date, True)
    assert signed_in(people.a_patient()).get(f"/questions/{question.id}/").status_code == 404


def form_of(page: str, doctor) -> dict[str, str]:
    names = ("question_id", "client_id", "patient")
    return {name: hidden(page, name) for name in names} | {
        "text": people.ACCEPTED, "route": f"treating:{doctor.id}", "consent": "1",
    }  # fmt: skip


def test_a_form_shown_for_one_file_never_asks_for_another(parent, doctor):
    child = a_child(parent)
    for one in (child, parent):
        people.linked(one, doctor)
    client = signed_in(parent)
    client.post("/questions/nouvelle/", {"none_of_these": "1", "patient": str(child.id)})
    page = client.get("/questions/nouvelle/ecrire/").content.decode()
    # In another window, the parent goes through the list for themselves.
    client.post("/questions/nouvelle/", {"none_of_these": "1", "patient": str(parent.id)})
    client.post("/questions/nouvelle/ecrire/", form_of(page, doctor))
    assert Question.objects.get().patient_id == child.id


def test_another_persons_child_cannot_be_chosen_or_asked_for(parent, doctor):
    stranger = people.a_patient()
    child = a_child(stranger)
    people.linked(child, doctor)
    client = signed_in(parent)
    assert client.post("/dossier/choisir/", {"patient": str(child.id)}).status_code == 404
    client.post("/questions/nouvelle/", {"none_of_these": "1"})
    page = client.get("/questions/nouvelle/ecrire/").content.decode()
    form = form_of(page, doctor) | {"patient": str(child.id)}
    assert client.post("/questions/nouvelle/ecrire/", form).url == "/dossier/"
    assert not Question.objects.exists()


def test_the_words_of_the_declaration_are_recorded_and_have_to_be_ticked(parent):
    client = signed_in(parent)
    unsaid = client.post("/dossier/enfant/", {**CHILD, "authority": ""})
    assert unsaid.status_code == 422 and Patient.objects.count() == 1
    client.post("/dossier/enfant/", CHILD)
    (entry,) = Entry.objects.filter(type="authority.declared")
    assert hashlib.sha256(AUTHORITY.encode()).hexdigest() in bytes(entry.body).decode()


def test_an_adult_is_nobodys_child(parent):
    answer = signed_in(parent).post("/dossier/enfant/", {**CHILD, "birth_date": "1999-01-01"})
    assert (answer.status_code, answer["X-Error-Code"]) == (422, "NOT_A_MINOR")
    assert Patient.objects.count() == 1


def test_a_chosen_file_that_is_no_longer_theirs_never_becomes_their_own(parent, doctor):
    child = a_child(parent)
    people.linked(child, doctor)
    client = signed_in(parent)
    client.post("/questions/nouvelle/", {"none_of_these": "1", "patient": str(child.id)})
    page = client.get("/questions/nouvelle/ecrire/").content.decode()
    of_age(child, people.now())
    answer = client.post("/questions/nouvelle/ecrire/", form_of(page, doctor))
    assert (answer.status_code, answer.url) == (302, "/dossier/")
    assert not Question.objects.exists()
    assert "Lou Essai a 18 ans" in client.get("/dossier/").content.decode()
    assert "Lou Essai" not in client.get("/questions/").content.decode()


def test_the_file_is_handed_over_by_a_code_that_serves_once(parent, doctor):
    child = a_child(parent)
    people.linked(child, doctor)
    question_id = people.asked(child, doctor).question_id
    client = signed_in(parent)
    assert client.post("/dossier/remettre/", {"patient": str(child.id)}).status_code == 404
    of_age(child, people.now() - timedelta(seconds=1))
    page = client.post("/dossier/remettre/", {"patient": str(child.id)})
    code = page.context["code"]
    assert code in page.content.decode()
    young = browser_of(people.an_account("patient"))
    wrong = young.post("/dossier/reprendre/", {"handed": code, "birth_date": "2019-03-05"})
    assert (wrong.status_code, wrong["X-Error-Code"]) == (422, "NOT_TO_HAND_OVER")
    right = {"handed": code, "birth_date": "2019-03-04"}
    assert young.post("/dossier/reprendre/", right).url == "/dossier/"
    assert young.get(f"/questions/{question_id}/").status_code == 200
    assert client.get(f"/questions/{question_id}/").status_code == 404
    thief = browser_of(people.an_account("patient"))
    assert thief.post("/dossier/reprendre/", right)["X-Error-Code"] == "NOT_TO_HAND_OVER"
    for forged in ("autre", code[:-2], code + "x"):
        answer = thief.post("/dossier/reprendre/", {**right, "handed": forged})
        assert answer.status_code == 422


def test_a_minor_who_signs_up_is_told_what_to_do_and_who_helps(database, doctor):
    client = browser_of(people.an_account("patient"))
    client.post("/dossier/", {**OWN, "birth_date": "2011-01-01"})
    for page in ("/dossier/", "/questions/nouvelle/"):
        shown = client.get(page).content.decode()
        assert "Vous avez moins de 18 ans" in shown
        for number in ("tel:119", "tel:0800235236", "tel:3018", "tel:3114", "tel:15"):
            assert number in shown, number
    young = Patient.objects.get()
    people.linked(people.PatientPerson(young.account, young), doctor)
    client.post("/questions/nouvelle/", {"none_of_these": "1"})
    page = client.get("/questions/nouvelle/ecrire/").content.decode()
    answer = client.post("/questions/nouvelle/ecrire/", form_of(page, doctor), follow=True)
    assert "MINOR_WITHOUT_PARENT" in answer.content.decode()
    assert "tel:119" in answer.content.decode()
    vouched = signed_in(doctor).post("/parcours/patients/", says(young, "spared"))
    assert vouched.status_code == 302
    client.post("/questions/nouvelle/", {"none_of_these": "1"})
    page = client.get("/questions/nouvelle/ecrire/").content.decode()
    assert client.post("/questions/nouvelle/ecrire/", form_of(page, doctor)).url.endswith(
        "/devis/"
    )


def says(patient, word: str) -> dict[str, str]:
    return {"patient": str(patient.id), "says": word}


@pytest.mark.parametrize("word", ["known", "doubted", "spared"])
def test_a_physicians_word_counts_only_for_a_patient_of_theirs(doctor, word):
    patient = people.a_patient(identified_by="")
    people.linked(patient, people.a_physician())
    people.linked(patient, doctor, confirmed=None)
    client = signed_in(doctor)
    for one in (patient.id, uuid4()):
        answer = client.post("/parcours/patients/", {"patient": str(one), "says": word})
        assert answer.status_code == 404
    assert not is_identified(patient.id, people.now()) and not MinorException.objects.exists()
    own = signed_in(patient).post("/parcours/patients/", says(patient, word))
    assert own.status_code == 404


def test_the_physicians_page_names_their_patients_and_no_others(doctor):
    patient, other = (
        people.a_patient(identified_by="", name="Alix Connue"),
        people.a_patient(name="Noé Autre"),
    )
    people.linked(patient, doctor)
    people.linked(other, people.a_physician())
    client = signed_in(doctor)
    page = client.get("/parcours/").content.decode()
    assert "Alix Connue" in page and "Noé Autre" not in page
    assert client.post("/parcours/patients/", says(patient, "known")).status_code == 302
    assert is_identified(patient.id, people.now())
    assert re.search("identité établie", client.get("/parcours/").content.decode())
    client.post("/parcours/patients/", says(patient, "doubted"))
    assert not is_identified(patient.id, people.now())


def field_of(page: str, name: str) -> str:
    (tag,) = re.findall(rf'<input[^>]*name="{name}"[^>]*>', page)
    return re.search(r'value="([^"]*)"', tag).group(1)


def corrected(client, **more):
    page = client.get("/dossier/corriger/").content.decode()
    names = ("patient", "given_name", "family_name", "birth_date")
    form = {name: field_of(page, name) for name in names}
    return client.post("/dossier/corriger/", form | more)


def test_a_file_is_corrected_and_its_identity_is_to_be_established_again(parent):
    client = signed_in(parent)
    assert is_identified(parent.id, people.now())
    assert corrected(client, family_name="Essaï").status_code == 302
    assert Patient.objects.get(pk=parent.id).name == "Camille Essaï"
    assert not is_identified(parent.id, people.now())
    said = Entry.objects.filter(subject=parent.patient.subject).order_by("id")
    assert [one.type for one in said][-2:] == ["patient.unidentified", "patient.corrected"]
    assert "Essa" not in bytes(said.last().body).decode()


def test_a_childs_birth_date_is_not_moved_once_a_question_was_asked(parent, doctor):
    child = a_child(parent)
    client = signed_in(parent)
    client.post("/dossier/choisir/", {"patient": str(child.id)})
    assert corrected(client, birth_date="2019-03-05").status_code == 302
    assert Patient.objects.get(pk=child.id).held_until == of_age_at(people.date(2019, 3, 5))
    people.linked(child, doctor)
    people.asked(child, doctor)
    answer = corrected(client, birth_date="2024-03-05")
    assert (answer.status_code, answer["X-Error-Code"]) == (409, "BIRTH_DATE_STANDS")
    assert corrected(client, given_name="Loulou").status_code == 302
    again = Patient.objects.get(pk=child.id)
    assert (again.name, again.birth_date) == ("Loulou Essai", people.date(2019, 3, 5))


def test_an_adult_is_not_made_a_child_by_a_correction(parent):
    child = a_child(parent)
    client = signed_in(parent)
    client.post("/dossier/choisir/", {"patient": str(child.id)})
    answer = corrected(client, birth_date="1999-01-01")
    assert (answer.status_code, answer["X-Error-Code"]) == (409, "NOT_A_MINOR")
    other = people.a_patient()
    form = {"patient": str(other.id), "given_name": "X", "family_name": "Y",
            "birth_date": "1990-01-01"}  # fmt: skip
    assert client.post("/dossier/corriger/", form).url == "/dossier/"
    assert Patient.objects.get(pk=other.id).name == "Camille Essai"
