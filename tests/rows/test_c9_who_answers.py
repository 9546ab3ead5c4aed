"""C9: before paying, a page says who answers for what, how to complain, and what comes back."""

import json

from django.core.management import call_command
from django.test import Client

from audit.models import Entry
from billing.models import Acceptance
from broker.queries import texts
from tests.people import now


def test_the_page_names_each_party_the_complaint_with_its_deadline_and_the_refund(database):
    call_command("publish")
    page = Client().get("/responsabilites/").content.decode()
    for heading in ("Le médecin", "La plateforme", "Le prestataire de paiement"):
        assert f"<h2>{heading}</h2>" in page
    for anchor in ("retractation", "restitution", "reclamation"):
        assert f'id="{anchor}"' in page
    assert "trente jours" in page and "médiateur de la consommation" in page


def test_the_publisher_and_the_mediator_come_from_the_configuration(database, settings):
    settings.PUBLISHER, settings.MEDIATOR = "Conseil & Fils, Paris", "Médiateur <M>"
    call_command("publish")
    page = Client().get("/responsabilites/").content.decode()
    assert "Conseil &amp; Fils, Paris" in page and "Médiateur &lt;M&gt;" in page


def test_the_quote_leads_to_that_page_and_its_hash_is_accepted_with_the_quote(patient, physician):
    call_command("publish")
    patient.asks(f"treating:{physician.person.id}")
    quote = patient.client.get(patient.at("devis/")).content.decode()
    terms = texts.published("responsabilites", "fr", now())
    assert 'href="/responsabilites/"' in quote and terms.sha256 in quote
    patient.accepts()
    assert Acceptance.objects.get().terms_sha256 == terms.sha256
    entry = json.loads(bytes(Entry.objects.get(type="quote.accepted").body))
    assert entry["data"]["terms_sha256"] == terms.sha256
