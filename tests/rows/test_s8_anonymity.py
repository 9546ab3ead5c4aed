"""S8: whoever is not identified may ask and is answered, but is never billed."""

import json

import pytest
from django.db import transaction

from audit.models import Entry
from billing.models import GatePass, Leg, Quote
from consults import actions as care
from tests import people
from tests.rows.proving import as_program, proving
from tests.walks.faces import PatientFace, PhysicianFace, signed_in
from tests.walks.test_one_question import worked

CODE = "PATIENT_NOT_IDENTIFIED"


@pytest.fixture
def unknown(physician) -> PatientFace:
    """A patient in this physician's pathway for whose identity nobody has vouched."""
    person = people.a_patient(identified_by="")
    people.linked(person, physician.person)
    return PatientFace(person, signed_in(person))


def asked(face: PatientFace, doctor: PhysicianFace):
    return face.asks(f"treating:{doctor.person.id}")


def test_to_bill_an_anonymous_asker_is_refused_and_the_refusal_is_proven(
    unknown, physician, sandbox, tmp_path
):
    proof = proving(sandbox, tmp_path)
    assert asked(unknown, physician).url.endswith("/devis/")
    as_program(unknown)
    answer = unknown.client.post(unknown.at("paiement/1/"))
    refused = proof.refused(answer, CODE)
    assert refused.said["type"] == "quote.issued"
    assert refused.decision.facts["patient_identified"].value is False
    quote = Quote.objects.get()
    assert (quote.billable, quote.honoraires_cents, quote.platform_cents) == (False, 0, 0)
    assert not Leg.objects.exists()


def test_the_quote_says_so_before_any_payment_and_how_to_become_identified(unknown, physician):
    asked(unknown, physician)
    page = unknown.client.get(unknown.at("devis/")).content.decode()
    assert f'data-code="{CODE}"' in page and 'href="/dossier/"' in page
    assert "Commander avec obligation de paiement" not in page
    assert 'name="settlement"' not in page


def test_they_are_answered_all_the_same_and_the_gate_says_the_code(unknown, physician):
    asked(unknown, physician)
    unknown.accepts()
    physician.claims(unknown.question)
    answer = physician.answers(unknown.question)
    assert answer.status_code == 302, answer.content[:400]
    state = unknown.state()
    assert (state["state"], state["verdict"]["code"]) == ("answered", CODE)
    assert not GatePass.objects.exists()
    (entry,) = Entry.objects.filter(type="gate.refused")
    fact = json.loads(bytes(entry.body))["decision"]["facts"]["patient_identified"]
    assert fact["value"] is False


def test_the_same_people_are_billed_once_a_physician_knows_the_patient(unknown, physician):
    with transaction.atomic():
        care.confirm_identity(
            patient_id=unknown.person.id, physician_id=physician.person.id,
            actor=physician.person.actor, now=people.now(),
        )  # fmt: skip
    asked(unknown, physician)
    quote = Quote.objects.get()
    assert quote.billable and quote.honoraires_cents > 0


def test_an_identity_that_is_doubted_before_the_answer_gives_both_holds_back(unknown, physician):
    vouch(physician, unknown, "known")
    asked(unknown, physician)
    unknown.accepts()
    for number in (1, 2):
        unknown.pays(number)
    physician.claims(unknown.question)
    vouch(physician, unknown, "doubted")
    physician.answers(unknown.question)
    worked()
    assert unknown.state()["verdict"]["code"] == CODE
    assert {leg.state for leg in Leg.objects.all()} == {"voided"}


def vouch(physician: PhysicianFace, patient: PatientFace, says: str) -> None:
    said = {"patient": patient.person.id, "says": says}
    assert physician.client.post("/parcours/patients/", said).status_code == 302
