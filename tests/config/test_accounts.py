"""Signing in: the password alone is not strong, a second factor is, and its secret lies sealed."""

import time
from types import SimpleNamespace

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from audit.access import reach_of
from audit.facts import SYSTEM
from audit.models import Account, Entry, Invitation
from broker.actions.faults import Moved
from broker.actions.inviting import begin, invite, invited_by
from config.accounts import STRONG_AT
from tests import people

PASSWORD = "une phrase longue et calme"


def invited(kind: str = "physician", **more: str):
    return invite(email="medecin@exemple.fr", kind=kind, actor=SYSTEM, now=people.now(), **more)


@pytest.fixture
def physician(database):
    """An invited physician whose link set the password, and who has no second factor yet."""
    return begin(token=invited().token, password=PASSWORD, now=people.now())


def code_now(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def sign_in(client: Client):
    answer = client.post("/compte/login/", {"login": "medecin@exemple.fr", "password": PASSWORD})
    assert answer.status_code == 302
    return answer


def enrol(client: Client) -> str:
    """By a new link, as whoever lost the first one."""
    link = f"/compte/invitation/{invited().token}/"
    begun = client.post(link, {"password1": PASSWORD, "password2": PASSWORD})
    assert begun.status_code == 302, begun.context["form"].errors
    page = client.get(begun.url)
    assert page.status_code == 200, (page.url, dict(client.session))
    secret = page.context["form"].secret
    answer = client.post(begun.url, {"code": code_now(secret)})
    assert answer.status_code == 302, answer.context["form"].errors
    return secret


def test_a_password_alone_is_not_a_strong_sign_in(physician):
    client = Client()
    sign_in(client)
    assert STRONG_AT not in client.session


def test_a_second_factor_makes_the_session_strong_from_its_first_code(physician):
    client = Client()
    enrol(client)
    assert client.session[STRONG_AT]


def test_the_next_sign_in_asks_for_the_code_and_is_strong(physician):
    enrolling = Client()
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
    secret = enrol(client)
    held = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in held
    assert get_adapter().decrypt(held) == secret


ADDING = ("totp/activate/", "webauthn/add/", "recovery-codes/generate/")


@pytest.mark.parametrize("page", ADDING)
def test_a_password_alone_adds_no_second_factor(physician, page):
    client = Client()
    sign_in(client)
    client.post("/compte/reauthenticate/", {"password": PASSWORD})
    for answer in (client.get(f"/compte/2fa/{page}"), client.post(f"/compte/2fa/{page}", {})):
        assert answer.status_code == 403
        assert "ENROLMENT_LINK_NEEDED" in answer.content.decode()
    assert not Authenticator.objects.exists()


def test_a_code_that_was_typed_as_the_next_one_began_counts_and_an_older_does_not(
    physician, monkeypatch
):
    at, token, client = time.time(), invited().token, Client()
    monkeypatch.setattr(auth, "time", SimpleNamespace(time=lambda: at))
    client.post(f"/compte/invitation/{token}/", {"password1": PASSWORD, "password2": PASSWORD})
    page = "/compte/2fa/totp/activate/"
    secret = client.get(page).context["form"].secret
    for steps_ago, status in ((2, 200), (-2, 200), (1, 302)):
        code = format_hotp_value(hotp_value(secret, int(at) // 30 - steps_ago))
        assert client.post(page, {"code": code}).status_code == status


def test_a_second_factor_that_was_shown_adds_another(physician):
    client = Client()
    enrol(client)
    assert client.get("/compte/2fa/webauthn/add/").status_code == 200


def test_the_right_to_add_one_ends_half_an_hour_after_the_link(physician):
    client = Client()
    token = invited().token
    client.post(f"/compte/invitation/{token}/", {"password1": PASSWORD, "password2": PASSWORD})
    assert client.get("/compte/2fa/totp/activate/").status_code == 200
    session = client.session
    session["enrol_until"] = people.now().isoformat()
    session.save()
    assert client.get("/compte/2fa/totp/activate/").status_code == 403


def test_a_link_serves_once_and_is_recorded_by_no_word_of_its_own(database):
    link = invited()
    begin(token=link.token, password=PASSWORD, now=people.now())
    page = Client().get(f"/compte/invitation/{link.token}/")
    assert (page.status_code, page["X-Error-Code"]) == (410, "INVITATION_SPENT")
    account = Account.objects.get(email=link.email)
    said = Entry.objects.filter(subject=account.subject).order_by("id")
    types = list(said.values_list("type", flat=True))
    assert types[:2] == ["account.opened", "invitation.issued"]
    assert types.count("invitation.used") == 1
    text = "".join(bytes(one.body).decode() for one in said) + str(Invitation.objects.values())
    assert link.token not in text and "exemple.fr" not in text


def test_a_link_expires_and_a_later_one_replaces_it(database):
    first = invited()
    assert first.expires_at - people.now() > people.timedelta(hours=71)
    second = invited()
    for token, status in ((first.token, 410), (second.token, 200), ("autre", 410)):
        assert Client().get(f"/compte/invitation/{token}/").status_code == status
    end = second.expires_at
    assert invited_by(token=second.token, now=end - people.timedelta(microseconds=1))
    assert invited_by(token=second.token, now=end) is None


def test_a_new_link_takes_the_lost_second_factor_away(physician):
    client = Client()
    enrol(client)
    assert Authenticator.objects.filter(type="totp").count() == 1
    begin(token=invited().token, password=PASSWORD, now=people.now())
    assert not Authenticator.objects.exists()


def test_an_address_of_a_patient_is_never_made_a_physicians(database):
    people.an_account("patient", email="medecin@exemple.fr")
    with pytest.raises(Moved) as refused:
        invited()
    assert refused.value.code == "ACCOUNT_OF_ANOTHER_KIND"
    assert not Invitation.objects.exists()


def strong(account) -> Client:
    client = Client()
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session[STRONG_AT] = people.now().isoformat()
    session.save()
    return client


def test_the_operator_invites_on_a_page_and_the_mail_goes_with_the_link(database, mailbox):
    operator = strong(people.an_account("operator"))
    said = {"email": "Nouveau@exemple.fr", "kind": "reviewer", "council": "2A"}
    page = operator.post("/operateur/comptes/", said)
    assert page.status_code == 200
    link = page.context["link"]
    assert link in page.content.decode()
    (mail,) = mailbox()
    assert mail["To"] == "nouveau@exemple.fr" and link in mail.get_content()
    assert link not in operator.get("/operateur/comptes/").content.decode()
    reviewer = Account.objects.get(email="nouveau@exemple.fr")
    assert (reviewer.kind, reviewer.council, reach_of(reviewer).codes) == (
        "reviewer", "2A", {"2A"},
    )  # fmt: skip
    answer = operator.post("/operateur/comptes/", {**said, "email": "b@c.fr", "council": ""})
    assert (answer.status_code, answer["X-Error-Code"]) == (422, "COUNCIL_MISSING")


@pytest.mark.parametrize("kind", ["patient", "physician", "reviewer"])
def test_only_the_operator_invites(database, kind):
    council = "75" if kind == "reviewer" else ""
    client = strong(people.an_account(kind, council=council))
    for answer in (client.get("/operateur/comptes/"), client.post("/operateur/comptes/")):
        assert answer.status_code == 404


def test_a_weak_first_password_does_not_use_the_link_up(database):
    link = f"/compte/invitation/{invited().token}/"
    for said in (("court", "court"), (PASSWORD, "autre chose encore")):
        page = Client().post(link, {"password1": said[0], "password2": said[1]})
        assert page.status_code == 422
    assert Client().get(link).status_code == 200


def test_the_command_makes_the_first_operator_and_prints_the_link_alone(database, capsys):
    call_command("invite", "premier@exemple.fr", kind="operator", site="https://site.exemple")
    link = capsys.readouterr().out.strip()
    assert link.startswith("https://site.exemple/compte/invitation/")
    assert Client().get(link.removeprefix("https://site.exemple")).status_code == 200
    with pytest.raises(CommandError):
        call_command("invite", "c@d.fr", kind="reviewer")


def test_the_link_of_an_account_that_was_begun_is_for_its_holder_alone(database, mailbox):
    operator = strong(people.an_account("operator"))
    physician = people.an_account("physician", email="medecin@exemple.fr")
    page = operator.post("/operateur/comptes/", {"email": physician.email, "kind": "physician"})
    (mail,) = mailbox()
    assert mail["To"] == physician.email and "/compte/invitation/" in mail.get_content()
    assert page.status_code == 200 and "/compte/invitation/" not in page.content.decode()
