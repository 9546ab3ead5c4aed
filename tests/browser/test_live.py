"""A live exchange on a phone: a cap set on the quote, a meter in sight, and either ends it."""

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import PHONE, follow, look
from .walking import DOSE, ask, pay, take

pytestmark = pytest.mark.browser


@pytest.fixture
def offered(enter):
    """The operator offers the tier for this test alone."""
    operator = enter("operateur")
    operator.goto(re.sub(r"(//[^/]+).*", r"\1/operateur/catalogue/", operator.url))
    follow(operator.locator("#live").get_by_role("button", name="Proposer ce tarif"))
    expect(operator.locator("#judged")).to_contain_text("fee-tier-by-speed-or-minute")
    yield
    follow(operator.locator("#live").get_by_role("button", name="Ne plus proposer"))
    expect(operator.locator("#live")).to_contain_text("non proposé")


def agreed(patient: Page) -> None:
    """Ten minutes at most: the quote says so, both payments are held."""
    cap = patient.locator("#direct")
    expect(cap.locator("input:checked")).to_have_count(0)
    cap.locator("label", has_text="10 minutes").locator("input").check()
    follow(cap.get_by_role("button", name="Voir le devis"))
    expect(patient.locator("#devis")).to_contain_text("Total au plus")
    expect(patient.locator("#devis")).to_contain_text("19,90")
    look(patient, "live-devis")
    patient.locator("input[value=card]").check()
    patient.locator("input[name=begins_at_once]").check()
    follow(patient.get_by_role("button", name="Commander"))
    for _ in range(2):
        patient.wait_for_url("**/paiement/**")
        pay(patient)
    patient.wait_for_url(re.compile(r"/questions/[0-9a-f-]{36}/$"))


def test_the_meter_runs_in_sight_of_both_and_the_patient_ends_it(enter, offered):
    patient = enter("patient", viewport=PHONE)
    physician = enter("medecin-traitant")
    physician.goto(re.sub(r"(//[^/]+).*", r"\1/file/", physician.url))
    ask(patient, DOSE, route="Marchand")
    patient.wait_for_url("**/devis/")
    agreed(patient)
    meter = patient.locator("[data-meter]")
    expect(meter).to_have_attribute("data-state", "waiting")
    expect(meter).to_contain_text("19,90")
    take(physician)
    physician.get_by_label("Votre message").fill("Bonjour, je vous lis.")
    physician.get_by_role("button", name="Envoyer").click()
    expect(meter).to_have_attribute("data-state", "running")
    expect(meter).to_contain_text("Le compteur tourne")
    look(patient, "live-fil")
    look(physician, "live-poste")
    meter.get_by_role("button", name="Arrêter le compteur").click()
    for page in (patient, physician):
        expect(page.locator("[data-meter]")).to_contain_text("Le compteur est arrêté")
        expect(page.get_by_role("button", name="Arrêter le compteur")).to_have_count(0)
