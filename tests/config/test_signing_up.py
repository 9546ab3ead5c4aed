"""A patient opens an account alone: by a code that a real server received, and nothing told."""

import json
import re
import time
from types import SimpleNamespace

import pytest
from allauth.account.models import EmailAddress
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from audit.models import Account, Entry
from broker.actions import inviting
from broker.actions.faults import Moved
from broker.queries import questions
from broker.queries.texts import published
from consults.models import Patient
from tests import people

EMAIL, PASSWORD = "nouvelle@exemple.fr", "une phrase longue et calme"
SAID = {"email": EMAIL, "password1": PASSWORD, "password2": PASSWORD, "terms": "on"}
CODE_PAGE = "/compte/confirm-email/"
# Nothing in a letter box may tell that somebody sees a physician.
MEDICAL = re.compile(
    r"m[ée]decin|docteur|sant[ée]|patient|maladi|soin|question|consult|ordonnance|diagnos|sympt"
    r"|physician|doctor|health|illness|disease|care\b|medic|dossier|file\b",
    re.I,
)


@pytest.fixture(autouse=True)
def terms(request) -> None:
    """The texts that come with the program are published, the terms among them."""
    if "unpublished" not in request.fixturenames:
        request.getfixturevalue("database")
        call_command("publish", verbosity=0)


@pytest.fixture
def unpublished(database) -> None:
    """An installation where nobody has approved anything yet."""


def fingerprint(language: str) -> str:
    return published("conditions", language, people.now()).sha256


def sign_up(client: Client, **more: str):
    return client.post("/compte/signup/", {**SAID, **more})


def code_in(mail) -> str:
    (found,) = re.findall(r"^([A-Z0-9]{4,}(?:-[A-Z0-9]{4,})*)\r?$", mail.get_content(), re.M)
    return found


def test_a_patient_signs_up_by_the_code_of_a_mail_and_is_led_to_their_file(database, mailbox):
    client = Client()
    answer = sign_up(client)
    assert (answer.status_code, answer.url) == (302, CODE_PAGE)
    assert client.get("/questions/").status_code == 302  # not signed in yet
    (mail,) = mailbox()
    assert mail["To"] == EMAIL
    wrong = client.post(CODE_PAGE, {"code": "AAAA-AAAA"})
    assert wrong.status_code == 200 and not EmailAddress.objects.get().verified
    answer = client.post(CODE_PAGE, {"code": code_in(mail)})
    assert (answer.status_code, answer.url) == (302, "/dossier/")
    assert EmailAddress.objects.get(email=EMAIL).verified
    page = client.get("/questions/nouvelle/")
    assert (page.status_code, page.url) == (302, "/dossier/")
    made = client.post(
        "/dossier/",
        {
            "given_name": "Camille", "family_name": "Essai", "birth_date": "1980-05-17",
            "language": "en",
        },
    )  # fmt: skip
    assert made.status_code == 302
    account = Account.objects.get(email=EMAIL)
    assert (account.kind, account.language) == ("patient", "en")
    assert Patient.objects.get().name == "Camille Essai"
    assert questions.patient_of(account.pk) == Patient.objects.get().id
    assert client.get("/questions/nouvelle/").status_code == 200
    again = client.post("/dossier/", {"given_name": "X"})
    assert (again.status_code, again["X-Error-Code"]) == (409, "ALREADY_ENROLLED")


def test_the_terms_accepted_are_recorded_by_their_hash_and_nobody_is_named(database, mailbox):
    sign_up(Client())
    account = Account.objects.get(email=EMAIL)
    (entry,) = Entry.objects.filter(type="terms.accepted")
    said = json.loads(bytes(entry.body))
    assert said["data"] == {"words": fingerprint("fr"), "language": "fr"}
    assert said["subject"] == said["actor"]["id"] == str(account.subject)
    assert fingerprint("fr") != fingerprint("en")
    assert fingerprint("fr") in Client().get("/conditions/").content.decode()
    for one in Entry.objects.all():
        assert "exemple.fr" not in bytes(one.body).decode()


def test_without_the_terms_no_account_is_opened(database, mailbox):
    answer = sign_up(Client(), terms="")
    assert answer.status_code == 200 and "terms" in answer.context["form"].errors
    assert not Account.objects.exists() and mailbox() == []


@pytest.mark.parametrize("password", ["court", "1qaz2wsx3edc", "q1w2e3r4t5y6", EMAIL])
def test_a_password_that_is_short_common_or_ones_own_address_is_refused(
    database, mailbox, password
):
    answer = sign_up(Client(), password1=password, password2=password)
    assert "password1" in answer.context["form"].errors
    assert not Account.objects.exists()


def test_whoever_signs_up_is_a_patient_whatever_the_form_says(database, mailbox):
    sign_up(Client(), kind="operator", council="75", is_superuser="on")
    account = Account.objects.get()
    assert (account.kind, account.council, account.is_superuser) == ("patient", "", False)


def test_no_page_tells_whether_an_address_has_an_account(database, mailbox):
    people.an_account("patient", email=EMAIL)
    taken, free = Client(), Client()
    known, unknown = sign_up(taken), sign_up(free, email="autre@exemple.fr")
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    pages = [
        one.get(CODE_PAGE).content.decode().replace(EMAIL, "x").replace("autre@exemple.fr", "x")
        for one in (taken, free)
    ]
    hidden = r'name="csrfmiddlewaretoken" value="[^"]+"'
    assert re.sub(hidden, "", pages[0]) == re.sub(hidden, "", pages[1])
    assert {mail["To"]: "déjà un compte" in mail["Subject"] for mail in mailbox()} == {
        EMAIL: True, "autre@exemple.fr": False,
    }  # fmt: skip
    assert Account.objects.filter(email=EMAIL).count() == 1


def test_a_forgotten_password_tells_nobody_and_mails_only_who_has_an_account(database, mailbox):
    verified("patient")
    answers = [
        Client().post("/compte/password/reset/", {"email": email})
        for email in (EMAIL, "inconnu@exemple.fr")
    ]
    assert len({(one.status_code, one.url) for one in answers}) == 1
    assert [mail["To"] for mail in mailbox()] == [EMAIL]


def test_a_forgotten_password_is_replaced_by_the_code_of_a_mail(database, mailbox):
    verified("patient")
    client = Client()
    page = client.post("/compte/password/reset/", {"email": EMAIL}, follow=True)
    (mail,) = mailbox()
    page = client.post(page.request["PATH_INFO"], {"code": code_in(mail)}, follow=True)
    other = "une autre phrase, plus longue"
    where = page.request["PATH_INFO"]
    client.post(where, {"password1": other, "password2": other}, follow=True)
    assert Account.objects.get(email=EMAIL).check_password(other)


def verified(kind: str) -> Account:
    """Somebody who has proven their address."""
    account = people.an_account(kind, email=EMAIL)
    EmailAddress.objects.create(user=account, email=EMAIL, verified=True, primary=True)
    return account


def test_a_new_address_counts_once_its_own_code_came_back(database, mailbox):
    account = verified("patient")
    client = Client()
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.post("/compte/reauthenticate/", {"password": people.PASSWORD})
    page = client.post(
        "/compte/email/", {"email": "neuve@exemple.fr", "action_add": ""}, follow=True
    )
    assert Account.objects.get(pk=account.pk).email == EMAIL
    (mail,) = mailbox()
    assert mail["To"] == "neuve@exemple.fr"
    client.post(page.request["PATH_INFO"], {"code": code_in(mail)}, follow=True)
    assert Account.objects.get(pk=account.pk).email == "neuve@exemple.fr"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_mail_holds_a_medical_word_in_either_language(database, mailbox, language):
    client = Client(headers={"accept-language": language})
    sign_up(client)
    cache.clear()  # a mail to one address waits ten seconds for the next
    sign_up(Client(headers={"accept-language": language}))  # the address is taken now
    cache.clear()
    verified_one = EmailAddress.objects.get()
    EmailAddress.objects.filter(pk=verified_one.pk).update(verified=True)
    Client(headers={"accept-language": language}).post("/compte/password/reset/", {"email": EMAIL})
    mails = mailbox()
    assert len(mails) == 3
    for mail in mails:
        text = f"{mail['Subject']}\n{mail.get_content()}"
        assert MEDICAL.findall(text) == []
        assert ("Bonjour" in text) is (language == "fr"), text
        assert mail.get_content_type() == "text/plain"


def test_nobody_signs_up_before_somebody_approved_the_terms(unpublished, mailbox):
    client = Client()
    assert "pas encore publiées" in client.get("/compte/signup/").content.decode()
    assert sign_up(client).status_code == 200
    assert not Account.objects.exists() and mailbox() == []


def test_sign_up_has_a_rate(database, mailbox, monkeypatch):
    at = time.time()  # the rate is one of a minute, which eleven may take
    frozen = SimpleNamespace(time=lambda: at, monotonic=time.monotonic, sleep=time.sleep)
    monkeypatch.setattr(ratelimit, "time", frozen)
    answers = [sign_up(Client(), email=f"p{n}@exemple.fr").status_code for n in range(11)]
    assert answers == [302] * 10 + [429]
    page = sign_up(Client(), email="encore@exemple.fr")
    assert "Trop de demandes" in page.content.decode()
    assert Account.objects.count() == 10


def test_an_address_that_was_not_proven_does_not_sign_in(database, mailbox):
    sign_up(Client())
    cache.clear()
    client = Client()
    answer = client.post("/compte/login/", {"login": EMAIL, "password": PASSWORD})
    assert answer.url == CODE_PAGE
    assert client.get("/dossier/").status_code == 302
    assert "_auth_user_id" not in client.session


def test_home_and_sign_in_lead_to_the_sign_up(database):
    for page in ("/", "/compte/login/"):
        assert 'href="/compte/signup/"' in Client().get(page).content.decode()


def test_an_address_that_was_not_proven_keeps_nobody_from_being_invited(database, mailbox):
    sign_up(Client())
    squatter = Account.objects.get()
    said = {"email": EMAIL, "kind": "physician", "actor": people.CLERK, "now": people.now()}
    invited = inviting.invite(**said)
    squatter.refresh_from_db()
    assert not squatter.is_active and squatter.pk != invited.account_id
    assert Account.objects.get(email=EMAIL).kind == "physician"
    assert not Client().login(email=EMAIL, password=PASSWORD)


def test_a_proven_address_stays_its_patients(database, mailbox):
    verified("patient")
    with pytest.raises(Moved):
        inviting.invite(email=EMAIL, kind="physician", actor=people.CLERK, now=people.now())
    assert Account.objects.get(email=EMAIL).is_active
