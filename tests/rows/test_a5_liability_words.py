"""A5: advice engages liability. No "this is not medical advice", anywhere near a billed act."""

import pytest

from audit.law import packs
from broker.rules import may_be_said
from broker.screen import heard_in, text_facts
from tests.broker.test_public_words import NOW, said
from tests.people import an_account
from tests.rows.proving import as_program, proving
from tests.rows.test_s19_public_texts import browser

DISCLAIMED = "Ceci n’est pas un avis médical : consultez votre médecin."


def test_no_sentence_of_the_product_denies_that_advice_engages_its_author():
    found = {where: text for where, text in said() if "denies_liability" in heard_in(text)}
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        DISCLAIMED,
        "Les réponses n’ont qu’une valeur informative.",
        "Cet échange ne saurait constituer un avis médical.",
        "La plateforme et le médecin déclinent toute responsabilité.",
        "Réponse donnée à titre indicatif.",
        "This is not medical advice.",
        "For informational purposes only.",
    ],
)
def test_each_way_to_deny_it_is_refused_by_its_rule(text):
    decision = may_be_said(facts=text_facts(text), at=NOW, pack=packs.load())
    assert "advice-engages-liability" in {found.rule for found in decision.refusing}


@pytest.mark.parametrize(
    "text",
    [
        "Le médecin répond de ce qu’il écrit.",
        "Ce n’est pas une téléconsultation.",
        "Il ne remplace ni une consultation ni les secours.",
        "Un simple conseil n’est pas facturé.",
        "La réponse engage la responsabilité de celui qui la signe.",
    ],
)
def test_a_limit_said_honestly_is_no_denial(text):
    assert "denies_liability" not in heard_in(text)


def test_such_a_text_cannot_enter_the_register(database, sandbox, tmp_path):
    proof = proving(sandbox, tmp_path)
    body = f"# Accueil\n\n{DISCLAIMED}\n"
    answer = browser(an_account("operator")).post("/operateur/textes/accueil/fr/", {"body": body})
    proof.refused(answer, "LIABILITY_DENIED")


@pytest.mark.parametrize("place", ["text", "report"])
def test_a_physician_cannot_sign_an_act_and_deny_it_in_the_same_breath(patient, physician, place):
    patient.asks(f"treating:{physician.person.id}")
    patient.accepts()
    for number in (1, 2):
        patient.pays(number)
    physician.claims(patient.question)
    refused = physician.answers(patient.question, **{place: DISCLAIMED})
    assert refused.status_code == 422
    assert "ne peut pas être signée comme un acte" in refused.content.decode()
    as_program(patient)
    assert patient.state()["state"] == "claimed"
    simple = physician.answers(patient.question, act_kind="simple_advice", **{place: DISCLAIMED})
    assert simple.status_code == 302
