"""S2: an answer within 15 minutes is off until the operator offers it, and then it is flagged."""

import json
from datetime import datetime, timedelta

import pytest
from django.test import Client

from audit.models import Entry
from billing.actions import desk
from billing.models import Schedule
from billing.money.tiers import EXPRESS, LIVE
from billing.queries import books, legs_of, quote_of
from billing.queries.quotes import in_catalogue
from broker import worker
from broker.actions import offering
from broker.actions.presence import show_presence
from broker.actions.tiers import refuse_promise
from broker.queries.pages import fees
from consults.models import Question
from tests import people
from tests.broker.test_worker import until
from tests.rows.proving import as_program, proving
from tests.walks.faces import PatientFace, PhysicianFace, signed_in

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


@pytest.fixture
def offered(patient, physician):
    """The operator offers the tier; a patient holds the quote of 48 hours."""
    offering.offer_tier(tier=EXPRESS, platform_cents=499, actor=people.CLERK, now=people.now())
    patient.asks(f"treating:{physician.person.id}")
    return patient


def page(patient) -> str:
    return patient.client.get(patient.at("devis/")).content.decode()


def hurries(patient, tier: str = EXPRESS):
    return patient.client.post(patient.at("devis/formule/"), {"tier": tier})


def lines(patient) -> tuple[str, int, int]:
    quote = quote_of(patient.question)
    return quote.tier, quote.honoraires_cents, quote.platform_cents


def test_while_nobody_is_here_the_tier_is_missing_and_the_patient_reads_why(offered):
    shown = page(offered)
    assert 'id="delai" data-code="NO_ELIGIBLE_PRESENT"' in shown
    assert "n’est pas disponible en ce moment" in shown and "garder la réponse sous 48 h" in shown
    assert entries("promise.refused") == []  # a page that is looked at refuses nobody
    refused = hurries(offered)
    assert (refused.status_code, refused["X-Error-Code"]) == (409, "NO_ELIGIBLE_PRESENT")
    assert lines(offered) == ("own-physician", 1500, 180)


def test_who_asks_for_it_all_the_same_is_refused_in_four_parts(
    offered, physician, sandbox, tmp_path
):
    proof = proving(sandbox, tmp_path)
    as_program(offered)
    refused = proof.refused(hurries(offered), "NO_ELIGIBLE_PRESENT")
    assert refused.said["type"] == "promise.refused"
    assert refused.said["data"] == {"code": "NO_ELIGIBLE_PRESENT", "tier": EXPRESS}
    assert refused.entry.scope == physician.person.physician.council


def test_who_asks_again_and_again_is_refused_each_time_and_recorded_once(offered):
    for _ in range(3):
        refused = hurries(offered)
        assert (refused.status_code, refused["X-Error-Code"]) == (409, "NO_ELIGIBLE_PRESENT")
    assert len(entries("promise.refused")) == 1


@pytest.mark.parametrize(
    ("tier", "later", "recorded"), [(EXPRESS, 55, 1), (EXPRESS, 61, 2), (LIVE, 0, 2)]
)
def test_a_refusal_is_recorded_again_a_minute_later_or_of_another_tier(
    offered, physician, database, tier, later, recorded
):
    database.takes_any_moment()
    hurries(offered)
    (refused,) = entries("promise.refused")
    at = datetime.fromisoformat(refused["at"]) + timedelta(seconds=later)
    with people.transaction.atomic():
        said = refuse_promise(
            tier=tier, question_id=offered.question, by=physician.person.id, seen_at=None,
            actor=offered.person.actor, now=at,
        )  # fmt: skip
    assert said is not None and said.refusing
    assert len(entries("promise.refused")) == recorded


def test_where_the_operator_offers_none_nothing_is_said_of_it(patient, physician):
    physician.waiting()
    patient.asks(f"treating:{physician.person.id}")
    assert 'id="delai"' not in page(patient)
    assert hurries(patient)["X-Error-Code"] == "ACT_NOT_IN_CATALOGUE"


def test_a_physician_who_is_here_makes_it_a_quote_with_the_same_honoraires(offered, physician):
    physician.waiting()  # their page is open
    assert "Voir le devis sous 15 minutes" in page(offered)
    assert hurries(offered).status_code == 302
    assert lines(offered) == (EXPRESS, 1500, 499)
    issued = entries("quote.issued")[-1]["data"]
    assert issued["physician_seen_at"] and issued["answer_within_seconds"] == 900
    assert "Revenir au devis sous 48 h" in page(offered)
    assert hurries(offered, "own-physician").status_code == 302
    assert lines(offered) == ("own-physician", 1500, 180)


def paused(physician):
    people.choose(physician.person, taking=False)


def uninsured(physician):
    people.attest(physician.person, "registration", status="suspended")


def away(physician):
    show_presence(physician_id=physician.person.id, now=people.now() - timedelta(minutes=3))


@pytest.mark.parametrize("stopped", [paused, uninsured, away])
def test_who_may_not_answer_now_is_not_here_for_this_question(offered, physician, stopped):
    if stopped is not away:
        physician.waiting()
    stopped(physician)
    assert hurries(offered)["X-Error-Code"] == "NO_ELIGIBLE_PRESENT"


def test_presence_is_asked_again_when_the_quote_is_accepted(offered, physician):
    physician.waiting()
    hurries(offered)
    physician.client.post("/compte/logout/")
    refused = offered.accepts()
    assert (refused.status_code, refused["X-Error-Code"]) == (422, "NO_ELIGIBLE_PRESENT")
    assert "Revenir au devis sous 48 h" in refused.content.decode()
    assert entries("quote.accepted") == []
    PhysicianFace(physician.person, signed_in(physician.person)).waiting()
    assert offered.accepts().status_code == 302
    (agreed,) = entries("quote.accepted")
    issued = entries("quote.issued")[-1]
    seen = [datetime.fromisoformat(one["data"]["physician_seen_at"]) for one in (issued, agreed)]
    assert seen[0] < seen[1] <= datetime.fromisoformat(agreed["data"]["accepted_at"])


def test_the_real_worker_sees_a_breach_and_gives_both_holds_back(
    offered, physician, sandbox, monkeypatch
):
    physician.waiting()
    hurries(offered)
    offered.accepts()
    offered.pays(1)
    given = []

    def soon(*, answer_within_seconds, ready_at):
        given.append(answer_within_seconds)
        return ready_at + timedelta(seconds=2)

    planned, idle = [], worker.Rounds.idle

    def noted(one, at):
        slept = idle(one, at)
        planned.append((one.due_at, at, at + timedelta(seconds=slept)))
        return slept

    monkeypatch.setattr("broker.actions.paying.deadline", soon)
    monkeypatch.setattr(worker.Rounds, "idle", noted)
    monkeypatch.setattr(worker, "ROUNDS", {n: worker.ROUNDS[n] for n in ("questions", "money")})
    working = worker.Worker()
    working.start()
    try:
        offered.pays(2)
        assert {*given} == {900}  # the page and the worker may both have come to it
        until(lambda: {leg.state for leg in legs_of(offered.question)} == {"voided"})
    finally:
        working.stop()
    asked = Question.objects.get(pk=offered.question)
    assert asked.state == "expired"
    late, due = asked.breached_at - asked.deadline_at, asked.deadline_at
    # How long the machine takes is its own; the loop never meant to sleep past the deadline.
    woken = [until for known, at, until in planned if known == due and at <= due]
    assert all(until - due <= timedelta(milliseconds=2) for until in woken)
    (breached,) = entries("question.breached")
    assert late > timedelta(0) and breached["data"] == {
        "seconds_late": late // timedelta(seconds=1)
    }
    intents = [one["status"] for _, one in sandbox.sandbox.store.every("payment_intent")]
    assert intents == ["canceled", "canceled"]
    assert all(not state.accounts or not any(state.accounts.values()) for state in books())


def test_a_promise_that_was_left_meanwhile_is_refused_in_four_parts(
    offered, physician, sandbox, tmp_path
):
    physician.waiting()
    hurries(offered)
    physician.client.post("/compte/logout/")
    proof = proving(sandbox, tmp_path)
    as_program(offered)
    refused = proof.refused(offered.accepts(), "NO_ELIGIBLE_PRESENT")
    assert refused.said["type"] == "promise.refused"
    assert entries("quote.accepted") == []


def test_a_physician_promises_one_such_answer_at_a_time(offered, physician):
    physician.waiting()
    hurries(offered)
    offered.accepts()
    offered.pays(1)
    offered.pays(2)
    other = people.a_patient()
    people.linked(other, physician.person)
    second = PatientFace(other, signed_in(other))
    second.asks(f"treating:{physician.person.id}")
    assert hurries(second)["X-Error-Code"] == "NO_ELIGIBLE_PRESENT"
    physician.claims(offered.question)
    physician.answers(offered.question)
    assert hurries(second).status_code == 302
