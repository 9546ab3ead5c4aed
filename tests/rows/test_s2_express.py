"""S2: an answer within 15 minutes is off until the operator offers it, and then it is flagged."""

import json

import pytest
from django.test import Client

from audit.models import Entry
from billing.actions import desk
from billing.models import Schedule
from billing.money.tiers import EXPRESS, LIVE
from billing.queries.quotes import in_catalogue
from broker.actions import offering
from broker.queries.pages import fees
from tests import people

pytestmark = pytest.mark.usefixtures("database")
RULE = "fee-tier-by-speed-or-minute"


def entries(*types: str) -> list[dict]:
    """The bodies of the entries of these types, in order."""
    bodies = [json.loads(bytes(one.body)) for one in Entry.objects.order_by("pk")]
    return [one for one in bodies if one["type"] in types]


def operator() -> Client:
    client = Client(headers={"host": "operateur.localhost", "accept": "application/json"})
    client.force_login(people.an_account("operator"))
    session = client.session
    session["strong_at"] = people.now().isoformat()
    session.save()
    return client


def test_tiers_by_speed_and_minute_are_off_until_an_operator_offers_them():
    for tier in (EXPRESS, LIVE):
        assert in_catalogue(tier, people.now()) is None
    assert "15" not in fees(people.now())


def test_the_switch_is_one_flagged_decision_with_its_line_and_the_public_list_shows_it():
    client = operator()
    said = client.post("/operateur/catalogue/express-15/", {"amount": "4,99"})
    assert said.status_code == 200 and RULE in said.json()["flags"], said.content
    judged, published = entries("offer.judged", "schedule.published")
    assert judged["subject"] == published["subject"]
    assert judged["decision"]["id"] == published["data"]["offer"]
    assert judged["data"]["pricing_unit"] == published["data"]["pricing_unit"] == "per_speed_tier"
    line = in_catalogue(EXPRESS, people.now())
    assert (line.platform_cents, line.answer_within_seconds) == (499, 900)
    assert "4,99" in fees(people.now())
    assert client.post("/operateur/catalogue/express-15/fin/").status_code == 302
    assert in_catalogue(EXPRESS, people.now()) is None
    assert "4,99" not in fees(people.now())


def test_no_tier_by_speed_enters_the_catalogue_without_its_judgment():
    with pytest.raises(desk.NotOffered), people.transaction.atomic():
        desk.publish_schedule(
            tier=EXPRESS, platform_cents=499, vat_bps=2000, answer_within_seconds=900,
            effective_from=people.now(), withdrawn=False, actor=people.CLERK, now=people.now(),
        )  # fmt: skip
    assert not Schedule.objects.filter(tier=EXPRESS).exists()


@pytest.mark.parametrize(("amount", "status"), [("0,30", 422), ("-1", 422), ("26", 422)])
def test_a_price_is_nothing_or_fifty_cents_and_never_above_the_cap(amount, status):
    said = operator().post("/operateur/catalogue/express-15/", {"amount": amount})
    assert said.status_code == status
    assert entries("offer.judged", "schedule.published") == []


def test_a_price_of_nothing_is_a_promotion_and_flagged():
    offered = offering.offer_tier(
        tier=EXPRESS, platform_cents=0, actor=people.CLERK, now=people.now()
    )
    assert "r4127-67-no-undercutting" in offered.judged.decision.flags
