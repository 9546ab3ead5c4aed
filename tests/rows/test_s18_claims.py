"""S18, Qare 2018: cover is never claimed; it is computed for each question, by rule and date."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pypdf import PdfReader

from audit.law import packs
from billing.models import Quote, Receipt
from billing.queries.cover import statement
from billing.rules import BARS, cover
from broker.screen import heard_in
from tests.broker.test_public_words import said
from tests.people import an_account
from tests.rows.proving import proving
from tests.rows.test_s19_public_texts import browser
from tests.walks.test_one_question import worked

CLAIMS = (
    "# Accueil\n\nVotre question écrite est remboursée à 70 %.\n",
    "# Accueil\n\nUne téléconsultation par messagerie, prise en charge par la Sécu.\n",
    "# Home\n\nCovered by your health insurance.\n",
    "# Accueil\n\nTiers payant, aucun reste à charge.\n",
)


def on(day: str, channel: str = "written"):
    at = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    return cover(channel=channel, at=at, pack=packs.load())


@pytest.mark.parametrize(
    ("day", "rule"),
    [
        ("2017-06-01", ""),
        ("2018-09-14", ""),
        ("2018-09-15", "tc-code-needs-video"),
        ("2026-11-21", "tc-code-needs-video"),
    ],
)
def test_the_statement_names_the_rule_of_its_own_day(day, rule):
    assert (on(day).code, on(day).rule) == ("not-reimbursed", rule)


def test_it_is_computed_another_channel_has_another_reason():
    assert on("2019-06-01", "video").rule == "tc-pathway-known-patient-2018"
    assert on("2022-06-01", "video").rule == "tc-pathway-alternation-territory-2021"
    assert all(packs.load().rule(rule) for rule in BARS)


def test_no_day_and_no_channel_ever_gives_cover():
    day = datetime(2004, 1, 1, 12, tzinfo=UTC)
    while day.year < 2027:
        for channel in ("written", "phone", "video"):
            assert cover(channel=channel, at=day, pack=packs.load()).code == "not-reimbursed"
        day += timedelta(days=97)


def test_the_statement_is_said_with_its_article_in_both_languages():
    at = datetime(2026, 11, 21, 12, tzinfo=UTC)
    french, english = statement(at, "fr"), statement(at, "en")
    assert french.reason == "Un échange écrit n’est pas une téléconsultation remboursable."
    assert english.reason.startswith("A written exchange is not")
    assert french.article == english.article == "Convention médicale, avenant 6"


def test_quote_thread_receipt_and_paper_carry_the_computed_statement(patient, physician):
    patient.asks(f"treating:{physician.person.id}")
    computed = 'id="cover" data-rule="tc-code-needs-video"'
    assert computed in patient.client.get(patient.at("devis/")).content.decode()
    assert Quote.objects.get().reimbursement == "not-reimbursed"
    patient.accepts()
    for number in (1, 2):
        patient.pays(number)
    physician.claims(patient.question)
    physician.answers(patient.question)
    worked()
    assert computed in patient.client.get(patient.at()).content.decode()
    papers = list(Receipt.objects.all())
    assert len(papers) == 2
    for paper in papers:
        page = f"/recus/{paper.id}/"
        assert computed in patient.client.get(page).content.decode()
        pdf = PdfReader(io.BytesIO(patient.client.get(f"{page}pdf/").content))
        said_there = " ".join(pdf.pages[0].extract_text().split())
        assert "Un échange écrit n’est pas une téléconsultation remboursable" in said_there


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_public_text_that_claims_cover_is_refused_in_four_parts(
    database, claim, sandbox, tmp_path
):
    proof = proving(sandbox, tmp_path)
    answer = browser(an_account("operator")).post("/operateur/textes/accueil/fr/", {"body": claim})
    proof.refused(answer, "REIMBURSEMENT_CLAIM")


def test_no_text_of_the_product_claims_cover():
    claims = [
        (where, sentence)
        for where, sentence in said()
        if "copy_claims_reimbursed" in heard_in(sentence)
    ]
    assert claims == []


def test_the_pages_that_speak_of_cover_compute_it(database):
    Client().get("/tarifs/")
    for language in ("fr", "en"):
        body = next(
            text for where, text in said() if where == f"broker/texts/{language}/tarifs.md"
        )
        assert "{statement}" in body
