"""F5: no way of paying is imposed: both at every offer, and at the practice without a card."""

import pytest
from django.core.checks import run_checks

from billing.actions.quotes import NoConnectedAccount, SettlementUnknown
from billing.models import Acceptance, Leg
from billing.money import TIERS
from tests import people
from tests.billing.walk import Walk
from tests.walks.test_one_question import worked


def test_every_quote_offers_both_ways_and_ticks_neither(patient, physician):
    patient.asks(f"treating:{physician.person.id}")
    page = patient.client.get(patient.at("devis/")).content.decode()
    for way in ("card", "off_platform"):
        assert f'name="settlement" value="{way}" required>' in page
    for way in ("virement", "chèque", "espèces"):
        assert way in page
    assert " checked" not in page


@pytest.mark.parametrize("tier", sorted({*TIERS} - {"live", "express-15"}))
def test_each_kind_of_exchange_may_be_settled_at_the_practice(walk, tier):
    quote = walk.accepted(tier=tier, settlement="off_platform")
    legs = walk.legs()
    assert legs["honoraires"].settlement == "off_platform" or not quote.honoraires_cents
    assert Acceptance.objects.get().settlement == "off_platform"


def test_settled_at_the_practice_no_card_is_asked_for_the_honoraires(patient, physician, sandbox):
    patient.asks(f"treating:{physician.person.id}")
    patient.accepts("off_platform")
    shown = patient.client.get(patient.at("paiement/")).content.decode()
    assert "Au cabinet, après la réponse" in shown and "1 sur 1" in shown
    refused = patient.client.post(
        patient.at("paiement/1/"), headers={"Accept": "application/json"}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "LEG_NOT_PAYABLE")
    patient.pays(2)
    assert patient.state()["state"] == "queued"
    physician.claims(patient.question)
    physician.answers(patient.question)
    worked()
    sessions = sandbox.sandbox.store.every("checkout.session")
    assert [one["amount_total"] for _, one in sessions] == [180], "the platform's own line alone"
    assert {leg.party: leg.state for leg in Leg.objects.all()} == {
        "honoraires": "due", "platform": "captured",
    }  # fmt: skip


def test_a_physician_who_takes_no_cards_is_asked_all_the_same(walk: Walk):
    other = Walk(walk.server, walk.patient, people.a_physician(), walk.question)
    other.asks_for(2000)
    with pytest.raises(NoConnectedAccount):
        other.accepted(settlement="card")
    other.accepted(settlement="off_platform")
    assert other.legs()["honoraires"].connected_account_id is None


def test_no_setting_can_leave_the_card_alone_and_no_other_word_is_a_way(walk, settings):
    with pytest.raises(SettlementUnknown):
        walk.accepted(settlement="crypto")
    for offered in ((), ("card",)):
        settings.SETTLEMENTS = offered
        assert [one.id for one in run_checks() if one.id == "teleconseil.E110"]
