"""S19: a public text is judged by the rules of its day, approved by another, dated, exported."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from audit.facts import Actor
from audit.law import packs
from audit.models import Account, Entry
from broker.access import appoint_approver, may_approve_texts
from broker.actions import publishing
from broker.actions.faults import Moved
from broker.models import PublicText, TextStep
from broker.queries import texts
from broker.rules import may_be_said
from broker.screen import text_facts
from tests.people import a_reviewer, an_account
from tests.rows.proving import proving

pytestmark = pytest.mark.usefixtures("database")
PAGE = "# Tarifs\n\nDeux lignes et un total, avant votre accord.\n"
CLAIM = "# Tarifs\n\nVotre question est remboursée.\n"
ANNOUNCED = "Le Dr Claire Martin, dermatologue à Lyon, vous présente ses travaux sur l’eczéma."
RATED = "Nos dermatologues, notés 4,9/5 par leurs patients."


def at(year: int, month: int = 6) -> datetime:
    return datetime(year, month, 1, 12, tzinfo=UTC)


def refusing(text: str, moment: datetime) -> set[str]:
    decision = may_be_said(facts=text_facts(text), at=moment, pack=packs.load())
    return {found.rule for found in decision.refusing}


def browser(account: Account) -> Client:
    client = Client()
    client.force_login(account)
    session = client.session
    session["strong_at"] = timezone.now().isoformat()
    session.save()
    return client


@pytest.fixture
def author() -> Account:
    return an_account("operator")


@pytest.fixture
def approver() -> Account:
    account = an_account("operator")
    with transaction.atomic():
        appoint_approver(account)
    return account


def actor(account: Account) -> Actor:
    return Actor("operator", account.subject)


def proposed(author: Account, body: str = PAGE) -> PublicText:
    text, _ = publishing.propose_text(
        key="tarifs", language="fr", body=body, actor=actor(author), now=timezone.now()
    )
    return text


def approved(text: PublicText, approver: Account, **when: datetime) -> TextStep:
    now = timezone.now()
    return publishing.approve_text(
        text_id=text.pk,
        approver="Dr Anne Relit, directrice médicale",
        valid_from=when.get("valid_from", now),
        actor=actor(approver),
        now=now,
    )


def shown(language: str = "fr") -> str:
    page = Client(headers={"Accept-Language": language}).get("/tarifs/")
    assert page.status_code == 200
    return page.content.decode()


@pytest.mark.parametrize(
    ("text", "moment", "rules"),
    [
        (ANNOUNCED, at(2018), {"r4127-19-advertising-ban-2004"}),
        (ANNOUNCED, at(2020, 12), {"r4127-19-advertising-ban-2004"}),
        (ANNOUNCED, at(2021), set()),
        (RATED, at(2018), {"r4127-19-advertising-ban-2004"}),
        (RATED, at(2021), {"r4127-19-1-communication"}),
        ("Votre avis écrit est remboursé.", at(2018), set()),
        ("Votre avis écrit est remboursé.", at(2018, 10), {"no-claim-of-reimbursement"}),
        ("Votre arrêt de travail en ligne", at(2019), {"r4127-19-medicine-is-not-a-trade"}),
        (
            "Votre arrêt de travail en ligne",
            at(2021),
            {"r4127-19-medicine-is-not-a-trade", "no-words-that-sell-sick-leave"},
        ),
    ],
)
def test_a_text_is_judged_by_the_rules_of_its_own_day(text, moment, rules):
    assert refusing(text, moment) == rules


def test_the_ban_of_2004_ends_and_the_rule_of_2020_begins_at_midnight_in_paris():
    before = datetime(2020, 12, 24, 22, 59, 59, tzinfo=UTC)
    assert refusing(RATED, before) == {"r4127-19-advertising-ban-2004"}
    assert refusing(RATED, before + timedelta(seconds=1)) == {"r4127-19-1-communication"}


def test_a_page_without_an_approved_text_shows_none_and_the_operator_is_told(author):
    assert 'data-text=""' in shown()
    text = proposed(author)
    assert 'data-text=""' in shown()
    assert 'id="missing-texts"' in browser(author).get("/operateur/").content.decode()
    assert text.sha256 not in shown()


def test_an_approved_version_is_shown_with_its_approver_and_the_next_one_replaces_it(
    author, approver
):
    first = proposed(author)
    approved(first, approver)
    assert first.sha256 in shown() and "Dr Anne Relit" in shown()
    second = proposed(author, PAGE + "\n## Détail\n\nHonoraires, puis frais.\n")
    assert first.sha256 in shown()
    approved(second, approver)
    assert second.sha256 in shown() and first.sha256 not in shown()
    states = [row["state"] for row in texts.register(timezone.now(), "tarifs", "fr")]
    assert states == ["published", "superseded"]


def test_a_version_approved_for_a_later_day_waits_for_it(author, approver):
    first, second = proposed(author), proposed(author, PAGE + "\nDemain.\n")
    approved(first, approver)
    tomorrow = timezone.now() + timedelta(days=1)
    approved(second, approver, valid_from=tomorrow)
    assert first.sha256 in shown()
    assert texts.published("tarifs", "fr", tomorrow).sha256 == second.sha256


def test_a_withdrawn_version_leaves_its_page_empty_and_no_older_one_returns(author, approver):
    for body in (PAGE, PAGE + "\nEncore.\n"):
        last = proposed(author, body)
        approved(last, approver)
    publishing.withdraw_text(
        text_id=last.pk, approver="Dr Anne Relit", actor=actor(approver), now=timezone.now()
    )
    assert 'data-text=""' in shown()


def test_english_readers_get_the_french_text_until_theirs_is_approved(author, approver):
    approved(proposed(author), approver)
    assert 'lang="fr" data-text="tarifs"' in shown("en")


def test_nobody_approves_their_own_text_and_the_database_says_so_too(author, approver):
    with transaction.atomic():
        appoint_approver(author)
    text = proposed(author)
    with pytest.raises(Moved, match="OWN_TEXT"):
        approved(text, author)
    alone = {"decided_by": author.subject, "approver": "moi", "at": timezone.now()}
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        TextStep.objects.create(
            subject=text.subject, text=text, kind="approved", proposed_by=text.proposed_by,
            valid_from=timezone.now(), **alone,
        )  # fmt: skip
    # Saying that somebody else proposed it does not help: a key holds the row to the version.
    with pytest.raises(IntegrityError, match="as_judged"), transaction.atomic():
        TextStep.objects.create(
            subject=text.subject, text=text, kind="approved", proposed_by=approver.subject,
            valid_from=timezone.now(), **alone,
        )  # fmt: skip


def test_a_refused_text_cannot_be_approved_by_anyone(author, approver):
    text = proposed(author, CLAIM)
    assert text.refused_by == "REIMBURSEMENT_CLAIM"
    with pytest.raises(Moved, match="TEXT_REFUSED"):
        approved(text, approver)
    with pytest.raises(IntegrityError, match="as_judged"), transaction.atomic():
        TextStep.objects.create(
            subject=text.subject, text=text, kind="approved", proposed_by=text.proposed_by,
            decided_by=approver.subject, approver="moi", at=timezone.now(),
            valid_from=timezone.now(),
        )  # fmt: skip


@pytest.mark.parametrize(
    "change", ["UPDATE broker_publictext SET body = 'x'", "DELETE FROM broker_publictext"]
)
def test_a_version_is_never_changed(author, change):
    proposed(author)
    with pytest.raises(Exception, match=r"append-only|permission denied"), transaction.atomic():
        connection.cursor().execute(change)


def test_only_an_operator_with_the_right_approves(author, approver):
    text = proposed(author)
    other = an_account("operator")
    form = {"approver": "Quelqu’un"}
    refused = browser(other).post(f"/operateur/textes/{text.pk}/approuver/", form)
    assert (refused.status_code, refused["X-Error-Code"]) == (403, "NOT_AN_APPROVER")
    done = browser(approver).post(f"/operateur/textes/{text.pk}/approuver/", form)
    assert done.status_code == 302 and text.sha256 in shown()
    call_command("approver", approver.email, "--withdraw")
    assert not may_approve_texts(Account.objects.get(pk=approver.pk))
    call_command("approver", other.email)
    assert may_approve_texts(Account.objects.get(pk=other.pk))
    with pytest.raises(CommandError, match="no operator"):
        call_command("approver", "personne@exemple.test")


def test_a_claim_of_cover_is_refused_in_four_parts(author, sandbox, tmp_path):
    proof = proving(sandbox, tmp_path)
    answer = browser(author).post("/operateur/textes/tarifs/fr/", {"body": CLAIM})
    said = proof.refused(answer, "REIMBURSEMENT_CLAIM").said
    assert said["type"] == "text.refused" and said["data"]["key"] == "tarifs"
    assert "remboursée" not in json.dumps(said)
    page = answer.content.decode()
    assert "Mise en demeure de Qare" in page and "no-claim-of-reimbursement" in page


def test_a_malformed_text_is_not_laid_into_the_register(author):
    for body in ("Sans titre", "# Titre\n\n{prix}\n"):
        answer = browser(author).post("/operateur/textes/tarifs/fr/", {"body": body})
        assert answer.status_code == 422
    assert not PublicText.objects.exists()


def test_the_texts_of_a_release_are_published_under_the_name_that_the_configuration_gives(
    settings,
):
    settings.RELEASE_APPROVER = "Dr Anne Relit, directrice médicale"
    call_command("publish")
    assert texts.unpublished(timezone.now()) == [] and texts.unregistered() == []
    before = Entry.objects.count()
    call_command("publish")
    assert Entry.objects.count() == before
    for address in ("/", "/comment/", "/tarifs/", "/responsabilites/", "/mentions/"):
        for language in ("fr", "en"):
            page = Client(headers={"Accept-Language": language}).get(address).content.decode()
            assert "Dr Anne Relit" in page and 'data-text=""' not in page
            assert f'lang="{language}"' in page and "{" not in page.split("<main")[1]


def test_without_a_named_approver_a_release_only_proposes(settings):
    settings.RELEASE_APPROVER = ""
    assert {
        outcome for _, outcome in publishing.release_texts(approver="", now=timezone.now())
    } == {"proposed"}
    assert 'data-text=""' in shown()


def test_a_release_never_replaces_the_operators_own_words(author, approver):
    own = proposed(author)
    approved(own, approver)
    outcomes = {
        (text.key, text.language): outcome
        for text, outcome in publishing.release_texts(approver="R", now=timezone.now())
    }
    assert outcomes["tarifs", "fr"] == "proposed" and outcomes["tarifs", "en"] == "approved"
    assert own.sha256 in shown()


def test_the_register_exports_every_version_to_operator_and_reviewer(author, approver):
    approved(proposed(author), approver)
    proposed(author, CLAIM)
    for client, base in (
        (browser(author), "/operateur/textes/"), (browser(a_reviewer()), "/ordre/textes/"),
    ):  # fmt: skip
        rows = client.get(f"{base}registre.json").json()["texts"]
        assert [(row["version"], row["state"]) for row in rows] == [
            (2, "refused"),
            (1, "published"),
        ]
        assert {texts.digest(row["body"]) for row in rows} == {row["sha256"] for row in rows}
        lines = csv.DictReader(io.StringIO(client.get(f"{base}registre.csv").content.decode()))
        assert [line["sha256"] for line in lines] == [row["sha256"] for row in rows]
        assert client.get(f"{base}registre.xml").status_code == 404


def test_patients_and_physicians_do_not_see_the_register_and_a_reviewer_writes_nothing():
    for kind in ("patient", "physician"):
        assert browser(an_account(kind)).get("/operateur/textes/").status_code == 404
    reader = browser(a_reviewer())
    assert reader.get("/ordre/textes/").status_code == 200
    assert reader.get("/ordre/textes/tarifs/fr/").status_code == 200
    assert reader.post("/ordre/textes/tarifs/fr/", {"body": PAGE}).status_code == 404
