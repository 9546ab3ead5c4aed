"""The pages that anyone may read, in a real browser: calm, complete, and only ours."""

import pytest
from playwright.sync_api import expect

from .conftest import DESKTOP, PHONE, barriers, follow, shot

pytestmark = pytest.mark.browser

PAGES = {
    "accueil": "/",
    "sources": "/sources/",
    "comment": "/comment/",
    "tarifs": "/tarifs/",
    "medecins": "/medecins/",
    "garde": "/garde/",
    "responsabilites": "/responsabilites/",
    "mentions": "/mentions/",
    "connexion": "/compte/login/",
    "compte": "/compte/signup/",
    "mot-de-passe": "/compte/password/reset/",
    "introuvable": "/nulle-part/",
}
NUMBERS = ("tel:15", "tel:112", "sms:114", "tel:3114")


@pytest.mark.parametrize("name", PAGES)
def test_every_public_page_shows_the_numbers_and_fits_a_phone(name, browser_page, public_site):
    page = browser_page(public_site, viewport=PHONE)
    page.goto(PAGES[name])
    for number in NUMBERS:
        assert page.locator(f".emergency a[href='{number}']").is_visible()
    assert page.locator("h1").count() == 1
    for viewport in (PHONE, DESKTOP):
        page.set_viewport_size(viewport)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert barriers(page) == []
    shot(page, name)


def test_the_language_is_french_until_somebody_asks_for_english(browser_page, public_site):
    page = browser_page(public_site)
    page.goto("/mentions/")
    assert page.locator("html").get_attribute("lang") == "fr"
    follow(page.get_by_role("button", name="English"))
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page).to_have_url(f"{public_site}/mentions/")
    page.goto("/")
    follow(page.get_by_role("button", name="Français"))
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page).to_have_url(f"{public_site}/")


def test_the_keyboard_reaches_the_content_first(browser_page, public_site):
    page = browser_page(public_site)
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#contenu"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_no_page_runs_or_styles_anything_written_in_it(public_site, browser_page):
    page = browser_page(public_site)
    answer = page.goto("/compte/login/")
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert (
        page.locator("[style], style, script:not([src]):not([type='application/json'])").count()
        == 0
    )
