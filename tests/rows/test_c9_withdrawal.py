"""C9: what is said before an order, what confirms it, how one withdraws, what was agreed."""

import asyncio
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from audit.models import Entry
from billing.models import Acceptance, Confirmation, Leg, Quote
from broker.actions import confirming
from broker.actions.confirming import confirm_due
from broker.actions.publishing import approve_text, propose_text
from broker.actions.resting import REST
from broker.models import PublicText
from broker.queries.mails import orders_untold
from consults.models import Question
from tests import people
from tests.broker.test_races import both_at_once
from tests.consults.postbox import Postbox, delivering
from tests.people import now
from tests.ports import free_port
from tests.walks.faces import signed_in
from tests.walks.test_one_question import worked

SECRET = ("Médecine générale", "Dr ", "dose", people.ACCEPTED[:25])


@pytest.fixture
def post(settings):
    """A real mail server; the house's mails go there."""
    with delivering(Postbox(), settings) as box:
        yield box


def plain(page: bytes) -> str:
    return page.decode().replace("\xa0", " ").replace("\u202f", " ")


def test_before_the_order_the_page_says_what_the_consumer_code_asks(patient, physician, settings):
    settings.MEDIATOR = "Médiateur d’essai, Paris"
    patient.asks(f"treating:{physician.person.id}")
    said = plain(patient.client.get(patient.at("devis/")).content)
    assert said.count('id="avant-de-commander"') == 1  # right above its button
    before = said.split('id="avant-de-commander"')[1].split("</section>")[0]
    for words in (
        physician.person.physician.name, settings.ISSUER.name, settings.ISSUER.siren, "48 h",
        "16,80 €", "15,00 €", "1,80 €", "sans abonnement", "quatorze jours", "L.221-2, 2°",
        "Renoncer au contrat ici", "trente jours", "Médiateur d’essai, Paris",
    ):  # fmt: skip
        assert words in before, words
    tick = said.split('name="begins_at_once"')[1].split(">")[0]
    assert "required" in tick and "checked" not in tick
    assert "L.221-25 et L.221-28, 1°" in said
    assert ">Commander avec obligation de paiement</button>" in said


def test_without_the_request_to_begin_at_once_nothing_is_ordered(patient, physician, sandbox):
    patient.asks(f"treating:{physician.person.id}")
    shown = patient.client.get(patient.at("devis/")).content.decode()
    form = {
        name: shown.split(f'name="{name}" value="')[1].split('"')[0]
        for name in ("quote", "shown_at")
    }
    answer = patient.client.post(patient.at("devis/"), form | {"settlement": "card"})
    assert (answer.status_code, answer["X-Error-Code"]) == (422, "BEGINNING_NOT_ASKED")
    assert not Acceptance.objects.exists() and not Leg.objects.exists()
    patient.accepts()
    assert Acceptance.objects.get().begins_at_once is True
    entry = json.loads(bytes(Entry.objects.get(type="quote.accepted").body))
    assert entry["data"]["begins_at_once"] is True


def test_the_order_is_confirmed_by_mail_once_with_its_terms_and_nothing_medical(
    patient, physician, post
):
    call_command("publish")
    patient.asks(f"treating:{physician.person.id}")
    patient.accepts()
    assert confirm_due(now=now()) == 1
    assert confirm_due(now=now()) == 0
    (letter,) = post.letters
    body = plain(letter.get_content().encode())
    quote = Quote.objects.get()
    assert letter["To"] == patient.person.account.email
    assert letter["Message-ID"].startswith(f"<{quote.id}.order@")
    for words in ("obligation de paiement", "15,00 €", "1,80 €", "16,80 €", "L.221-28, 1°",
                  quote.sha256, "# Qui répond de quoi", "Renoncer au contrat ici"):  # fmt: skip
        assert words in body, words
    terms = PublicText.objects.get(key="responsabilites", language="fr").body
    whole = body.replace(plain(terms.encode()), "").replace("\r", "")
    assert [word for word in (*SECRET, physician.person.physician.name) if word in whole] == []
    assert Confirmation.objects.get().kind == "order"


def test_a_withdrawal_frees_both_holds_and_is_acknowledged_with_its_moment(
    patient, physician, post
):
    patient.asks(f"treating:{physician.person.id}")
    patient.accepts()
    patient.pays(1)
    patient.pays(2)
    thread = plain(patient.client.get(patient.at()).content)
    assert ">Renoncer au contrat ici</a>" in thread
    page = plain(patient.client.get(patient.at("retirer/")).content)
    assert ">Confirmer la rétractation</button>" in page and "Vous n’avez pas à le dire" in page
    assert patient.client.post(patient.at("retirer/"), {}).status_code == 302
    worked()
    assert {leg.state for leg in Leg.objects.all()} == {"voided"}
    confirm_due(now=now())
    letter = next(one for one in post.letters if ".withdrawal@" in one["Message-ID"])
    closed = Question.objects.get().closed_at.astimezone(ZoneInfo("Europe/Paris"))
    assert f"{closed:%d/%m/%Y, %H:%M:%S}" in letter.get_content()
    assert confirm_due(now=now()) == 0
    types = list(Entry.objects.values_list("type", flat=True))
    assert types.count("withdrawal.confirmed") == types.count("order.confirmed") == 1


def test_once_answered_the_page_says_why_the_right_has_ended(patient, physician):
    patient.asks(f"treating:{physician.person.id}")
    patient.accepts()
    patient.pays(1)
    patient.pays(2)
    physician.claims(patient.question)
    physician.answers(patient.question)
    said = plain(patient.client.get(patient.at("retirer/")).content)
    assert "ne se retire pas" in said and "L.221-28, 1°" in said and "réclamation" in said
    late = patient.client.post(patient.at("retirer/"), {})
    assert (late.status_code, late["X-Error-Code"]) == (409, "WRONG_STATE")


def test_a_mail_server_that_is_away_is_tried_again_and_nobody_is_told_twice(
    patient, physician, settings
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    patient.asks(f"treating:{physician.person.id}")
    patient.accepts()
    assert confirm_due(now=now()) == 0
    assert not Confirmation.objects.exists()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert confirm_due(now=now()) == 1
    assert confirm_due(now=now()) == 0


def test_an_address_that_refuses_its_mail_holds_up_nobody_elses(walk, monkeypatch):
    monkeypatch.setattr(confirming, "MAILS_A_ROUND", 1)
    walk.accepted()
    other = walk.again()
    other.accepted()
    letters = Particular(refused=Quote.objects.get(question=walk.question).id)
    for _ in range(3):
        confirm_due(now=now(), by=letters)
    assert [one.quote for one in Confirmation.objects.all()] == [
        Quote.objects.get(question=other.question).id
    ]
    assert letters.tried == 1  # and is not asked again at once
    confirm_due(now=now() + REST, by=letters)
    assert letters.tried == 2


def test_two_workers_at_once_send_one_confirmation(walk, settings):
    walk.accepted()
    with delivering(Dawdling(), settings) as box:
        came = both_at_once(lambda: confirm_due(now=now()), lambda: confirm_due(now=now()))
    assert sorted(came) == [0, 1] and len(box.letters) == 1
    assert Confirmation.objects.count() == 1


def test_a_worker_that_read_the_list_before_another_told_tells_nobody_again(
    walk, post, monkeypatch
):
    walk.accepted()
    read = orders_untold(now(), 3)
    assert confirm_due(now=now()) == 1
    monkeypatch.setattr(confirming, "orders_untold", lambda *_: read)
    assert confirm_due(now=now()) == 0 and len(post.letters) == 1


def test_a_slow_mail_server_is_noted_at_the_moment_that_it_took_the_mail(walk, settings):
    walk.accepted()
    with delivering(Dawdling(), settings) as box:
        assert [confirm_due(now=now()) for _ in range(2)] == [1, 0] and len(box.letters) == 1
    assert Confirmation.objects.get().at >= box.took_at


class Dawdling(Postbox):
    """A server that takes its time with every letter, and knows when it took the last."""

    took_at: datetime | None = None

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Take it after a while."""
        await asyncio.sleep(0.8)
        self.took_at = now()
        return await super().handle_DATA(server, session, envelope)


@dataclass
class Particular:
    """A server that takes every mail but those about one quote."""

    refused: UUID
    tried: int = 0

    def carry(self, *, to: list[str], subject: str, body: str, message_id: str) -> None:
        """Take it, or say that there is no such address."""
        if str(self.refused) in message_id:
            self.tried += 1
            raise SMTPRecipientsRefused({to[0]: (550, b"no such user")})


def test_the_mail_says_nothing_was_asked_that_was_not(walk, mailoutbox):
    walk.held()  # by a program, without the request to begin at once
    assert confirm_due(now=now()) == 1
    assert "commence tout de suite" not in mailoutbox[0].body


def test_a_service_that_begins_tells_nobody_of_its_past(patient, physician):
    patient.asks(f"treating:{physician.person.id}")
    patient.accepts()
    assert confirm_due(now=now() + timedelta(days=4)) == 0


def test_what_was_accepted_is_downloaded_later_version_by_version_and_hashes_to_its_name(
    patient, physician
):
    call_command("publish")
    patient.asks(f"treating:{physician.person.id}")
    patient.accepts()
    sha256 = Acceptance.objects.get().terms_sha256
    # Another version is in force since: what was accepted is still there as it was.
    other, _ = propose_text(
        key="responsabilites", language="fr", body="# Qui répond de quoi\n\nAutrement.\n",
        actor=people.an_operator(), now=now(),
    )  # fmt: skip
    approve_text(
        text_id=other.pk, approver="Une autre", valid_from=now(), actor=people.an_operator(),
        now=now(),
    )  # fmt: skip
    assert "Autrement" in patient.client.get("/responsabilites/").content.decode()
    listed = patient.client.get("/compte/consentements/").content.decode()
    address = f"/compte/consentements/conditions/{sha256}/"
    assert address in listed
    answer = patient.client.get(address)
    assert hashlib.sha256(answer.content).hexdigest() == sha256
    assert "Autrement" not in answer.content.decode()
    stranger = signed_in(people.a_patient())
    assert stranger.get(address).status_code == 404
    unread = f"/compte/consentements/conditions/{other.sha256}/"
    assert patient.client.get(unread).status_code == 404
