"""S4: a physician may give their care freely; it leaves the same trace, and no payment exists."""

import json

import pytest
from django.db import transaction

from audit.models import Entry
from billing.actions import desk
from billing.models import Leg, Quote
from broker.actions.judging import judge_offer
from broker.actions.offering import offer_tier
from broker.actions.presence import show_presence
from broker.screen import Offer, heard_in
from consults.models import Question
from tests import people
from tests.walks.faces import PatientFace, PhysicianFace, signed_in
from tests.walks.test_one_question import worked


@pytest.fixture
def gives(database, sandbox):
    """A physician who asks for nothing, and has no account to be paid on."""
    person = people.a_physician()
    with transaction.atomic():
        desk.set_honoraires(physician_id=person.id, cents=0, actor=person.actor, now=people.now())
    return PhysicianFace(person, signed_in(person))


@pytest.fixture
def patient(gives):
    person = people.a_patient()
    people.linked(person, gives.person)
    return PatientFace(person, signed_in(person))


def called(sandbox) -> list[str]:
    """What Stripe was asked, the platform's daily look at its own balance aside."""
    asked = [f"{one['method']} {one['path']}" for one in sandbox.sandbox.store.requests()]
    return [one for one in asked if not one.startswith("GET /v1/balance")]


def types(question) -> list[str]:
    subject = Question.objects.get(pk=question).subject
    rows = Entry.objects.filter(subject=subject).order_by("pk")
    return [json.loads(bytes(row.body))["type"] for row in rows]


def test_care_given_freely_is_traced_like_any_other_and_stripe_is_never_called(
    gives, patient, sandbox
):
    assert patient.asks(f"treating:{gives.person.id}").url == patient.at("devis/")
    shown = patient.client.get(patient.at("devis/")).content.decode()
    assert 'data-honoraires="0" data-platform="0"' in shown
    assert "c’est son choix" in shown and "Commander avec obligation" not in shown
    accepted = patient.accepts()
    assert accepted.url == patient.at()  # no page of payments
    assert gives.waiting() == [str(patient.question)]
    gives.claims(patient.question)
    assert gives.answers(patient.question).status_code == 302
    worked()
    state = patient.state()
    assert state["state"] in ("answered", "closed")
    assert (
        "Adaptation de l&#x27;horaire"
        in patient.client.get(patient.at("compte-rendu/")).content.decode()
    )
    assert [
        one for one in types(patient.question)
        if one in ("quote.issued", "quote.accepted", "answer.given", "gate.passed")
    ] == ["quote.issued", "quote.accepted", "answer.given", "gate.passed"]  # fmt: skip
    assert not Leg.objects.exists()
    assert called(sandbox) == []
    assert patient.client.post(patient.at("paiement/1/"))["X-Error-Code"] == "LEG_NOT_PAYABLE"


@pytest.mark.parametrize(("tier", "door"), [("express-15", "formule"), ("live", "direct")])
def test_who_gives_freely_is_hurried_by_nobody(gives, patient, tier, door):
    actor, now = people.an_operator(), people.now()
    offer_tier(tier=tier, platform_cents=499, actor=actor, now=now)
    show_presence(physician_id=gives.person.id, now=now)
    patient.asks(f"treating:{gives.person.id}")
    said = {"tier": tier, "minutes": "10"}
    answer = patient.client.post(patient.at(f"devis/{door}/"), said)
    assert (answer.status_code, answer["X-Error-Code"]) == (409, "ACT_NOT_IN_CATALOGUE")
    assert Quote.objects.get().tier not in ("express-15", "live")


def test_it_is_never_shown_as_a_promotion_of_the_platform(gives, patient, sandbox):
    launch = Offer("Offre de lancement", 0, "per_act", in_pathway=True)
    judged = judge_offer(offer=launch, actor=people.CLERK, now=people.now())
    assert "r4127-67-no-undercutting" in judged.decision.flags
    patient.asks(f"treating:{gives.person.id}")
    shown = patient.client.get(patient.at("devis/")).content.decode()
    assert "promotional_price" not in heard_in(shown)
    public = patient.client.get("/tarifs/").content.decode()
    assert gives.person.physician.name not in public
