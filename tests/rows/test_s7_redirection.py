"""S7: an answer ends in one of five outcomes, and what sends elsewhere is never charged."""

import json

import pytest

from audit.models import Entry
from billing.models import GatePass
from consults import states
from consults.models import Answer, Draft
from tests import people
from tests.billing.walk import Walk
from tests.rows.proving import as_program, proving
from tests.walks.faces import signed_in

DRUG = {"drug": "Lévothyroxine", "old_dose": "75 µg", "new_dose": "62,5 µg"}
ADAPTED = people.REPORT.__class__(**{**people.REPORT.__dict__, **DRUG})
ELSEWHERE = sorted(set(states.OUTCOMES) - states.PERFORMED)


def test_the_outcomes_are_a_closed_list():
    assert states.OUTCOMES == (
        "advised", "adapted-treatment", "see-physician", "emergency", "cannot-answer",
    )  # fmt: skip
    assert ELSEWHERE == ["cannot-answer", "emergency", "see-physician"]


@pytest.mark.parametrize("outcome", ELSEWHERE)
def test_what_sends_the_patient_elsewhere_is_never_charged(database, sandbox, outcome):
    walk = Walk.begun(sandbox)
    walk.held()
    charged = walk.answers(outcome=outcome)
    assert charged.gate_pass is None and not GatePass.objects.exists()
    assert {f.rule for f in charged.decision.refusing} >= {"art53-fee-only-for-act-performed"}
    walk.works()
    assert set(walk.states().values()) == {"voided"}


def in_hand(patient, physician):
    """A free question in the physician's hands: nothing was ever paid for it."""
    patient.asks(f"none:{physician.person.id}")
    patient.accepts(settlement="")
    assert physician.claims(patient.question).status_code == 302
    return patient.question


def test_nothing_is_signed_without_an_outcome_and_what_was_typed_stays(patient, physician):
    question = in_hand(patient, physician)
    for outcome in ("", "sick-note"):
        answer = physician.answers(question, outcome=outcome)
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "horaire de prise" in page and "Contrôle à six semaines." in page
    assert not Answer.objects.exists()
    assert patient.state()["state"] == "claimed"


def test_the_prescriber_adapts_their_own_treatment_and_may_be_paid(database, sandbox):
    walk = Walk.begun(sandbox, ground="prescriber")
    walk.held()
    charged = walk.answers(outcome="adapted-treatment", report=ADAPTED)
    assert charged.gate_pass is not None, charged.decision.refusing
    facts = charged.decision.facts
    assert facts["adapts_own_prescription"].value is True
    assert facts["prescription_issued"].value is False
    assert not any(b"vothyroxine" in bytes(e.body) for e in Entry.objects.all())


def test_nobody_else_adapts_a_treatment_and_the_refusal_is_proven(
    patient, physician, sandbox, tmp_path
):
    question = in_hand(patient, physician)
    page = physician.client.get(f"/file/{question}/").content.decode()
    assert 'value="adapted-treatment"' not in page, "the desk does not offer it"
    proof = proving(sandbox, tmp_path)
    answer = physician.answers(question, outcome="adapted-treatment", **DRUG)
    refused = proof.refused(answer, "NOT_THE_PRESCRIBER")
    assert refused.said["type"] == "answer.refused"
    assert refused.decision.facts["treatment_adapted"].value is True
    assert b"62,5" not in bytes(refused.entry.body)
    page = answer.content.decode()
    assert 'value="62,5 µg"' in page and "horaire de prise" in page, "nothing is lost"
    later = physician.client.get(f"/file/{question}/").content.decode()
    assert 'value="62,5 µg"' in later and 'value="Lévothyroxine"' in later
    assert not Answer.objects.exists()
    assert physician.answers(question, outcome="advised").status_code == 302
    assert not Draft.objects.exists(), "what was signed is no draft any more"


def test_an_adaptation_names_the_drug_and_both_doses(patient, physician):
    people.linked(patient.person, physician.person, ground="prescriber")
    question = in_hand(patient, physician)
    page = physician.client.get(f"/file/{question}/").content.decode()
    assert 'value="adapted-treatment"' in page
    assert "Aucune ordonnance n’est produite" in page
    for missing in DRUG:
        answer = physician.answers(question, outcome="adapted-treatment", **{**DRUG, missing: ""})
        assert answer.headers["X-Error-Code"] == "TREATMENT_UNTOLD"
    answer = physician.answers(question, outcome="adapted-treatment", **DRUG)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    page = patient.client.get(patient.at("compte-rendu/")).content.decode()
    for said in (*DRUG.values(), "n’est pas une ordonnance"):
        assert said in page


def test_a_draft_is_sealed_comes_back_and_is_nobody_elses(patient, physician):
    question = in_hand(patient, physician)
    said = {
        "text": "Prenez-la le soir.",
        "follow_up": "Revoir en mai.",
        "act_kind": "simple_advice",
    }
    kept = physician.client.post(f"/file/{question}/brouillon/", said)
    assert kept.url == f"/file/{question}/#repondre"
    (draft,) = Draft.objects.all()
    assert b"soir" not in bytes(draft.body)
    page = physician.client.get(f"/file/{question}/").content.decode()
    assert "Prenez-la le soir." in page and "Revoir en mai." in page
    assert 'value="simple_advice" required checked' in page
    as_program(physician)
    again = physician.client.post(f"/file/{question}/brouillon/", {"text": "Plutôt le matin."})
    assert set(json.loads(again.content)) == {"kept_at"}
    assert Draft.objects.count() == 1
    assert "Plutôt le matin." not in patient.client.get(patient.at()).content.decode()
    for client in (patient.client, signed_in(people.a_physician())):
        assert client.post(f"/file/{question}/brouillon/", said).status_code == 404
