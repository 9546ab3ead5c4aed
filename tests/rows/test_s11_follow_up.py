"""S11, francemedecin.fr: one follow-up included, the second quoted anew; no bought traffic."""

import json
from dataclasses import replace

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, transaction

from billing.models import Journal, LedgerAccount, Leg, Quote, Schedule
from billing.money import ACCOUNTS, FLOWS, TIERS
from tests import people
from tests.billing.test_ledger import row
from tests.billing.test_views import signed_in
from tests.rows.proving import proving
from tests.walks.test_one_question import in_hand, worked


def lines() -> tuple[int, int]:
    quote = Quote.objects.order_by("-issued_at").first()
    return quote.honoraires_cents, quote.platform_cents


def follows(patient) -> str:
    """The patient presses the button of the answered thread and reads the form."""
    patient.client.get(f"/questions/nouvelle/?suite={patient.question}")
    patient.says_no_flags()
    return str(patient.client.get("/questions/nouvelle/ecrire/").content.decode())


def test_the_first_follow_up_is_free_and_the_second_needs_a_new_quote(patient, physician):
    route = f"treating:{physician.person.id}"
    in_hand(patient, physician)
    physician.answers(patient.question)
    worked()
    assert lines() == (1500, 180) and Leg.objects.count() == 2
    answered = patient.client.get(patient.at()).content.decode()
    assert f"?suite={patient.question}" in answered and "comprise jusqu’au" in answered

    form = follows(patient)
    assert 'id="suite"' in form and 'name="tier" value="follow-up"' in form
    assert "none:any" not in form and "checked" not in form
    assert patient.asks(route, tier="follow-up").status_code == 302
    quote = patient.client.get(patient.at("devis/")).content.decode()
    assert lines() == (0, 0)
    assert "compris dans ce que vous avez déjà réglé" in quote and "Commander" not in quote
    patient.accepts()
    assert patient.state()["state"] == "queued" and Leg.objects.count() == 2, "no payment of it"
    physician.claims(patient.question)
    physician.answers(patient.question)
    worked()
    assert Leg.objects.count() == 2
    assert "?suite=" not in patient.client.get(patient.at()).content.decode(), "it is used up"

    assert 'id="suite"' not in follows(patient), "no promise that is not kept"
    patient.asks(route, tier="follow-up")
    assert lines() == (1500, 300)
    assert patient.state()["state"] == "opened" and Leg.objects.count() == 2, "not without accord"
    assert (
        "Commander avec obligation de paiement"
        in patient.client.get(patient.at("devis/")).content.decode()
    )


def test_a_commission_line_is_refused_and_the_refusal_is_proven(
    database, sandbox, tmp_path, settings
):
    settings.ENV = replace(settings.ENV, hosting="HDS-1", data_in_eea=True)
    operator = signed_in(people.an_account("operator"))
    operator.defaults["HTTP_ACCEPT"] = "application/json"
    proof = proving(sandbox, tmp_path)
    line = {
        "label": "Par patient venu du forum", "price_cents": "200", "pricing_unit": "per_act",
        "payee": "referrer",
    }  # fmt: skip
    answer = operator.post("/operateur/tarifs/", line)
    refused = proof.refused(answer, "COMMISSION_REFUSED")
    assert refused.decision.facts["commission_to_referrer_cents"].value == 200
    assert refused.said["data"]["code"] == "COMMISSION_REFUSED"
    ours = json.loads(operator.post("/operateur/tarifs/", line | {"payee": "platform"}).content)
    assert ours["code"] != "COMMISSION_REFUSED", "the same line for the platform is another thing"


def test_no_line_of_a_price_list_a_quote_or_a_book_can_name_somebody_who_sends_patients(walk):
    for model in (Schedule, Quote, Leg):
        for name in ("commission_cents", "referrer", "affiliate", "share_bps"):
            with pytest.raises(FieldDoesNotExist):
                model._meta.get_field(name)
    assert {party for plan in ACCOUNTS.values() for party in plan} & {
        "referrer",
        "commission",
    } == (set())
    assert not [one for one in FLOWS if "commission" in one[1]] and "forum" not in TIERS
    walk.held()
    walk.answers()
    fee, bank = (
        LedgerAccount.objects.get(book__name="platform", name=name)
        for name in ("platform_fee", "stripe")
    )
    before = Journal.objects.count()
    with pytest.raises(IntegrityError, match="flow"), transaction.atomic():
        row(fee.book, fee, bank, event="commission").save()
    assert Journal.objects.count() == before
