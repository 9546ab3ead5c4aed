"""Signing in: the password alone is not strong, a second factor is, and its secret lies sealed."""

import time

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client

from audit.models import Account
from config.accounts import STRONG_AT

PASSWORD = "une phrase longue et calme"


@pytest.fixture
def physician(database):
    return Account.objects.create_user("medecin@exemple.fr", PASSWORD, kind="physician")


def code_now(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def sign_in(client: Client):
    answer = client.post("/compte/login/", {"login": "medecin@exemple.fr", "password": PASSWORD})
    assert answer.status_code == 302
    return answer


def enrol(client: Client) -> str:
    client.post("/compte/reauthenticate/", {"password": PASSWORD})
    page = client.get("/compte/2fa/totp/activate/")
    secret = page.context["form"].secret
    answer = client.post("/compte/2fa/totp/activate/", {"code": code_now(secret)})
    assert answer.status_code == 302, answer.context["form"].errors
    return secret


def test_nobody_opens_an_account_alone(database):
    page = Client().get("/compte/signup/")
    assert "ouverts par l’exploitant" in page.content.decode()
    Client().post("/compte/signup/", {"email": "x@exemple.fr", "password1": PASSWORD})
    assert not Account.objects.filter(email="x@exemple.fr").exists()


def test_a_password_alone_is_not_a_strong_sign_in(physician):
    client = Client()
    sign_in(client)
    assert STRONG_AT not in client.session


def test_a_second_factor_makes_the_session_strong_from_its_first_code(physician):
    client = Client()
    sign_in(client)
    enrol(client)
    assert client.session[STRONG_AT]


def test_the_next_sign_in_asks_for_the_code_and_is_strong(physician):
    enrolling = Client()
    sign_in(enrolling)
    secret = enrol(enrolling)
    cache.clear()  # a code counts once; here the same half minute is used again
    client = Client()
    assert sign_in(client).url == "/compte/2fa/authenticate/"
    assert "Second facteur" in client.get("/compte/2fa/authenticate/").content.decode()
    refused = client.post("/compte/2fa/authenticate/", {"code": "000000"})
    assert (refused.status_code, STRONG_AT in client.session) == (200, False)
    accepted = client.post("/compte/2fa/authenticate/", {"code": code_now(secret)})
    assert (accepted.status_code, STRONG_AT in client.session) == (302, True)
    client.post("/compte/logout/")
    assert STRONG_AT not in client.session


def test_the_secret_of_a_second_factor_is_not_in_the_database(physician):
    client = Client()
    sign_in(client)
    secret = enrol(client)
    held = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in held
    assert get_adapter().decrypt(held) == secret
