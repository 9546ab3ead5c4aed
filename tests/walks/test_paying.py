"""The quote and its two payments as pages: what is said, what is wrong, and each way on."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.test import Client

from audit.facts import SYSTEM
from billing.actions import onboarding
from billing.actions.releasing import release_quote
from billing.models import Acceptance, ConnectedAccount, Leg, Quote
from billing.money import LONE_HOLD_SECONDS
from broker.actions.faults import Moved
from broker.actions.paying import accept
from consults.models import Question
from tests.billing.walk import browse
from tests.people import now
from tests.walks.faces import PatientFace, hidden
from tests.walks.test_one_question import worked

DECLINED = "4000000000000002"


@pytest.fixture
def asked(patient: PatientFace, physician: object) -> PatientFace:
    """The patient before their quote of 15,00 € and 1,80 €."""
    assert patient.asks(f"treating:{physician.person.id}").status_code == 302  # type: ignore[attr-defined]
    return patient


def page(client: Client, address: str) -> str:
    """A page as it is read, its spaces all alike."""
    answer = client.get(address, follow=True)
    assert answer.status_code == 200, address
    return str(answer.content.decode()).replace("\xa0", " ").replace("\u202f", " ")


def test_the_quote_says_who_how_much_to_whom_by_when_and_what_comes_with_it(asked, physician):
    said = page(asked.client, asked.at("devis/"))
    for words in (
        physician.person.physician.name, "15,00 €", "1,80 €", "16,80 €", "1,50 € hors taxes",
        "48 h", "Devis valable jusqu’au", 'id="cover"', "pendant 30 jours",
        "virement, chèque ou espèces", "Commander avec obligation de paiement",
    ):  # fmt: skip
        assert words in said, words
    assert " checked" not in said


def test_what_is_to_be_known_is_said_once_between_the_choice_and_the_button(asked):
    said = page(asked.client, asked.at("devis/"))
    assert said.count('id="avant-de-commander"') == said.count('id="destinataire"') == 1
    places = ('name="settlement"', 'id="avant-de-commander"', "Commander avec obligation")
    assert sorted(places, key=said.index) == list(places)
    assert "Un échange et sa question de suite" in said


def test_an_order_without_a_way_to_settle_says_so_beside_the_choice(asked):
    shown = page(asked.client, asked.at("devis/"))
    form = {name: hidden(shown, name) for name in ("quote", "shown_at")}
    answer = asked.client.post(asked.at("devis/"), form)
    again = answer.content.decode()
    assert (answer.status_code, answer["X-Error-Code"]) == (422, "NO_SETTLEMENT_CHOSEN")
    assert 'href="#reglement"' in again and 'aria-describedby="reglement-error"' in again
    assert again.count("Choisissez un mode de règlement.") == 2


def test_an_order_that_does_not_ask_to_begin_at_once_says_so_beside_the_choice(asked):
    shown = page(asked.client, asked.at("devis/"))
    form = {name: hidden(shown, name) for name in ("quote", "shown_at")}
    answer = asked.client.post(asked.at("devis/"), form | {"settlement": "card"})
    again = answer.content.decode()
    assert (answer.status_code, answer["X-Error-Code"]) == (422, "BEGINNING_NOT_ASKED")
    assert 'href="#debut"' in again and 'aria-describedby="debut-error"' in again
    assert not Acceptance.objects.exists()


def test_the_payments_show_both_parts_their_total_and_which_of_the_two_comes(asked, physician):
    asked.accepts()
    first = page(asked.client, asked.at("paiement/"))
    assert "Paiement 1 sur 2" in first and "Réserver 15,00 €" in first
    assert physician.person.physician.name in first and "16,80 €" in first
    asked.pays(1)
    second = page(asked.client, asked.at("paiement/"))
    assert "Paiement 2 sur 2" in second and "Réserver 1,80 €" in second
    held = Leg.objects.get(party="honoraires").authorised_at
    until = (held + timedelta(seconds=LONE_HOLD_SECONDS)).astimezone().strftime(":%M")
    assert "il reste la seconde" in second and f"{until}, la première est annulée" in second
    assert "Reprendre le règlement" in page(asked.client, asked.at())


def test_a_declined_card_is_said_and_another_card_or_another_way_is_offered(asked):
    asked.accepts()
    opened = asked.client.post(asked.at("paiement/1/"))
    browse(opened.url, number=DECLINED)
    asked.client.get(asked.at("retour/"))
    said = page(asked.client, asked.at("paiement/"))
    assert "La carte a été refusée" in said and "Régler autrement" in said
    asked.pays(1)
    assert "Paiement 2 sur 2" in page(asked.client, asked.at("paiement/"))
    opened = asked.client.post(asked.at("paiement/2/"))
    browse(opened.url, number=DECLINED)
    asked.client.get(asked.at("retour/"))
    said = page(asked.client, asked.at("paiement/"))
    assert "La carte a été refusée" in said and "la première est annulée" in said


def test_a_physician_whose_account_closes_before_the_payment_is_settled_at_the_practice(
    asked, physician, sandbox, settings
):
    asked.accepts()
    account = ConnectedAccount.objects.get().stripe_account
    act = json.dumps({"account": account})
    sandbox.sandbox.control("POST", "/_sandbox/account/restrict", act)
    onboarding.refresh_account(stripe_account=account, now=now())
    said = page(asked.client, asked.at("paiement/"))
    assert "ne prend plus la carte" in said and "Réserver 15" not in said
    assert "régler ses honoraires à son cabinet" in said and "Nouveau devis" in said
    settings.SETTLEMENTS = ("card",)
    said = page(asked.client, asked.at("paiement/"))
    assert "Revenez ici plus tard" in said
    assert "à son cabinet" not in said and "Nouveau devis" not in said
    settings.SETTLEMENTS = ("card", "off_platform")
    asked.client.post(asked.at("devis/nouveau/"))
    assert asked.accepts("off_platform").status_code == 302
    assert "Paiement 1 sur 1" in page(asked.client, asked.at("paiement/"))


def test_whoever_ordered_by_card_may_settle_at_the_practice_after_all(asked):
    asked.accepts()
    asked.pays(1)
    first = Quote.objects.get()
    answer = asked.client.post(asked.at("devis/nouveau/"))
    assert answer.url == asked.at("devis/")
    assert "Commander" in page(asked.client, asked.at("devis/"))
    assert page(asked.client, asked.at("paiement/")).count("Commander") == 1, "led to the quote"
    assert asked.accepts("off_platform").status_code == 302
    old = Leg.objects.get(quote=first, party="honoraires")
    assert Acceptance.objects.count() == 2 and old.state == "authorised"
    said = page(asked.client, asked.at("paiement/"))
    assert "Paiement 1 sur 1" in said and "Au cabinet, après la réponse" in said
    asked.pays(2)
    assert asked.state()["state"] == "queued"


def test_a_withdrawn_question_says_that_nothing_is_paid_and_promises_no_answer(asked):
    asked.accepts()
    assert "En attente de votre règlement" in page(asked.client, asked.at())
    asked.pays(1)
    asked.pays(2)
    assert "Réponse avant" in page(asked.client, asked.at())
    asked.client.post(asked.at("retirer/"), {"reason": "patient-changed-mind"})
    worked()
    said = page(asked.client, asked.at())
    assert "Question retirée" in said and "Réponse avant" not in said
    assert "Question retirée" in page(asked.client, asked.at("paiement/")), "no new quote of it"
    assert 'data-kept="0"' in said and "Facturer les frais" not in said


def test_a_new_quote_after_a_lost_hold_can_be_accepted(asked):
    asked.accepts()
    asked.pays(1)
    with transaction.atomic():
        release_quote(quote_id=Quote.objects.get().id, reason="lone-hold", actor=SYSTEM, now=now())
    worked()
    lost = page(asked.client, asked.at("paiement/"))
    assert "Une réservation a expiré" in lost and "reprendre ici" not in lost
    assert "Une réservation a expiré" in page(asked.client, asked.at())
    asked.client.post(asked.at("devis/nouveau/"))
    assert "Commander" in page(asked.client, asked.at("devis/"))


def test_a_question_in_its_physicians_queue_keeps_the_quote_it_came_under(asked):
    asked.accepts()
    asked.client.post(asked.at("devis/nouveau/"))  # another tab asks for another quote
    asked.pays(1)
    asked.pays(2)
    assert asked.state()["state"] == "queued"
    newest = Quote.objects.order_by("-issued_at").first()
    with pytest.raises(Moved, match="WRONG_STATE"):
        accept(
            question_id=asked.question, quote_id=newest.id, settlement="card", shown_at=now(),
            actor=asked.person.actor, now=now(),
        )  # fmt: skip
    agreed = Acceptance.objects.get().quote_id
    assert {leg.quote_id for leg in Leg.objects.all()} == {agreed}
    assert Question.objects.get().physician_id == newest.physician


def test_a_quote_past_its_term_orders_nothing_and_leads_to_a_new_one(asked, monkeypatch):
    tomorrow = SimpleNamespace(now=lambda: now() + timedelta(hours=25))
    monkeypatch.setattr("broker.views.paying.timezone", tomorrow)
    said = page(asked.client, asked.at("devis/"))
    assert "Ce devis n’est plus valable" in said and "Rien n’est réservé ni débité" in said
    assert "Demander un nouveau devis" in said and "Commander" not in said.split("<main")[1]
    assert "16,80 €" in said
