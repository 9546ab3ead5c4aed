"""Every page that a person of the demonstration has: it fits, on a phone too, without barrier."""

from urllib.parse import urlsplit

import pytest

from .conftest import DESKTOP, PHONE, follow, look

pytestmark = pytest.mark.browser

PAGES = {
    "patient": ("/questions/", "/questions/nouvelle/", "/parcours/"),
    "medecin-traitant": (
        "/file/",
        "/medecin/",
        "/parcours/",
        "/livres/",
        "/livres/honoraires/",
        "/livres/contestations/",
        "/livres/releve/",
    ),
    "assurance-echue": ("/file/", "/medecin/"),
    "garde": (
        "/file/",
        "/file/alertes/",
        "/file/gardes/",
        "/file/disponibilite/",
        "/file/lecture-du-droit/",
    ),
    "ordre-75": ("/ordre/", "/ordre/medecins/"),
    "ordre-national": ("/ordre/",),
    "operateur": (
        "/operateur/",
        "/operateur/jugements/",
        "/operateur/garde/",
        "/operateur/medecins/",
        "/operateur/honoraires/",
        "/livres/",
        "/demo/",
    ),
}


@pytest.mark.parametrize("role", PAGES)
def test_every_page_of_a_person_can_be_read_on_a_phone(role, enter):
    page = enter(role)
    here = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
    for address in PAGES[role]:
        answer = page.goto(here + address)
        assert answer.status == 200, address
        for viewport in (DESKTOP, PHONE):
            page.set_viewport_size(viewport)
            look(page, f"{role}{address.replace('/', '-')}")


@pytest.mark.parametrize("role", ["patient", "medecin-traitant", "ordre-75", "operateur"])
def test_every_page_speaks_english_when_asked(role, enter):
    page = enter(role, viewport=PHONE)
    here = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
    follow(page.get_by_role("button", name="English"))
    for address in PAGES[role]:
        page.goto(here + address)
        assert page.locator("html").get_attribute("lang") == "en"
        look(page, f"en-{role}{address.replace('/', '-')}")


@pytest.mark.parametrize(
    ("role", "start", "pattern"),
    [
        ("patient", "/questions/", "/questions/"),
        ("medecin-traitant", "/livres/", "/recus/"),
        ("ordre-75", "/ordre/?issue=billed", "/ordre/"),
    ],
)
def test_what_a_list_leads_to_can_be_read_as_well(role, start, pattern, enter):
    page = enter(role, viewport=PHONE)
    here = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
    page.goto(here + start)
    address = next(
        (
            href
            for one in page.locator(f"main a[href*='{pattern}']").all()
            if (href := one.get_attribute("href")) and len(href) > 36
        ),
        None,
    )
    assert address, f"no link to {pattern} on {start}"
    page.goto(here + address)
    look(page, f"{role}-un{pattern.replace('/', '-')}")
