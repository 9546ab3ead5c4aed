"""S9, DirectoDoc: one's own physician alone, for a real exchange, all honoraires to them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from audit.law.codes import code_of
from billing.actions import desk
from billing.models import Leg
from billing.money.metering import lasts_longer
from consults import actions as care
from consults.models import Question
from tests.billing.metered import Exchange
from tests.billing.walk import Walk
from tests.people import a_physician, choose, linked, now
from tests.rows.proving import as_program, proving

START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("microseconds", "charged"),
    [(15_000_000, False), (15_000_001, True), (15_001_000, True), (14_999_999, False)],
)
def test_more_than_fifteen_seconds_is_counted_to_the_microsecond(microseconds, charged):
    span = (START, START + timedelta(microseconds=microseconds))
    assert lasts_longer(span, 15) is charged


@given(st.integers(0, 60_000_000), st.integers(0, 60))
def test_an_exchange_lasts_longer_by_its_microseconds_alone(microseconds, seconds):
    span = (START, START + timedelta(microseconds=microseconds))
    assert lasts_longer(span, seconds) is (microseconds > seconds * 1_000_000)


@pytest.fixture
def fifteen(settings):
    settings.OWN_EXCHANGE_SECONDS = 15


def exchange(walk: Walk, *, tier: str = "own-physician") -> Exchange:
    """A question to one's own physician, held and claimed."""
    walk.held(tier=tier)
    at = now()
    with transaction.atomic():
        care.enqueue(
            question_id=walk.question, physician_id=walk.physician.id,
            deadline_at=at + timedelta(hours=48), actor=walk.patient.actor, now=at,
        )  # fmt: skip
        claimed = care.claim(
            question_id=walk.question, physician_id=walk.physician.id,
            actor=walk.physician.actor, now=at,
        )  # fmt: skip
    assert claimed.allowed
    return Exchange(walk, Question.objects.values_list("claimed_at", flat=True).get())


@pytest.mark.parametrize(("seconds", "charged"), [(15.000, False), (15.001, True)])
def test_fifteen_seconds_cost_nothing_and_a_millisecond_more_is_charged(
    database, walk, fifteen, seconds, charged
):
    database.takes_any_moment()
    own = exchange(walk)
    own.at += timedelta(seconds=seconds)
    said = own.signs()
    walk.works()
    assert bool(said.gate_pass) is charged
    assert set(walk.states().values()) == {"captured" if charged else "voided"}
    if not charged:
        assert "EXCHANGE_TOO_SHORT" in {code_of(one.rule) for one in said.decision.refusing}


def test_all_honoraires_are_the_physicians_and_the_platforms_line_is_apart(
    database, walk, fifteen
):
    database.takes_any_moment()
    own = exchange(walk)
    own.at += timedelta(minutes=3)
    assert own.signs().gate_pass
    walk.works()
    books = walk.sums()
    assert books[f"dr:{walk.physician.physician.rpps}"]["honoraires"] == -1500
    assert books["platform"]["platform_fee"] + books["platform"]["vat_due"] == -180


def test_another_tier_asks_for_no_fifteen_seconds(database, walk, fifteen):
    database.takes_any_moment()
    other = exchange(walk, tier="async-48h")
    other.at += timedelta(seconds=1)
    assert other.signs().gate_pass


def test_a_link_that_is_only_declared_is_no_treating_relation_at_the_gate(database, sandbox):
    walk = Walk.begun(sandbox, ground="none")
    linked(walk.patient, walk.physician, confirmed=None)
    linked(walk.patient, walk.physician, ground="prescriber")
    walk.held(tier="own-physician")
    said = walk.answers()
    assert said.gate_pass is None
    assert "NO_TREATING_RELATION" in {code_of(one.rule) for one in said.decision.refusing}


@pytest.mark.parametrize("relation", ["none", "denied", "prescriber"])
def test_anybody_else_is_refused_in_four_parts(patient, sandbox, tmp_path, relation):
    other = a_physician()
    choose(other)
    if relation == "denied":
        linked(patient.person, other, confirmed=False)
    elif relation == "prescriber":
        linked(patient.person, other, ground="prescriber")
    proof = proving(sandbox, tmp_path)
    as_program(patient)
    ground = "prescriber" if relation == "prescriber" else "none"
    answer = patient.asks(f"{ground}:{other.id}", tier="own-physician")
    refused = proof.refused(answer, "NO_TREATING_RELATION")
    assert refused.said["type"] == "quote.refused"
    assert not Question.objects.exists()


def test_the_form_comes_back_as_it_was_written(patient):
    other = a_physician()
    page = patient.asks(f"none:{other.id}", tier="own-physician")
    assert page.status_code == 422 and page["X-Error-Code"] == "NO_TREATING_RELATION"
    assert "lévothyroxine" in page.content.decode()


def test_a_prescription_is_refused_in_four_parts(patient, physician, sandbox, tmp_path):
    with transaction.atomic():
        desk.set_honoraires(
            physician_id=physician.person.id, cents=0, actor=physician.person.actor, now=now()
        )
    assert patient.asks(f"treating:{physician.person.id}").status_code == 302
    assert patient.accepts().status_code == 302
    assert physician.claims(patient.question).status_code == 302
    proof = proving(sandbox, tmp_path)
    as_program(physician)
    answer = physician.answers(patient.question, drug="Lévothyroxine", new_dose="75 µg")
    refused = proof.refused(answer, "PRESCRIPTION_NOT_ALLOWED")
    assert refused.said["type"] == "answer.refused"
    assert not Leg.objects.exists()
    assert physician.answers(patient.question).status_code == 200  # the same without a dose


def test_the_prescriber_adapts_their_own_treatment_all_the_same(database, walk):
    linked(walk.patient, walk.physician, ground="prescriber")
    walk.held(tier="own-physician")
    adapted = care.Report(
        text="Dose réduite.", acts="aucun", follow_up="TSH à six semaines.", drug="Lévothyroxine",
        old_dose="75 µg", new_dose="62,5 µg",
    )  # fmt: skip
    assert walk.answers(outcome="adapted-treatment", report=adapted).gate_pass
