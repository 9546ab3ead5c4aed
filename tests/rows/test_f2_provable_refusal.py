"""F2: a refusal is more than a word on a screen: it is proven in four parts, at every door."""

from datetime import timedelta

import pytest

from billing.models import Quote
from tests import people
from tests.people import now
from tests.rows.proving import as_program, proving
from tests.walks.faces import PhysicianFace, signed_in

TURNED_AWAY = {
    "SICK_NOTE_REQUEST": "Pouvez-vous me faire un arrêt de travail de trois jours ?",
    "CERTIFICATE_REQUEST": "Il me faut un certificat médical pour la salle de sport.",
    "SUICIDE_REDIRECT": "Je veux mourir, j'ai préparé mes médicaments pour ce soir.",
}


@pytest.mark.parametrize("code", TURNED_AWAY)
def test_what_is_turned_away_at_intake_is_proven(patient, physician, sandbox, tmp_path, code):
    proof = proving(sandbox, tmp_path)
    as_program(patient)
    answer = patient.asks(f"treating:{physician.person.id}", text=TURNED_AWAY[code])
    refused = proof.refused(answer, code)
    assert refused.decision.scopes == ("intake",) and not Quote.objects.exists()
    assert "sealed_fired" in refused.said["decision"], "what was asked stays out of the log"


def test_a_physician_struck_off_meanwhile_cannot_take_a_question(
    patient, physician, sandbox, tmp_path
):
    other = people.a_physician(name="Dr Hors Parcours")
    patient.asks(f"none:{other.id}")
    patient.accepts(settlement="")
    people.attest(
        other, "registration", valid_from=now() - timedelta(minutes=1), status="struck_off"
    )
    proof = proving(sandbox, tmp_path)
    desk = PhysicianFace(other, signed_in(other))
    answer = desk.claims(patient.question)
    refused = proof.refused(answer, "NOT_REGISTERED")
    assert refused.entry.type == "claim.refused"
    assert refused.decision.facts["register_status"].value == "struck_off"


def test_a_physician_struck_off_after_the_claim_cannot_send(patient, physician, sandbox, tmp_path):
    other = people.a_physician(name="Dr Hors Parcours")
    patient.asks(f"none:{other.id}")
    patient.accepts(settlement="")
    desk = PhysicianFace(other, signed_in(other))
    desk.claims(patient.question)
    people.attest(
        other, "registration", valid_from=now() - timedelta(seconds=1), status="struck_off"
    )
    proof = proving(sandbox, tmp_path)
    refused = proof.refused(desk.answers(patient.question), "NOT_REGISTERED")
    assert refused.entry.type == "answer.refused"


def test_the_proof_itself_can_fail(patient, physician, sandbox, tmp_path):
    proof = proving(sandbox, tmp_path)
    as_program(patient)
    answer = patient.asks(f"treating:{physician.person.id}", text=TURNED_AWAY["SICK_NOTE_REQUEST"])
    with pytest.raises(AssertionError):
        proof.refused(answer, "CERTIFICATE_REQUEST")
    with pytest.raises(AssertionError, match="0 entries"):
        proof.one_entry("CERTIFICATE_REQUEST")
    with pytest.raises(AssertionError, match="0 entries"):
        proving(sandbox, tmp_path).one_entry("SICK_NOTE_REQUEST")
