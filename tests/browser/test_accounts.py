"""Accounts in a real browser: a patient's own sign-up, and a physician's invitation."""

import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.management import call_command
from playwright.sync_api import expect

from audit.facts import SYSTEM
from broker.actions.inviting import invite
from consults.models import Patient
from tests import people
from tests.config.conftest import mailbox
from tests.config.test_signing_up import code_in

from .conftest import DESKTOP, PHONE, barriers, follow, look, shot

__all__ = ["mailbox"]

pytestmark = pytest.mark.browser
EMAIL, PASSWORD = "medecin@exemple.fr", "une phrase longue et calme"


def sign_in(page, password=PASSWORD):
    page.goto("/compte/login/?next=/compte/2fa/")
    page.get_by_label("Courriel").fill(EMAIL)
    page.get_by_label("Mot de passe", exact=False).last.fill(password)
    follow(page.get_by_role("button", name="Se connecter"))


def test_a_physician_begins_by_a_link_and_installs_a_second_factor(
    database, browser_page, own_site
):
    link = invite(email=EMAIL, kind="physician", actor=SYSTEM, now=people.now())
    page = browser_page(own_site, viewport=PHONE)
    page.goto(f"/compte/invitation/{link.token}/")
    look(page, "invitation")
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    follow(page.get_by_role("button", name="Continuer"))
    page.wait_for_url("**/activate/")
    assert barriers(page) == []
    shot(page, "second-facteur-installer")
    secret = page.locator("#authenticator_secret").input_value()
    page.locator("input[name=code]").fill(
        format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    )
    follow(page.locator("main button[type=submit]").first)
    page.wait_for_url("**/recovery-codes/")
    assert barriers(page) == []
    shot(page, "codes-de-secours")
    follow(page.get_by_role("button", name="Se déconnecter"))
    expect(page).to_have_url(f"{own_site}/")
    sign_in(page, "un autre mot de passe")
    expect(page.locator(".errorlist").first).to_be_visible()
    assert barriers(page) == []
    shot(page, "connexion-refusee")
    sign_in(page)
    page.wait_for_url("**/authenticate/**")
    assert barriers(page) == []
    shot(page, "second-facteur-demande")
    page.goto(f"/compte/invitation/{link.token}/")
    look(page, "invitation-usee")


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desk"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_patient_signs_up_by_the_mails_code_makes_a_file_and_asks(
    database, browser_page, own_site, mailbox, viewport, scripts
):
    call_command("publish", verbosity=0)
    doctor = people.a_physician()
    page = browser_page(own_site, viewport=viewport, java_script_enabled=scripts)
    seen = look if scripts else (lambda *_: None)
    page.goto("/")
    follow(page.get_by_role("link", name="Ouvrir un compte").first)
    seen(page, "inscription")
    page.get_by_label("Courriel").fill("camille@exemple.fr")
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.locator("#id_terms").check()
    follow(page.get_by_role("button", name="Ouvrir mon compte"))
    page.wait_for_url("**/confirm-email/")
    seen(page, "inscription-code")
    (mail,) = mailbox()
    page.locator("input[name=code]").first.fill(code_in(mail))
    follow(page.get_by_role("button", name="Confirmer"))
    page.wait_for_url("**/dossier/")
    seen(page, "dossier-nouveau")
    page.get_by_label("Prénom").fill("Camille")
    page.get_by_label("Nom", exact=True).fill("Essai")
    page.get_by_label("Date de naissance").fill("1980-05-17")
    follow(page.get_by_role("button", name="Ouvrir mon dossier"))
    seen(page, "dossier")
    follow(page.get_by_role("link", name="Ajouter un enfant"))
    seen(page, "dossier-enfant")
    page.get_by_label("Prénom").fill("Lou")
    page.get_by_label("Nom", exact=True).fill("Essai")
    page.get_by_label("Date de naissance").fill("2019-03-04")
    page.locator("input[name=authority]").check()
    follow(page.get_by_role("button", name="Ouvrir ce dossier"))
    seen(page, "dossiers")
    follow(page.get_by_role("link", name="Poser une question").last)
    seen(page, "pour-qui")
    page.locator("label.choice", has_text="Lou Essai").locator("input").check()
    page.get_by_label("Aucun de ces signes").check()
    follow(page.get_by_role("button", name="Continuer"))
    seen(page, "question-pour-un-enfant")
    page.get_by_label("Que voulez-vous demander").fill("Puis-je lui donner son sirop le soir ?")
    page.locator("label.choice", has_text=doctor.physician.name).locator("input").check()
    page.locator("input[name=consent]").check()
    follow(page.get_by_role("button", name="Voir le devis"))
    page.wait_for_url("**/devis/")
    seen(page, "devis-non-identifie")
    assert Patient.objects.get(own=False).question_set.count() == 1
