"""S3, mesdocteurs.com live: a metered line of the platform's, up to a cap the patient sets."""

import json

import pytest
from django.db import IntegrityError, transaction

from audit.models import Entry
from audit.verifier import Bad
from billing.actions.quotes import ActNotInCatalogue, CapNotSet, CapUnfit
from billing.actions.refunding import NotRefundable, refund
from billing.models import Leg, MeterReading, Op, Receipt
from billing.money.tiers import EXPRESS, LIVE
from billing.queries.views import money_view
from billing.sandbox import till
from broker.actions import offering
from broker.actions.presence import end_presence
from broker.queries import presence
from tests.billing.metered import Exchange, offer_live
from tests.billing.trials import replayed
from tests.people import now


@pytest.fixture
def exchange(database, walk) -> Exchange:
    database.takes_any_moment()
    return Exchange.begun(walk)


def test_it_is_off_until_an_operator_offers_it(walk):
    with pytest.raises(ActNotInCatalogue):
        walk.quoted(tier="live")


def test_the_quote_tells_rate_cap_and_the_most_it_can_cost_under_one_hash(walk):
    offer_live(walk)
    bare = walk.quoted(tier="live")
    assert (bare.per_minute_cents, bare.cap_minutes, bare.platform_cents) == (199, 0, 0)
    ten, twenty = (walk.quoted(tier="live", cap_minutes=cap) for cap in (10, 20))
    assert (ten.honoraires_cents, ten.platform_cents) == (1500, 1990)
    assert (twenty.honoraires_cents, twenty.platform_cents) == (1500, 3980)
    assert len({bare.sha256, ten.sha256, twenty.sha256}) == 3


def test_nobody_agrees_before_they_have_set_a_cap(walk):
    offer_live(walk)
    with pytest.raises(CapNotSet):
        walk.accepted(tier="live")
    with pytest.raises(CapUnfit):
        walk.quoted(tier="live", cap_minutes=31)
    with pytest.raises(CapUnfit):
        walk.quoted(cap_minutes=10)  # no cap on what is not metered


@pytest.mark.parametrize(("seconds", "cents", "minutes"), [(720, 2388, 12), (719, 2189, 11)])
def test_whole_minutes_are_captured_and_the_rest_of_the_hold_is_released(
    exchange, seconds, cents, minutes
):
    walk = exchange.walk
    exchange.says()
    exchange.goes_on(seconds)
    assert exchange.signs().gate_pass
    walk.works()
    fee, own = walk.legs()["platform"], walk.legs()["honoraires"]
    assert (fee.state, fee.amount_cents, fee.captured_cents) == ("captured", 3980, cents)
    assert (own.state, own.captured_cents) == ("captured", 1500)  # flat, whatever the minutes
    op = Op.objects.get(leg=fee, kind="capture")
    assert (op.amount_cents, op.state) == (cents, "done")
    intent = walk.server.sandbox.store.load("", fee.payment_intent, "payment_intent")
    assert (intent["amount"], intent["amount_received"], intent["amount_capturable"]) == (
        3980, cents, 0,
    )  # fmt: skip
    books = walk.sums()["platform"]
    assert -books["platform_fee"] - books["vat_due"] == cents
    assert books["stripe"] + books["stripe_fees"] == cents
    assert "memo_held" not in books and "receivable" not in books
    paper = Receipt.objects.get(leg=fee.id)
    assert (paper.amount_cents, paper.vat_cents) == (cents, -books["vat_due"])
    (line,) = json.loads(paper.text)["lines"]
    assert (line["quantity"], line["unit"], line["unit_cents"]) == (minutes, "MIN", 199)
    walk.works()  # the release of the rest is no refund
    assert walk.legs()["platform"].state == "captured"
    shown = money_view(walk.question)
    assert [leg["cost_cents"] for leg in shown["legs"]] == [1500, cents]
    assert (shown["legs_kept_cents"], shown["at_most"]) == (1500 + cents, False)
    story = replayed(fee.subject)
    assert story.counted["captures"] == 2


def more(said):
    said["metered"]["minutes"] += 1
    said["metered"]["cents"] += 199


def twice(said):
    said["metered"]["together"] *= 2


def early(said):
    said["metered"]["together"][0][0] = "2026-01-01T00:00:00.000000Z"


def unsaid(said):
    del said["metered"]


def dearer(said):
    said["captured_cents"] = said["cents"]


@pytest.mark.parametrize(
    ("kind", "bent"),
    [
        ("gate.passed", more), ("gate.passed", twice), ("gate.passed", early),
        ("gate.passed", unsaid), ("leg.captured", dearer),
    ],
)  # fmt: skip
def test_the_verifier_counts_the_minutes_again(exchange, kind, bent):
    exchange.says()
    exchange.goes_on(65)
    exchange.signs()
    exchange.walk.works()

    def bend(data):
        if kind == "gate.passed" or data["party"] == "platform":
            bent(data)

    with pytest.raises(Bad):
        replayed(exchange.quote.subject, bend={kind: bend})
    replayed(exchange.quote.subject)


def test_never_above_the_cap(walk, database):
    database.takes_any_moment()
    exchange = Exchange.begun(walk, cap_minutes=5)
    exchange.says()
    exchange.goes_on(420)
    exchange.signs()
    walk.works()
    fee = walk.legs()["platform"]
    assert (fee.amount_cents, fee.captured_cents) == (995, 995)


@pytest.mark.parametrize("settlement", ["card", "off_platform"])
def test_a_meter_at_zero_voids_the_fee_and_leaves_the_honoraires(walk, database, settlement):
    database.takes_any_moment()
    exchange = Exchange.begun(walk, settlement=settlement)
    exchange.says()
    exchange.goes_on(59)
    assert exchange.signs().gate_pass
    walk.works()
    own = "captured" if settlement == "card" else "due"
    assert walk.states() == {"honoraires": own, "platform": "voided"}
    assert MeterReading.objects.get().cents == 0
    assert walk.sums()["platform"] == {}
    assert not Receipt.objects.filter(series="platform").exists()
    replayed(exchange.quote.subject)


def test_off_platform_honoraires_leave_the_metered_fee_on_the_card(walk, database):
    database.takes_any_moment()
    exchange = Exchange.begun(walk, settlement="off_platform")
    exchange.says()
    exchange.goes_on(130)
    exchange.signs()
    walk.works()
    assert walk.states() == {"honoraires": "due", "platform": "captured"}
    assert walk.legs()["platform"].captured_cents == 398


def test_an_answer_that_may_not_be_charged_costs_no_minute(exchange):
    exchange.says()
    exchange.goes_on(300)
    assert exchange.signs(outcome="cannot-answer").gate_pass is None
    exchange.walk.works()
    assert set(exchange.walk.states().values()) == {"voided"}
    assert not MeterReading.objects.exists()


def test_no_more_is_given_back_than_was_captured(exchange):
    walk = exchange.walk
    exchange.says()
    exchange.goes_on(130)
    exchange.signs()
    walk.works()
    fee = walk.legs()["platform"]
    said = {"leg_id": fee.id, "reason": "goodwill", "actor": walk.patient.actor, "now": now()}
    with pytest.raises(NotRefundable), transaction.atomic():
        refund(amount_cents=399, **said)
    with transaction.atomic():
        refund(amount_cents=398, **said)
    walk.works()
    assert walk.legs()["platform"].state == "refunded"
    assert walk.sums()["platform"] == {"stripe": -31, "stripe_fees": 31}
    replayed(fee.subject)


def test_the_database_takes_no_capture_of_another_amount(exchange):
    walk = exchange.walk
    exchange.says()
    exchange.goes_on(130)
    exchange.signs()
    fee = walk.legs()["platform"]
    passed = Op.objects.get(kind="capture").gate_pass
    for cents in (fee.amount_cents, 397, 399):
        with pytest.raises(IntegrityError, match="another amount"), transaction.atomic():
            Op.objects.create(
                subject=fee.subject, leg=fee, quote=fee.quote, kind="capture", gate_pass=passed,
                amount_cents=cents, asked_at=now(),
            )  # fmt: skip


def test_a_lost_capture_gives_up_what_the_meter_read_and_no_more(exchange):
    walk = exchange.walk
    exchange.says()
    exchange.goes_on(130)
    exchange.signs()
    store = walk.server.sandbox.store
    fee = walk.legs()["platform"]
    held = store.load("", fee.payment_intent, "payment_intent")
    till.cancel(store, "", held, "requested_by_customer")
    walk.works()
    walk.looks("platform")
    assert walk.states() == {"honoraires": "captured", "platform": "capture_lost"}
    assert walk.sums()["platform"] == {}


def at_the_quote(patient, physician) -> str:
    """A question of this patient whose quote is on the screen, its physician there."""
    offered = offering.offer_tier(
        tier=LIVE, platform_cents=199, actor=patient.person.actor, now=now()
    )
    assert offered.line and "fee-tier-by-speed-or-minute" in offered.judged.decision.flags
    assert patient.asks(f"treating:{physician.person.id}").status_code == 302
    physician.client.get("/file/")
    return patient.client.get(patient.at("devis/")).content.decode()


def test_the_patient_sets_the_cap_on_the_quote_page_and_nothing_is_ticked(patient, physician):
    page = at_the_quote(patient, physician)
    choices = page[page.index('id="direct"') :]
    assert (
        "1,99" in choices
        and "59,70" in choices
        and "checked" not in choices.split("</section>")[0]
    )
    assert patient.client.post(patient.at("devis/direct/")).status_code == 422
    assert patient.client.post(patient.at("devis/direct/"), {"minutes": "31"}).status_code == 422
    assert patient.client.post(patient.at("devis/direct/"), {"minutes": "10"}).status_code == 302
    page = patient.client.get(patient.at("devis/")).content.decode()
    assert "19,90" in page and "34,90" in page and "Total au plus" in page
    assert patient.accepts().status_code == 302
    leg = Leg.objects.get(party="platform")
    assert (leg.amount_cents, leg.quote.per_minute_cents) == (1990, 199)
    for place in ("paiement/", ""):
        page = patient.client.get(patient.at(place)).content.decode()
        assert "Total au plus" in page and "34,90" in page, place


def test_who_is_here_is_asked_once_for_whatever_the_quote_offers_at_once(
    patient, physician, monkeypatch
):
    offering.offer_tier(tier=EXPRESS, platform_cents=499, actor=patient.person.actor, now=now())
    at_the_quote(patient, physician)
    asked: list[object] = []

    really = presence.seen_at

    def counted(physician_id, at):
        asked.append(physician_id)
        return really(physician_id, at)

    monkeypatch.setattr(presence, "seen_at", counted)
    page = patient.client.get(patient.at("devis/")).content.decode()
    assert 'id="delai"' in page and 'id="direct"' in page
    assert "NO_ELIGIBLE_PRESENT" not in page
    assert asked == [physician.person.id]


def test_a_live_exchange_is_not_offered_while_its_physician_is_away(patient, physician):
    at_the_quote(patient, physician)
    end_presence(physician_id=physician.person.id)
    page = patient.client.get(patient.at("devis/")).content.decode()
    assert 'id="direct" data-code="NO_ELIGIBLE_PRESENT"' in page
    answer = patient.client.post(
        patient.at("devis/direct/"), {"minutes": "10"}, headers={"accept": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "NO_ELIGIBLE_PRESENT")
    refused = Entry.objects.get(type="promise.refused")
    assert json.loads(bytes(refused.body))["data"]["tier"] == "live"
