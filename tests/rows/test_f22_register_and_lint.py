"""F22: a register of what the public is told, and a lint over every word of it."""

import re

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from audit.law import packs
from audit.models import Entry
from broker.queries import texts
from broker.rules import may_be_said
from broker.screen import text_facts
from tests.broker.test_public_words import NOW, said
from tests.catalogues import interfaces
from tests.people import an_account
from tests.rows.test_s19_public_texts import browser


@pytest.mark.parametrize("one", texts.shipped(), ids=lambda one: f"{one.key}-{one.language}")
def test_each_shipped_text_passes_every_rule_without_a_flag(one):
    decision = may_be_said(facts=text_facts(one.body), at=NOW, pack=packs.load())
    assert (decision.refusing, decision.flags) == ((), ())


@pytest.mark.parametrize("key", texts.page_keys())
def test_both_languages_say_the_same_things_in_the_same_order(key):
    french, english = (
        next(one.body for one in texts.shipped() if (one.key, one.language) == (key, language))
        for language in texts.LANGUAGES
    )
    for shape in (r"^#+ ", r"^- ", r"\{#[a-z-]+\}", r"\{[a-z_]+\}", r"\]\([^)]+\)"):
        found = [re.findall(shape, body, re.M) for body in (french, english)]
        assert found[0] == found[1], shape


def test_what_mails_and_the_frame_of_pages_say_is_in_the_texts_that_are_approved():
    for language, text in interfaces().items():
        shipped = next(
            one for one in texts.shipped() if (one.key, one.language) == ("interface", language)
        )
        assert shipped.body == text, "run: python -m tests.catalogues"


def test_sentences_of_the_interface_are_not_changed_on_a_page(database):
    call_command("publish")
    operator = browser(an_account("operator"))
    assert operator.get("/operateur/textes/interface/fr/").status_code == 200
    body = {"body": "# Interface\n\n- Autre chose\n"}
    assert operator.post("/operateur/textes/interface/fr/", body).status_code == 404


def test_the_hash_under_a_page_is_the_one_in_the_log(database):
    call_command("publish")
    page = Client().get("/responsabilites/").content.decode()
    digest = re.search(r'data-sha256="([0-9a-f]{64})"', page)[1]
    shown = texts.published("responsabilites", "fr", timezone.now())
    assert digest == shown.sha256 == texts.digest(shown.body)
    entries = [
        bytes(body).decode()
        for body in Entry.objects.filter(type="text.approved").values_list("body", flat=True)
    ]
    assert sum(digest in entry for entry in entries) == 1
    assert not any("exploitant de cette machine" in entry for entry in entries), "no name there"


def test_a_text_altered_behind_the_registers_back_is_not_shown(database, monkeypatch):
    call_command("publish")
    monkeypatch.setattr("broker.queries.texts.digest", lambda body: "0" * 64)
    assert 'data-text=""' in Client().get("/tarifs/").content.decode()


def test_every_reason_of_every_rule_is_a_sentence_that_a_person_can_read():
    for rule in packs.load().rules:
        for reason in (rule.reason_fr, rule.reason_en):
            assert reason[0].isupper() and reason[-1] in ".!", rule.id
            assert 20 <= len(reason) <= 400, rule.id
            assert not re.search(r"[_{}<>]|\b[a-z]+-[a-z]+-[a-z]+-[a-z]+\b", reason), rule.id
        assert rule.reason_fr != rule.reason_en


def test_the_lint_reads_the_shipped_texts_too():
    assert {f"broker/texts/{one.language}/{one.key}.md" for one in texts.shipped()} <= {
        where for where, _ in said()
    }
