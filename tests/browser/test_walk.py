"""One question all the way, two people at once, in a real browser, on the service of `up`."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import PHONE, follow, look, shot
from .walking import DOSE, ask, pay, take

pytestmark = pytest.mark.browser


def test_a_question_is_asked_paid_answered_judged_and_verified(enter):
    patient = enter("patient", viewport=PHONE)
    physician = enter("medecin-traitant")
    ask(patient, DOSE, route="Marchand")
    patient.wait_for_url("**/devis/")
    look(patient, "3-devis")
    patient.locator("input[value=card]").check()
    patient.locator("input[name=begins_at_once]").check()
    follow(patient.get_by_role("button", name="Commander"))
    look(patient, "4-paiement")
    pay(patient)
    patient.wait_for_url("**/paiement/**")
    pay(patient, "4000 0025 0000 3155")
    shot(patient, "5-3ds")
    patient.locator("button.go, button").first.click()
    patient.wait_for_url(re.compile(r"/questions/[0-9a-f-]{36}/$"))
    look(patient, "6-en-file")

    take(physician)
    expect(physician.locator(".bubbles")).to_contain_text("lévothyroxine")
    look(physician, "8-poste")

    physician.get_by_label("Votre message").fill("Avez-vous des palpitations ?")
    physician.get_by_role("button", name="Envoyer").click()
    expect(patient.locator(".bubbles")).to_contain_text("palpitations")
    patient.get_by_label("Votre message").fill("Non, aucune.")
    patient.get_by_role("button", name="Envoyer").click()
    expect(physician.locator(".bubbles")).to_contain_text("Non, aucune.")
    look(patient, "9-fil")

    physician.locator("#answer-text").fill("Passez à 88 µg, contrôle dans six semaines.")
    physician.locator("#answer-report").fill("Hypothyroïdie, TSH 6,2. Passage à 88 µg.")
    physician.locator("#answer-acts").fill("aucun")
    physician.locator("#answer-next").fill("TSH dans six semaines.")
    physician.locator("input[value=telemedicine_act]").check()
    for name in ("remote_relevant", "personalised", "signed"):
        physician.locator(f"input[name={name}]").check()
    physician.locator("select[name=outcome]").select_option("advised")
    physician.locator("select[name=incidents]").select_option("none")
    look(physician, "10-reponse")
    physician.get_by_role("button", name="Signer et répondre").click()
    expect(physician.locator("#verdict")).to_be_visible()
    look(physician, "11-verdict-medecin")
    patient.reload()
    expect(patient.locator(".verdict--charged")).to_be_visible()
    look(patient, "12-verdict-patient")
