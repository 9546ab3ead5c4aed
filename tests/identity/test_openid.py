"""Proof of identity by a real provider: real HTTP and signatures; every lie of it is refused."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener, urlopen

import pytest
from django.test import Client

from audit.models import Account, Entry
from consults.models import IdentityProof, Patient
from consults.queries import is_identified
from tests import people
from tests.waiting import PATIENCE_SECONDS
from tests.walks.faces import signed_in


class Stay(HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None

    def http_error_303(self, request, answer, code, message, headers):
        return headers["Location"]


def journey(client: Client) -> str:
    """Leaves, signs in at the provider as a browser would, and gives the address of the return."""
    left = client.get("/dossier/identite/")
    assert left.status_code == 302, left.content[:400]
    with urlopen(left.url, timeout=PATIENCE_SECONDS) as answer:
        page = answer.read().decode()
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
    body = urlencode({name: unescape(value) for name, value in fields.items()}).encode()
    address = f"{left.url.split('?')[0]}"
    return str(build_opener(Stay).open(Request(address, data=body), timeout=PATIENCE_SECONDS))


def come_back(client: Client, address: str):
    where = urlsplit(address)
    assert where.path == "/dossier/identite/retour/"
    return client.get(f"{where.path}?{where.query}")


@pytest.fixture
def patient(database):
    return people.a_patient(identified_by="")


def test_who_signs_in_there_is_identified_here(patient, provider):
    client = signed_in(patient)
    answer = come_back(client, journey(client))
    assert (answer.status_code, answer.url) == (302, "/dossier/")
    assert is_identified(patient.id, people.now())
    page = client.get("/dossier/").content.decode()
    assert "établie par voie numérique" in page
    proof = IdentityProof.objects.get()
    assert (proof.patient_id, proof.acr) == (patient.id, "eidas1")
    until = Patient.objects.get().identified_until
    assert until - people.now() > timedelta(days=364)


@pytest.mark.parametrize(
    "said",
    [{"kid": "ec"}, {"signed_userinfo": True}, {"auth": "client_secret_basic"}, {"acr": "eidas2"}],
)
def test_the_provider_may_say_it_in_every_usual_way(patient, provider, said):
    provider.lies(**said)
    client = signed_in(patient)
    come_back(client, journey(client))
    assert is_identified(patient.id, people.now())


LIES = {
    "another issuer in the token": {"iss": "https://autre.exemple"},
    "for another service": {"aud": "autre-service"},
    "of another journey": {"nonce": "un-autre"},
    "no nonce": {"nonce": ""},
    "too weak": {"acr": "eidas0"},
    "no level": {"acr": None},
    "over": {"lives": -120},
    "signed by another key": {"forged": True},
    "not signed": {"unsigned": True},
    "signed with the public key as a secret": {"hmac": True},
    "another person on the page": {"person": {"sub": "autre"}},
    "another state": {"state": "un-autre"},
    "refused by the person": {"error": "access_denied"},
    "no birth date": {"person": {"birthdate": "1980"}},
    "no name": {"person": {"family_name": ""}},
}


@pytest.mark.parametrize("lie", LIES, ids=[name.replace(" ", "-") for name in LIES])
def test_a_proof_that_is_not_the_one_asked_for_identifies_nobody(patient, provider, lie):
    provider.lies(**LIES[lie])
    client = signed_in(patient)
    answer = come_back(client, journey(client))
    assert (answer.status_code, answer["X-Error-Code"]) == (409, "IDENTITY_NOT_PROVEN")
    nothing_happened(patient)


def nothing_happened(patient) -> None:
    assert not is_identified(patient.id, people.now())
    assert not IdentityProof.objects.exists()
    assert not Entry.objects.filter(type="patient.identified").exists()


@pytest.mark.parametrize(
    "person",
    [
        {"family_name": "AUTRE"},
        {"given_name": "Dominique"},
        {"birthdate": "1980-05-18"},
        {"given_name": "Anne Camille"},
    ],
)
def test_claims_that_are_not_those_of_the_file_are_refused_with_their_code(
    patient, provider, person
):
    provider.lies(person=person)
    client = signed_in(patient)
    answer = come_back(client, journey(client))
    assert (answer.status_code, answer["X-Error-Code"]) == (409, "IDENTITY_MISMATCH")
    assert 'href="/dossier/corriger/"' in answer.content.decode()
    nothing_happened(patient)


def test_the_same_person_there_is_not_two_files_here(patient, provider):
    for one, status in ((patient, 302), (people.a_patient(identified_by=""), 409)):
        client = signed_in(one)
        answer = come_back(client, journey(client))
        assert answer.status_code == status
    assert answer["X-Error-Code"] == "IDENTITY_TAKEN"
    assert IdentityProof.objects.count() == 1


def test_a_return_is_used_once_and_by_the_browser_that_left(patient, provider):
    client, other = signed_in(patient), signed_in(people.a_patient(identified_by=""))
    address = journey(client)
    stolen = come_back(other, address)
    assert stolen["X-Error-Code"] == "IDENTITY_NOT_PROVEN"
    assert come_back(client, address).status_code == 302
    again = come_back(client, address)
    assert again["X-Error-Code"] == "IDENTITY_NOT_PROVEN"
    assert IdentityProof.objects.get().patient_id == patient.id


def test_an_address_of_e_mail_joins_nobody_verified_or_not(patient, provider):
    owner = people.a_patient(identified_by="", email="camille@ailleurs.exemple")
    provider.lies(person={"email_verified": True})
    client = signed_in(patient)
    come_back(client, journey(client))
    assert is_identified(patient.id, people.now())
    assert not is_identified(owner.id, people.now())
    assert Account.objects.count() == 2


def test_a_provider_of_another_name_or_away_is_not_asked(patient, provider, settings):
    provider.lies(issuer="https://autre.exemple")
    client = signed_in(patient)
    assert client.get("/dossier/identite/")["X-Error-Code"] == "IDENTITY_NOT_PROVEN"
    settings.IDENTITY_PROVIDER = settings.IDENTITY_PROVIDER.__class__(
        issuer="http://127.0.0.1:9/", client_id="a", client_secret="b", acr=("eidas1",), name="X"
    )
    away = client.get("/dossier/identite/")
    assert (away.status_code, away["X-Error-Code"]) == (503, "IDENTITY_PROVIDER_AWAY")


def test_what_leaves_asks_for_a_level_and_keeps_the_secret(patient, provider):
    left = signed_in(patient).get("/dossier/identite/").url
    query = parse_qs(urlsplit(left).query)
    assert query["acr_values"] == ["eidas1 eidas2"] and query["scope"][0].startswith("openid ")
    assert "email" not in query["scope"][0]
    assert "secret" not in left and "code_verifier" not in left
    for told in ("Camille", str(patient.id), patient.account.email):
        assert told not in left


def test_without_a_provider_there_is_no_such_page(patient, settings):
    settings.IDENTITY_PROVIDER = None
    client = signed_in(patient)
    assert client.get("/dossier/identite/").status_code == 404
    assert "Prouver mon identité" not in client.get("/dossier/").content.decode()


def test_only_a_patient_goes_there_and_only_with_a_file(database, provider):
    physician = people.a_physician()
    assert signed_in(physician).get("/dossier/identite/").status_code == 404


def test_what_the_patient_takes_back_is_over_at_once(patient, provider):
    client = signed_in(patient)
    come_back(client, journey(client))
    assert client.post("/dossier/identite/retirer/").status_code == 302
    assert not is_identified(patient.id, people.now())
    assert not IdentityProof.objects.exists()
    assert Entry.objects.filter(type="patient.unidentified").count() == 1
