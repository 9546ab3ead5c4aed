"""C5, as the patient meets it: a forfait is picked on the quote and covers what is asked next."""

from django.db import transaction

from billing.actions import desk
from billing.models import Leg, Quote
from tests.people import now
from tests.rows.test_r53_receipts import verified
from tests.walks.test_one_question import worked


def quoted() -> tuple[str, int, int]:
    quote = Quote.objects.order_by("-issued_at").first()
    return quote.tier, quote.honoraires_cents, quote.platform_cents


def picks(patient, tier: str) -> None:
    answer = patient.client.post(patient.at("devis/formule/"), {"tier": tier})
    assert answer.status_code == 302, answer.content[:500]


def offers(physician, cents: int, days: int) -> None:
    with transaction.atomic():
        desk.set_honoraires(
            physician_id=physician.person.id, cents=1500, forfait_cents=cents, forfait_days=days,
            actor=physician.person.actor, now=now(),
        )  # fmt: skip


def test_a_forfait_is_picked_on_the_quote_and_the_next_question_costs_nothing(
    patient, physician, tmp_path
):
    offers(physician, 3000, 30)
    route = f"treating:{physician.person.id}"
    patient.asks(route)
    page = patient.client.get(patient.at("devis/")).content.decode()
    assert quoted() == ("own-physician", 1500, 180)
    assert 'id="periode"' in page and "Un forfait de 30 jours" in page and "33,00" in page
    picks(patient, "forfait")
    page = patient.client.get(patient.at("devis/")).content.decode()
    assert quoted() == ("forfait", 3000, 300)
    assert 'id="forfait"' in page and "16,80" in page, "and the way back with its total"
    picks(patient, "own-physician")
    assert quoted() == ("own-physician", 1500, 180)
    picks(patient, "forfait")
    patient.accepts()
    patient.pays(1)
    patient.pays(2)
    worked()
    physician.claims(patient.question)
    physician.answers(patient.question)
    worked()
    assert Leg.objects.filter(state="captured").count() == 2

    patient.asks(route)
    page = patient.client.get(patient.at("devis/")).content.decode()
    assert quoted() == ("forfait", 0, 0), "it is covered without having to know of it"
    assert "compris dans ce que vous avez déjà réglé" in page and 'id="periode"' not in page
    patient.accepts()
    assert patient.state()["state"] == "queued" and Leg.objects.count() == 2
    assert verified(tmp_path).ok


def test_no_forfait_is_shown_or_given_where_the_physician_offers_none(patient, physician):
    patient.asks(f"treating:{physician.person.id}")
    assert 'id="periode"' not in patient.client.get(patient.at("devis/")).content.decode()
    answer = patient.client.post(patient.at("devis/formule/"), {"tier": "forfait"})
    assert (answer.status_code, answer["X-Error-Code"]) == (409, "ACT_NOT_IN_CATALOGUE")
    assert quoted() == ("own-physician", 1500, 180)


def test_another_way_to_settle_keeps_the_forfait_that_was_picked_while_it_is_offered(
    patient, physician
):
    offers(physician, 3000, 30)
    patient.asks(f"treating:{physician.person.id}")
    picks(patient, "forfait")
    patient.accepts()
    patient.client.post(patient.at("devis/nouveau/"))
    assert Quote.objects.count() == 3 and quoted() == ("forfait", 3000, 300)
    patient.accepts("off_platform")
    offers(physician, 0, 0)
    patient.client.post(patient.at("devis/nouveau/"))
    assert Quote.objects.count() == 4 and quoted() == ("own-physician", 1500, 180)
