"""A physician who knows nobody here: the public page, the link, and what it tells nobody."""

import re
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from audit.models import Account, Entry
from tests import people
from tests.walks.faces import signed_in

ADDRESS = "nouvelle.consoeur@cabinet.test"


@pytest.fixture(autouse=True)
def published(database) -> None:
    """The words of the page stand, and nobody has asked from here before."""
    call_command("publish")
    cache.clear()


def ask(address: str = ADDRESS) -> object:
    return Client().post("/medecins/", {"email": address})


def test_a_physician_asks_for_a_link_and_applies_with_it():
    page = Client().get("/medecins/").content.decode()
    assert "Recevoir le lien" in page
    assert "Demande reçue" in ask().content.decode()
    (letter,) = mail.outbox
    link = re.search(r"/compte/invitation/\S+", letter.body)
    account = Account.objects.get(email=ADDRESS)
    assert letter.to == [ADDRESS] and account.kind == "physician"
    browser = Client()
    password = {"password1": people.PASSWORD, "password2": people.PASSWORD}
    assert browser.post(link.group(), password).url == "/compte/2fa/totp/activate/"
    types = set(Entry.objects.filter(subject=account.subject).values_list("type", flat=True))
    assert types >= {"account.opened", "invitation.issued", "invitation.used"}


def test_whose_address_is_known_is_told_to_nobody_and_changes_nothing():
    patient, physician = people.a_patient(), people.a_physician()
    unknown = re.sub(r'value="[^"]+"|nonce-\S+', "", ask().content.decode())
    written = Entry.objects.count()
    for known in (patient.account.email, physician.account.email.upper()):
        answer = re.sub(r'value="[^"]+"|nonce-\S+', "", ask(known).content.decode())
        assert re.findall(r"<main.*</main>", answer, re.S) == re.findall(
            r"<main.*</main>", unknown, re.S
        )
    assert len(mail.outbox) == 1 and Entry.objects.count() == written


def test_an_address_that_cannot_be_one_is_said_beside_its_field():
    answer = ask("pas une adresse")
    assert (answer.status_code, answer["X-Error-Code"]) == (422, "FIELD_INVALID")
    assert "errorlist" in answer.content.decode() and not mail.outbox


def test_one_place_asks_for_five_links_an_hour_and_no_more():
    for n in range(5):
        assert ask(f"confrere{n}@cabinet.test").status_code == 200
    assert ask("confrere6@cabinet.test").status_code == 429
    assert len(mail.outbox) == 5


def test_a_visitor_finds_the_page_and_who_is_on_duty_from_every_public_page():
    public = Client().get("/garde/").content.decode()
    assert 'href="/medecins/"' in public and 'href="/garde/" aria-current="page"' in public


def test_a_physician_whose_insurance_ended_is_led_to_the_file_where_it_is_renewed():
    browser = signed_in(people.a_physician(without=("insurance",)))
    refusal = browser.get("/file/").content.decode().split("notice--refusal")[1]
    assert "INSURANCE_EXPIRED" in refusal or "INSURANCE" in refusal
    assert 'href="/medecin/"' in refusal.split("</div></div>")[0]


def test_whoever_has_not_applied_yet_is_led_to_the_application_and_to_no_page_that_is_closed():
    account = people.an_account("physician")
    browser = signed_in(SimpleNamespace(account=account))  # type: ignore[arg-type]
    page = browser.get("/file/", follow=True)
    assert page.redirect_chain[-1][0] == "/medecin/candidature/"
    sections = page.content.decode().split('class="nav"')[1].split("</nav>")[0]
    links = re.findall(r'href="(/[^"]*)"', sections)
    assert "/medecin/" in links and "/livres/" not in links
    assert {browser.get(one, follow=True).status_code for one in links} == {200}
