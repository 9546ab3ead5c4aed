"""What a patient chooses and takes back, in a real browser, on a phone and on a desk."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import DESKTOP, PHONE, follow, look

pytestmark = pytest.mark.browser


def at(page, address: str) -> None:
    page.goto(re.sub(r"(//[^/]+).*", rf"\1{address}", page.url))


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desk"])
def test_the_pages_of_a_patient_s_choices_fit_and_have_no_barrier(enter, viewport):
    page = enter("patient", viewport=viewport)
    for address, name in (
        ("/parcours/", "parcours"),
        ("/parcours/medecin-traitant/", "medecin-traitant"),
        ("/compte/consentements/", "accords"),
        ("/compte/mes-donnees/", "mes-donnees"),
        ("/compte/fermer/", "fermer"),
    ):
        at(page, address)
        look(page, f"patient-{name}")


def test_a_patient_finds_a_physician_takes_a_copy_and_thinks_again_about_leaving(enter):
    page = enter("figurant-none-2", viewport=PHONE)
    at(page, "/parcours/medecin-traitant/")
    page.get_by_label("Son nom ou son numéro RPPS").fill("benali")
    follow(page.get_by_role("button", name="Chercher"))
    look(page, "patient-medecin-trouve")
    follow(page.get_by_role("button", name="Je préfère ne pas le nommer"))
    expect(page.get_by_text("devis à 0")).to_have_count(1)
    at(page, "/compte/mes-donnees/")
    with page.expect_download() as download:
        page.get_by_role("button", name="Télécharger mes données").click()
    assert re.fullmatch(r"mes-donnees-\d{4}-\d\d-\d\d\.zip", download.value.suggested_filename)
    at(page, "/compte/fermer/")
    page.get_by_label("Effacer le dossier et fermer le compte").check()
    page.get_by_label("J’ai lu ce qui reste").check()
    follow(page.get_by_role("button", name="Continuer"))
    look(page, "patient-effacement-demande")
    at(page, "/compte/fermer/")
    follow(page.get_by_role("button", name="Annuler l’effacement"))
    expect(page.get_by_text("votre dossier reste")).to_have_count(1)
