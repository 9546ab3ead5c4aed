"""Files, proof of identity and invitations as their people see them, in a real browser."""

from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import expect

from consults.models import Patient
from consults.queries import is_identified
from tests import people
from tests.config.conftest import mailbox
from tests.consults.test_files import a_child, of_age
from tests.identity.conftest import process, provider

from .conftest import DESKTOP, PHONE, follow, look

__all__ = ["mailbox", "process", "provider"]
pytestmark = pytest.mark.browser
VIEWPORTS = pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desk"])


def entered(page, site: str, account) -> None:
    """Signs somebody in, second factor included, as only a test can."""
    client = Client()
    client.force_login(account, backend=django_settings.AUTHENTICATION_BACKENDS[0])
    session = client.session
    session["strong_at"] = people.now().isoformat()
    session.save()
    page.context.add_cookies([{"name": "session", "value": session.session_key, "url": site}])


@VIEWPORTS
def test_a_patient_proves_who_they_are_at_the_identity_provider(
    database, browser_page, own_site, provider, viewport
):
    patient = people.a_patient(identified_by="")
    page = browser_page(own_site, viewport=viewport)
    entered(page, own_site, patient.account)
    page.goto("/dossier/")
    look(page, "dossier-non-identifie")
    follow(page.get_by_role("link", name="Prouver mon identité avec FranceConnect"))
    follow(page.get_by_role("button", name="Continuer"))
    page.wait_for_url("**/dossier/")
    look(page, "dossier-identifie")
    assert is_identified(patient.id, people.now())
    follow(page.get_by_role("button", name="Retirer cette identification"))
    expect(page.get_by_role("link", name="Prouver mon identité")).to_be_visible()
    assert not is_identified(patient.id, people.now())
    provider.lies(person={"family_name": "AUTRE"})
    follow(page.get_by_role("link", name="Prouver mon identité"))
    follow(page.get_by_role("button", name="Continuer"))
    expect(page.locator("code", has_text="IDENTITY_MISMATCH")).to_be_visible()
    look(page, "identite-autre-nom")


@VIEWPORTS
def test_a_grown_childs_file_is_handed_over_on_two_pages(
    database, browser_page, own_site, viewport
):
    parent = people.a_patient()
    child, young = a_child(parent), people.an_account("patient")
    of_age(child, people.now() - timedelta(seconds=1))
    page = browser_page(own_site, viewport=viewport)
    entered(page, own_site, parent.account)
    page.goto("/dossier/")
    look(page, "dossier-a-remettre")
    follow(page.get_by_role("button", name="Créer un code de remise"))
    look(page, "dossier-code")
    code = page.locator("#code").inner_text()
    other = browser_page(own_site, viewport=viewport)
    entered(other, own_site, young)
    other.goto("/dossier/")
    follow(other.get_by_role("link", name="Un parent tenait mon dossier"))
    look(other, "dossier-reprendre")
    other.get_by_label("Code de remise").fill(code)
    other.get_by_label("Votre date de naissance").fill(str(child.patient.birth_date))
    follow(other.get_by_role("button", name="Reprendre ce dossier"))
    other.wait_for_url("**/dossier/")
    assert Patient.objects.get(pk=child.id).account_id == young.id


@VIEWPORTS
def test_a_physician_vouches_for_patients_and_spares_a_minor(
    database, browser_page, own_site, viewport
):
    doctor = people.a_physician()
    patient = people.a_patient(identified_by="", name="Alix Connue")
    young = people.a_patient(
        identified_by="", name="Sacha Jeune", birth_date=people.date(2011, 1, 1)
    )
    for one in (patient, young):
        people.linked(one, doctor)
    page = browser_page(own_site, viewport=viewport)
    entered(page, own_site, doctor.account)
    page.goto("/parcours/")
    look(page, "patients-suivis")
    follow(page.get_by_role("button", name="confirme son identité").first)
    follow(page.get_by_role("button", name="Répondre sans les parents"))
    look(page, "patients-connus")
    assert is_identified(patient.id, people.now())
    minor = browser_page(own_site, viewport=viewport)
    entered(minor, own_site, young.account)
    minor.goto("/dossier/")
    look(minor, "dossier-mineur")


@VIEWPORTS
def test_the_operator_opens_an_account_and_gives_a_link(
    database, browser_page, own_site, mailbox, viewport
):
    page = browser_page(own_site, viewport=viewport)
    entered(page, own_site, people.an_account("operator"))
    page.goto("/operateur/comptes/")
    look(page, "comptes")
    page.get_by_label("Adresse de courriel").fill("nouvelle@exemple.fr")
    page.get_by_label("Compte de").select_option("physician")
    follow(page.get_by_role("button", name="Créer le lien"))
    assert "/compte/invitation/" in page.locator("#lien").inner_text()
    look(page, "comptes-lien")
    assert len(mailbox()) == 1
