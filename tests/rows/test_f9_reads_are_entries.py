"""F9: whoever opens a file is an entry, and its patient sees who, when and why."""

import pytest

from audit.models import Entry
from consults.models import Question
from tests import people
from tests.walks.faces import signed_in

pytestmark = pytest.mark.django_db


def test_a_patient_sees_who_opened_the_file_and_nothing_of_another_s(database):
    patient, other = people.a_patient(), people.a_patient(name="Sacha Autre")
    doctor, stranger = people.a_physician(name="Dre Une"), people.a_physician(name="Dr Deux")
    people.linked(patient, doctor)
    people.linked(other, stranger)
    question_id = people.claimed(patient, doctor)
    people.claimed(other, stranger)
    reviewer = people.a_reviewer("75")
    subject = Question.objects.get(pk=question_id).subject
    order = signed_in(people.PatientPerson(reviewer, patient.patient))
    assert order.get(f"/ordre/{subject}/").status_code == 200
    page = signed_in(patient).get("/compte/mes-donnees/").content.decode()
    assert "Dre Une" in page and f"/questions/{question_id}/" in page
    assert "Dr Deux" not in page and "Sacha" not in page
    assert Entry.objects.filter(type="record.read", subject=subject).exists()
    assert "Contrôleur de l’Ordre (75)" in page
    signed_in(patient).post("/compte/mes-donnees/copie/")
    assert "Vous" in signed_in(patient).get("/compte/mes-donnees/").content.decode()
    assert Entry.objects.filter(type="data.exported").count() == 1
