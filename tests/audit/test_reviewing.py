"""The reviewers' door: their council and no other, every read recorded, every entry proven."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client

from audit import verifier
from audit.actions import record
from audit.actions.reviewing import admit_reviewer, dismiss_reviewer, name_council
from audit.facts import SYSTEM, Actor
from audit.models import Account, Council, CouncilUserPermission, Entry
from tests.audit.test_verifier import BILLED, decided, story

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def reviewer(*codes, strong=True, kind="reviewer"):
    """A signed-in reviewer of these councils."""
    account = Account.objects.create_user(f"{uuid4().hex}@ordre.fr", kind=kind)
    for code in codes:
        with transaction.atomic():
            now = datetime.now(UTC)
            council = name_council(code=code, name=code, actor=SYSTEM, now=now)
            admit_reviewer(account=account, council=council, actor=SYSTEM, now=now)
    client = Client()
    client.force_login(account, backend=BACKEND)
    if strong:
        session = client.session
        session["strong_at"] = datetime.now(UTC).isoformat()
        session.save()
    return client, account


def told(subject, entries):
    """Write the entries of a made-up story into the real log."""
    for scope, body in entries:
        with transaction.atomic():
            record(
                type=body["type"],
                subject=subject,
                scope=scope,
                actor=Actor("physician", uuid4()),
                now=datetime.now(UTC),
                data=body["data"],
                decision=decided(**BILLED) if "decision" in body else None,
            )


@pytest.fixture
def question(database):
    """One billed question of Paris."""
    subject = uuid4()
    told(subject, story(subject))
    return subject


def test_a_reviewer_sees_the_questions_of_their_council(question):
    client, _ = reviewer("75")
    page = client.get("/ordre/").content.decode()
    assert f"/ordre/{question}/" in page and "Honoraires dus" in page
    shown = client.get(f"/ordre/{question}/").content.decode()
    for words in ("Devis accepté", "30,00", "5,00", "ground-on-call-duty", "receivable"):
        assert words in shown, words


def test_another_councils_question_is_not_there(question):
    client, _ = reviewer("69")
    assert str(question) not in client.get("/ordre/").content.decode()
    for path in ("", "preuves.json"):
        assert client.get(f"/ordre/{question}/{path}").status_code == 404
    assert client.post(f"/ordre/{question}/verifier/").status_code == 404
    assert client.get(f"/ordre/{uuid4()}/").status_code == 404


def test_a_reading_opens_no_door_for_another_council(question):
    both, _ = reviewer("75", "69")
    assert both.get(f"/ordre/{question}/").status_code == 200
    client, _ = reviewer("69")
    assert client.get(f"/ordre/{question}/").status_code == 404


def test_the_national_council_sees_every_scope(question):
    client, _ = reviewer("national")
    assert client.get(f"/ordre/{question}/").status_code == 200


@pytest.mark.parametrize("kind", ["patient", "physician", "operator"])
def test_nobody_else_comes_in(question, kind):
    client, _ = reviewer(kind=kind)
    assert client.get("/ordre/").status_code == 404
    assert client.get(f"/ordre/{question}/").status_code == 404


def test_a_stranger_is_asked_to_sign_in(database):
    answer = Client().get("/ordre/")
    assert answer.status_code == 302 and "/compte/login/" in answer["Location"]


def test_a_reviewer_without_a_second_factor_is_asked_for_it(question):
    client, _ = reviewer("75", strong=False)
    answer = client.get(f"/ordre/{question}/")
    assert answer.status_code == 302 and "/compte/2fa/" in answer["Location"]
    assert not Entry.objects.filter(type="record.read").exists()


def test_a_dismissed_reviewer_sees_nothing_more(question):
    client, account = reviewer("75")
    with transaction.atomic():
        dismiss_reviewer(
            account=account, council=Council.objects.get(), actor=SYSTEM, now=datetime.now(UTC)
        )
    assert not CouncilUserPermission.objects.exists()
    assert client.get(f"/ordre/{question}/").status_code == 404


def test_a_right_slipped_in_by_hand_leaves_its_entry_all_the_same(database):
    _, account = reviewer("75")
    Entry.objects.filter(type="reviewer.admitted", subject=account.subject).get()
    assert not Entry.objects.filter(type="rights.changed").exists()
    CouncilUserPermission.objects.all().delete()
    changed = Entry.objects.get(type="rights.changed")
    assert changed.subject == account.subject


def test_every_read_is_an_entry_before_the_page_is_shown(question):
    client, account = reviewer("75")
    client.get(f"/ordre/{question}/")
    entry = Entry.objects.get(type="record.read")
    said = json.loads(bytes(entry.body))
    assert entry.subject == question and said["actor"]["id"] == str(account.subject)
    assert "Lecture par un contrôleur" in client.get(f"/ordre/{question}/").content.decode()


def test_the_button_proves_every_signed_entry(question, signed):
    client, _ = reviewer("75")
    signed()
    page = client.post(f"/ordre/{question}/verifier/").content.decode()
    assert "Le journal est intact." in page and page.count("badge--good") == 11


def test_the_button_names_a_falsified_entry(question, signed, superuser):
    client, _ = reviewer("75")
    signed()
    index = Entry.objects.get(type="answer.given", subject=question).leaf.index
    superuser.execute("ALTER TABLE audit_entry DISABLE TRIGGER ALL")
    superuser.execute("UPDATE audit_entry SET at = now() WHERE type LIKE 'answer%'")
    superuser.execute("ALTER TABLE audit_entry ENABLE TRIGGER ALL")
    page = client.post(f"/ordre/{question}/verifier/").content.decode()
    assert "Le journal a été altéré." in page and f"Premier index faux\u00a0: {index}" in page


def test_the_proofs_can_be_checked_elsewhere(question, signed, places, tmp_path):
    client, _ = reviewer("75")
    signed()
    answer = client.get(f"/ordre/{question}/preuves.json")
    file = tmp_path / "preuves.json"
    file.write_bytes(answer.content)
    key = places.private.path / "signer.vkey"
    report = verifier.verify_proofs(file.read_bytes(), key=key.read_text())
    assert report.ok and report.size == 11, report.why
    assert verifier.main([str(file), "--key", str(key)]) == 0
    bent = json.loads(answer.content)
    bent["entries"][4]["path"][0] = bent["entries"][3]["path"][-1]
    report = verifier.verify_proofs(json.dumps(bent).encode(), key=key.read_text())
    assert (report.ok, report.bad_index) == (False, bent["entries"][4]["index"])
    assert client.get("/ordre/cle.vkey").content.decode() == key.read_text()
    assert client.get("/ordre/verifier.py").content.startswith(b'"""Verify an export')


def test_the_pages_hold_no_name(question):
    client, _ = reviewer("75")
    patient = Account.objects.create_user("camille@exemple.fr")
    for path in ("/ordre/", f"/ordre/{question}/"):
        page = client.get(path).content.decode()
        assert patient.email not in page and str(patient.id) not in page
