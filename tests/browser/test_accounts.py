"""Signing in with a password and a code, in a real browser."""

import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from audit.models import Account

from .conftest import PHONE, barriers, shot

pytestmark = pytest.mark.browser
EMAIL, PASSWORD = "medecin@exemple.fr", "une phrase longue et calme"


@pytest.fixture
def physician(database):
    return Account.objects.create_user(EMAIL, PASSWORD, kind="physician")


def sign_in(page, password=PASSWORD):
    page.goto("/compte/login/?next=/compte/2fa/")
    page.get_by_label("Courriel").fill(EMAIL)
    page.get_by_label("Mot de passe", exact=False).last.fill(password)
    page.get_by_role("button", name="Se connecter").click()


def test_a_physician_signs_in_and_installs_a_second_factor(physician, browser_page, public_site):
    page = browser_page(public_site, viewport=PHONE)
    sign_in(page, "un autre mot de passe")
    assert page.locator(".errorlist").first.is_visible()
    assert barriers(page) == []
    shot(page, "connexion-refusee")
    sign_in(page)
    page.wait_for_url("**/compte/2fa/")
    shot(page, "second-facteur")
    assert barriers(page) == []
    page.locator("a[href='/compte/2fa/totp/activate/']").click()
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Confirmer").click()
    page.wait_for_url("**/activate/")
    assert barriers(page) == []
    shot(page, "second-facteur-installer")
    secret = page.locator("#authenticator_secret").input_value()
    page.locator("input[name=code]").fill(
        format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    )
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url("**/recovery-codes/")
    assert barriers(page) == []
    shot(page, "codes-de-secours")
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url("**/")
    sign_in(page)
    page.wait_for_url("**/authenticate/**")
    assert barriers(page) == []
    shot(page, "second-facteur-demande")
