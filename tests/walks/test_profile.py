"""Physicians acknowledge how the law is read here before they take a question."""

import json

import pytest
from django.test import Client

from audit.law import packs, profiles
from audit.models import Entry
from broker.actions.sweeping import sweep
from consults.models import ProfileAcknowledgement
from consults.queries import acknowledged_by, profile_in_force
from tests import people
from tests.walks.faces import HOST, PatientFace, PhysicianFace, hidden, signed_in

PAGE = "/file/lecture-du-droit/"


@pytest.fixture
def newcomer(database):
    person = people.a_physician(without=("profile",))
    return PhysicianFace(person, signed_in(person))


def acknowledges(face, **changed):
    page = face.client.get(PAGE).content.decode()
    form = {"sha256": hidden(page, "sha256"), "read": "1"}
    return face.client.post(PAGE, form | changed)


def a_question(face):
    person = people.a_patient()
    people.linked(person, face.person)
    return people.queued(person, face.person), PatientFace(person, signed_in(person))


def test_a_claim_is_refused_and_recorded_until_it_is_acknowledged(newcomer):
    question_id, asking = a_question(newcomer)
    answer = newcomer.claims(question_id)
    assert (answer.status_code, answer["X-Error-Code"]) == (409, "PROFILE_NOT_ACKNOWLEDGED")
    entry = Entry.objects.get(type="claim.refused")
    said = json.loads(bytes(entry.body))["data"]
    assert said["code"] == "PROFILE_NOT_ACKNOWLEDGED"
    assert said["sha256"] == profile_in_force().sha256
    refused = asking.asks(f"treating:{newcomer.person.id}")
    assert refused["X-Error-Code"] == "NO_ELIGIBLE_PRESENT"
    assert acknowledges(newcomer).status_code == 302
    assert newcomer.claims(question_id).status_code == 302
    assert asking.asks(f"treating:{newcomer.person.id}").status_code == 302


def test_the_page_says_in_plain_words_what_it_means(newcomer):
    page = newcomer.client.get(PAGE).content.decode()
    assert "n’est facturable que sur la position de l’Ordre de février 2016" in page
    assert profile_in_force().sha256 in page
    assert "Lire et prendre acte" in newcomer.client.get("/file/").content.decode()
    acknowledges(newcomer)
    assert "Lire et prendre acte" not in newcomer.client.get("/file/").content.decode()


def test_it_is_recorded_with_the_second_factor(newcomer):
    acknowledges(newcomer)
    row = ProfileAcknowledgement.objects.get()
    assert row.strong_at <= row.acknowledged_at
    assert Entry.objects.filter(type="profile.acknowledged").count() == 1
    weak = Client(headers={"host": HOST})
    weak.force_login(
        newcomer.person.account, backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    assert weak.post(PAGE, {"sha256": row.sha256, "read": "1"}).status_code == 403


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"read": ""}, 422, "FIELD_INVALID"),
        ({"sha256": "0" * 64}, 409, "PROFILE_MOVED"),
        ({"sha256": "love"}, 422, "FIELD_INVALID"),
    ],
)
def test_only_what_was_on_the_page_can_be_acknowledged(newcomer, changed, status, code):
    answer = acknowledges(newcomer, **changed)
    assert (answer.status_code, answer["X-Error-Code"]) == (status, code)
    assert not ProfileAcknowledgement.objects.exists()


def test_another_profile_is_another_reading(newcomer, settings):
    acknowledges(newcomer)
    ids = [newcomer.person.id]
    assert acknowledged_by(ids, people.now()) == set(ids)
    settings.PROFILE = "strict"
    assert acknowledged_by(ids, people.now()) == set()
    assert "a changé depuis" in newcomer.client.get(PAGE).content.decode()
    assert "toujours gratuit" in newcomer.client.get(PAGE).content.decode()
    acknowledges(newcomer)
    settings.PROFILE = "cnom2016"  # and back: what was acknowledged of it still stands
    assert acknowledged_by(ids, people.now()) == set(ids)


def test_a_question_already_in_hand_is_not_taken_away_when_the_reading_changes(newcomer, settings):
    acknowledges(newcomer)
    question_id, _ = a_question(newcomer)
    assert newcomer.claims(question_id).status_code == 302
    settings.PROFILE = "strict"
    sweep(now=people.now())
    assert newcomer.claims(question_id).status_code == 302  # the same lease, renewed


def test_the_hash_follows_the_words_the_definition_and_the_grounds(monkeypatch):
    pack = packs.load()
    now = profiles.meaning(pack, "cnom2016")
    assert "ground-cnom-personalised-teleadvice" in now.grounds
    strict = profiles.meaning(pack, "strict").grounds
    assert not {one for one in strict if one.startswith(("ground-cnom", "ground-on-call"))}
    words = profiles._words()
    changed = {**words["cnom2016"], "says_fr": ["Tout se facture."]}
    monkeypatch.setattr(profiles, "_words", lambda: {**words, "cnom2016": changed})
    assert profiles.meaning(pack, "cnom2016").sha256 != now.sha256
    monkeypatch.undo()
    body = {**pack.body, "rules": [r for r in pack.body["rules"] if "on-call" not in r["id"]]}
    assert profiles.meaning(packs.from_body(body), "cnom2016").sha256 != now.sha256


def test_every_profile_of_the_pack_is_explained_in_both_languages():
    for name in packs.load().profiles:
        shown = profiles.meaning(packs.load(), name)
        assert shown.title["fr"] and shown.title["en"]
        assert len(shown.says["fr"]) == len(shown.says["en"]) > 0
