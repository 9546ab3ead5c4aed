"""How a report reaches the treating physician, from the quote to the file they take away."""

import io
import json
import re

import pytest
from django.conf import settings
from django.db import transaction
from pypdf import PdfReader

from audit.models import Entry
from billing.actions.desk import set_honoraires
from consults.models import Question, ReportMail
from tests import people
from tests.billing.walk import enabled_account
from tests.walks import faces
from tests.walks.faces import PatientFace, PhysicianFace


@pytest.fixture
def referred(database, sandbox):
    """A patient referred by their treating physician to a specialist, each with their browser."""
    patient, treating = people.a_patient(), people.a_physician(name="Dre Traitante")
    specialist = people.a_physician(name="Dr Spécialiste")
    enabled_account(specialist)
    with transaction.atomic():
        set_honoraires(
            physician_id=specialist.id, cents=1500, actor=specialist.actor, now=people.now()
        )
    people.linked(patient, treating)
    people.linked(patient, specialist, ground="referral", attestor=treating)
    face = PatientFace(patient, faces.signed_in(patient))
    desk = PhysicianFace(specialist, faces.signed_in(specialist))
    return face, desk, treating


SETTLED = {"settlement": "off_platform", "begins_at_once": "1"}


def ordered(patient: PatientFace, **way: str):
    """The order of the quote on the page as shown, with this way for the report."""
    page = patient.client.get(patient.at("devis/")).content.decode()
    form = {name: faces.hidden(page, name) for name in ("quote", "shown_at")}
    return patient.client.post(patient.at("devis/"), form | SETTLED | way)


def signed(patient: PatientFace, desk: PhysicianFace) -> None:
    """The platform's hold, then the signed answer."""
    patient.pays(2)
    desk.claims(patient.question)
    answer = desk.answers(patient.question)
    assert answer.status_code == 302, answer.content.decode()[:2000]


def flags(patient: PatientFace) -> set[str]:
    """What the gate flagged."""
    return {one["rule"] for one in patient.state()["verdict"]["findings"]}


def test_a_report_planned_here_is_there_as_soon_as_it_is_signed(referred):
    patient, desk, treating = referred
    patient.asks(f"referral:{desk.person.id}")
    page = patient.client.get(patient.at("devis/")).content.decode()
    assert "Comment Dre Traitante" in page and 'value="in-product"' in page
    assert 'value="secure-mail"' not in page, "no server of secure mail is configured"
    assert "checked" not in page.split('id="compte-rendu"')[1].split("</fieldset>")[0]
    assert ordered(patient).headers["X-Error-Code"] == "REPORT_WAY_NEEDED"
    assert ordered(patient, way="in-product").status_code == 302
    signed(patient, desk)
    assert "treating-physician-informed" not in flags(patient)
    reader = faces.signed_in(treating)
    assert "à lire" in reader.get("/comptes-rendus/").content.decode()
    assert reader.get(patient.at("compte-rendu/")).status_code == 200
    reader.get(patient.at("compte-rendu/"))
    assert "à lire" not in reader.get("/comptes-rendus/").content.decode()
    seen = patient.client.get(patient.at()).content.decode()
    assert "Qui l’a ouvert" in seen and seen.count("Dre Traitante : ouvert") == 1
    subject = Question.objects.get(pk=patient.question).subject
    assert Entry.objects.filter(subject=subject, type="report.opened").count() == 1
    assert patient.client.post(patient.at("clore/")).status_code == 302
    assert patient.state()["state"] == "closed"


def test_a_reader_who_takes_none_here_is_shown_before_payment_with_what_follows(referred):
    patient, desk, treating = referred
    reader = faces.signed_in(treating)
    assert reader.post("/comptes-rendus/", {"accepts": "no"}).status_code == 302
    patient.asks(f"referral:{desk.person.id}")
    page = patient.client.get(patient.at("devis/")).content.decode()
    assert "READER_REFUSES" in page and "signalement" in page
    assert 'value="in-product"' not in page
    assert ordered(patient, way="in-product").headers["X-Error-Code"] == "READER_REFUSES"
    issued = Entry.objects.filter(type="quote.issued").latest("id")
    said = json.loads(bytes(issued.body))["data"]
    assert said["report_ways"] == ["printed", "objected"]
    ordered(patient, way="printed")
    signed(patient, desk)
    assert "treating-physician-informed" in flags(patient)


def test_a_way_closed_after_the_quote_is_recorded_and_the_patient_picks_another(referred):
    patient, desk, treating = referred
    patient.asks(f"referral:{desk.person.id}")
    ordered(patient, way="in-product")
    faces.signed_in(treating).post("/comptes-rendus/", {"accepts": "no"})
    signed(patient, desk)
    page = patient.client.get(patient.at()).content.decode()
    assert "n’accepte pas de comptes rendus par ce service" in page
    assert Entry.objects.filter(type="report.refused").count() == 1
    there = patient.at("compte-rendu/transmettre/")
    assert patient.client.post(there, {"way": "in-product"}).status_code == 409
    assert patient.client.post(there, {"way": "printed"}).status_code == 302
    assert patient.state()["state"] == "closed"


def test_an_objection_planned_with_the_quote_stands_at_the_signature(referred):
    patient, desk, treating = referred
    patient.asks(f"referral:{desk.person.id}")
    ordered(patient, way="objected")
    signed(patient, desk)
    assert "treating-physician-informed" not in flags(patient)
    assert faces.signed_in(treating).get(patient.at("compte-rendu/")).status_code == 404
    subject = Question.objects.get(pk=patient.question).subject
    kept = Entry.objects.filter(subject=subject).exclude(type="quote.issued")
    assert not any(b"objected" in bytes(row.body) for row in kept), "that is theirs to tell"


def test_only_the_patient_says_that_it_was_printed(referred):
    patient, desk, _ = referred
    patient.asks(f"referral:{desk.person.id}")
    ordered(patient, way="printed")
    signed(patient, desk)
    there = patient.at("compte-rendu/transmettre/")
    assert desk.client.post(there, {"way": "printed"}).status_code == 404
    assert "Vous avez choisi de l’imprimer" in patient.client.get(patient.at()).content.decode()
    assert patient.client.post(there, {"way": "printed"}).status_code == 302


def test_an_ordinary_address_never_gets_a_report(referred, monkeypatch):
    patient, desk, _ = referred
    monkeypatch.setattr(settings, "SECURE_MAIL_HOST", "127.0.0.1")
    patient.asks(f"referral:{desk.person.id}")
    wrong = ordered(patient, way="secure-mail", address="dre.traitante@exemple.fr")
    assert wrong.headers["X-Error-Code"] == "ADDRESS_NOT_SECURE"
    assert 'value="dre.traitante@exemple.fr"' in wrong.content.decode(), "what was typed stays"
    assert ordered(patient, way="secure-mail", address="dre@cabinet.mssante.fr").status_code == 302
    signed(patient, desk)
    there = patient.at("compte-rendu/transmettre/")
    again = patient.client.post(there, {"way": "secure-mail", "address": "dre@exemple.fr"})
    assert (again.status_code, again.headers["X-Error-Code"]) == (422, "ADDRESS_NOT_SECURE")
    assert ReportMail.objects.get().state == "waiting", "the planned one, and no other"


def test_the_file_is_for_its_people_and_its_taking_is_an_entry(referred):
    patient, desk, treating = referred
    patient.asks(f"referral:{desk.person.id}")
    ordered(patient, way="in-product")
    signed(patient, desk)
    address = patient.at("compte-rendu/document.pdf")
    assert faces.signed_in(people.a_physician()).get(address).status_code == 404
    names = set()
    for client in (desk.client, patient.client, faces.signed_in(treating)):
        answer = client.get(address)
        assert answer["Content-Type"] == "application/pdf"
        names.add(answer["Content-Disposition"])
        client.get(address)
    (name,) = names
    assert re.fullmatch(r'attachment; filename="document-[0-9a-f]{12}-v1\.pdf"', name)
    text = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    for said in (
        "CR ou fiche de consultation ou de visite (LOINC 11488-4)", "fr-FR", "normale (N)",
        desk.person.physician.rpps, "Dre Traitante", "né(e) le 17/05/1980", "Incidents aucun",
        "UTC+0", "Actes et prescriptions", "Suite à donner", "version 1",
    ):  # fmt: skip
        assert said in text, said
    subject = Question.objects.get(pk=patient.question).subject
    taken = Entry.objects.filter(subject=subject, type="report.downloaded")
    assert taken.count() == 3, "one each, however often they reload"
    assert "emporté en PDF" in patient.client.get(patient.at()).content.decode()
