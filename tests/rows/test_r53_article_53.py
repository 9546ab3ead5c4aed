"""R53: tact and measure, acts really performed, fees explained, no imposed mode of payment."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.checks import run_checks
from django.db import transaction

from audit.law import packs
from audit.law.evaluator import judge
from billing import queries as money_queries
from billing.actions import desk
from billing.actions.explaining import FeeQuestionOpen, ask_about_fee, explain_fee
from billing.actions.quotes import SettlementUnknown
from billing.models import FeeQuestion, GatePass, Leg
from billing.queries.explaining import explanations_of
from billing.queries.outliers import honoraires_asked
from tests import people
from tests.billing.test_views import signed_in
from tests.billing.trials import rows
from tests.people import now


def asks(physician, cents, **more):
    with transaction.atomic():
        return desk.set_honoraires(
            physician_id=physician.id, cents=cents, actor=physician.actor, now=now(), **more
        )


def entries(type_):
    return rows(
        "SELECT body FROM audit_entry WHERE convert_from(body, 'UTF8')::json->>'type' = %s", type_
    )


def test_honoraires_far_above_those_of_the_specialty_are_reported(database):
    usual = [people.a_physician(name=f"Dr Usuel {n}") for n in range(3)]
    dear = people.a_physician(name="Dr Cher")
    for one in usual:
        asks(one, 1000)
    asks(dear, 2400)  # below the threshold, and still more than twice the median
    found = {one.name: one.outlier for one in honoraires_asked(now())}
    assert found == {
        "Dr Cher": True,
        "Dr Usuel 0": False,
        "Dr Usuel 1": False,
        "Dr Usuel 2": False,
    }
    page = signed_in(people.an_account("operator")).get("/operateur/honoraires/")
    assert "Dr Cher" in page.content.decode()
    assert page.content.decode().count("à regarder") == 1


@pytest.mark.parametrize(("cents", "above"), [(2500, False), (2501, True)])
def test_a_fee_above_the_threshold_is_charged_and_flagged_wherever_it_is_looked_at(
    walk, cents, above
):
    for n in range(3):  # far enough from twice the median: the threshold alone speaks here
        asks(people.a_physician(name=f"Dr Usuel {n}"), 2000)
    client = signed_in(walk.physician.account)
    said = {"act": f"{cents // 100},{cents % 100:02d}"}
    assert client.post("/livres/honoraires/", said).status_code == 302
    [*_, (last,)] = entries("honoraires.set")
    told = json.loads(bytes(last))["data"]
    assert (told["cents"], told["above_threshold"]) == (cents, above)
    pages = [
        client.get("/livres/honoraires/"),
        client.post("/livres/honoraires/", {"act": "beaucoup"}),
        client.post("/livres/honoraires/en-tete/", {"address": ""}),
    ]
    assert [one.status_code for one in pages] == [200, 422, 422]
    noticed = ["Au-dessus de 25,00" in one.content.decode() for one in pages]
    assert noticed == [above] * 3, "a form that is refused hides no notice"
    found = {one.cents: one.outlier for one in honoraires_asked(now())}
    assert found == {2000: False, cents: above}
    walk.held()
    charged = walk.answers()
    assert charged.gate_pass, "it is for somebody to look at, and refuses nothing"
    assert ("art53-tact-et-mesure" in charged.decision.flags) is above


@pytest.mark.parametrize(
    ("cents", "wrong"),
    [(49, desk.NotChargeable), (15_001, desk.AboveCap)],
)
def test_an_amount_outside_the_bounds_changes_nothing(database, cents, wrong):
    physician = people.a_physician()
    asks(physician, 1500)
    with pytest.raises(wrong):
        asks(physician, cents)
    assert money_queries.honoraires_of(physician.id, now()).cents == 1500


def test_a_physician_fixes_their_own_fee_on_a_page(database):
    physician = people.a_physician()
    client = signed_in(physician.account)
    assert client.post("/livres/honoraires/", {"act": "12,50"}).status_code == 302
    asked = money_queries.honoraires_of(physician.id, now())
    assert (asked.cents, asked.forfait_days) == (1250, 0)
    for bad, code in [
        ({"act": "151"}, "FIELD_INVALID"),
        ({"act": "0,20"}, "NOT_CHARGEABLE"),
        ({"act": "10", "forfait": "30"}, "FORFAIT_PERIOD_UNFIT"),
        ({"act": "beaucoup"}, "FIELD_INVALID"),
    ]:
        answer = client.post("/livres/honoraires/", bad)
        assert (answer.status_code, answer["X-Error-Code"]) == (422, code), bad
    assert money_queries.honoraires_of(physician.id, now()).cents == 1250


def test_an_answer_of_politeness_alone_is_never_charged(walk):
    walk.held()
    charged = walk.answers(text="Bonjour Madame, merci de votre message. Cordialement.")
    assert charged.gate_pass is None
    assert not GatePass.objects.exists()
    walk.works()
    assert walk.states() == {"honoraires": "voided", "platform": "voided"}


def test_a_fee_question_is_answered_by_its_physician_and_logged_without_its_words(walk):
    walk.held()
    patient, physician = signed_in(walk.patient.account), signed_in(walk.physician.account)
    page = f"/questions/{walk.question}/honoraires/"
    assert (
        patient.post(page, {"text": "Pourquoi quinze euros pour deux lignes ?"}).status_code == 302
    )
    again = patient.post(page, {"text": "Alors ?"}, headers={"Accept": "application/json"})
    assert (again.status_code, again.json()["code"]) == (409, "FEE_QUESTION_OPEN")
    assert money_queries.fee_facts(walk.question)["fee_question_answered"].value is False
    # Physicians see it only once the question is theirs: it names their fee, not its text.
    assert physician.get(page).status_code == 404
    walk.answers()
    assert "Pourquoi quinze euros" in physician.get(page).content.decode()
    assert "Répondre avant" in physician.get("/livres/").content.decode()
    assert physician.post(page, {"text": "Lecture du dossier comprise."}).status_code == 302
    assert "Lecture du dossier comprise." in patient.get(page).content.decode()
    assert money_queries.fee_facts(walk.question)["fee_question_answered"].value is True
    types = [
        t for (t,) in rows("SELECT convert_from(body, 'UTF8')::json->>'type' FROM audit_entry")
    ]
    assert types.count("fee.question-asked") == types.count("fee.question-answered") == 1
    whole = b"".join(bytes(body) for (body,) in rows("SELECT body FROM audit_entry"))
    assert b"quinze" not in whole and b"dossier comprise" not in whole


def test_another_physician_and_another_patient_see_no_explanation(walk):
    walk.held()
    walk.answers()
    page = f"/questions/{walk.question}/honoraires/"
    for stranger in (people.a_patient().account, people.a_physician().account):
        assert signed_in(stranger).get(page).status_code == 404


def test_a_fee_question_left_open_is_a_fact_that_the_rule_of_its_day_flags(walk):
    walk.held()
    with transaction.atomic():
        ask_about_fee(
            question_id=walk.question, text="Pourquoi ?", actor=walk.patient.actor, now=now()
        )
    charged = walk.answers()
    assert charged.gate_pass and charged.decision.facts["fee_question_answered"].value is False
    rule = "art53-answer-fee-question-2004"  # in force from 2004 until 2020
    for year, flagged in [(2015, True), (2026, False)]:
        told = judge(
            facts=charged.decision.facts, scopes=("act",), at=datetime(year, 3, 1, tzinfo=UTC),
            profile="cnom2016", pack=packs.load(),
        )  # fmt: skip
        assert (rule in told.flags) is flagged
    row = FeeQuestion.objects.get()
    assert row.due_at - row.asked_at == timedelta(days=7)
    with transaction.atomic():
        explain_fee(
            question_id=walk.question, text="Voici.", actor=walk.physician.actor, now=now()
        )
    assert [one.answered for one in explanations_of(walk.question)] == ["Voici."]


def test_only_one_demand_waits_at_a_time(walk):
    walk.held()
    with transaction.atomic():
        ask_about_fee(question_id=walk.question, text="A", actor=walk.patient.actor, now=now())
    with pytest.raises(FeeQuestionOpen), transaction.atomic():
        ask_about_fee(question_id=walk.question, text="B", actor=walk.patient.actor, now=now())
    assert FeeQuestion.objects.count() == 1


def test_without_another_way_than_the_card_the_check_fails(settings):
    assert not [one for one in run_checks() if one.id == "teleconseil.E110"]
    settings.SETTLEMENTS = ("card",)
    assert [one.id for one in run_checks() if one.id == "teleconseil.E110"] == ["teleconseil.E110"]


def test_a_way_that_is_not_offered_is_refused_and_makes_no_payment(walk, settings):
    settings.SETTLEMENTS = ("off_platform",)
    quote = None
    walk.settlement = "off_platform"
    with pytest.raises(SettlementUnknown):
        quote = walk.accepted(settlement="card")
    assert quote is None and not Leg.objects.exists()
