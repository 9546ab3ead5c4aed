"""What ends at T has ended at T, at every door, though nobody does anything and no worker runs."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction

from audit.law.words import refusal_code
from broker.actions import answering, claiming
from broker.actions.faults import LeaseLost, Moved
from broker.models import Lease
from consults import actions as care
from consults.calendar import PARIS
from consults.facts import Classification
from consults.models import Question
from consults.queries import act_facts, on_duty, physicians_offered
from tests import people

# The record takes acts of any moment here: `now` is what the tests turn, not the clock.
pytestmark = pytest.mark.usefixtures("unhurried")
SECOND = timedelta(seconds=1)


def soon():
    return people.now().replace(microsecond=0) + timedelta(hours=2)


def tomorrow():
    """A contract ends with a day of Paris, and this one not while a test runs."""
    day = people.today() + timedelta(days=2)
    return datetime(day.year, day.month, day.day, tzinfo=PARIS).astimezone(UTC)


def insured():
    doctor, end = people.a_physician(without=("insurance",)), soon()
    people.attest(doctor, "insurance", valid_until=end, covers_teleadvice=True)
    return doctor, end


def registered():
    doctor, end = people.a_physician(without=("registration",)), soon()
    people.attest(doctor, "registration", valid_until=end, status="registered")
    return doctor, end


def under_contract():
    doctor, end = people.an_applicant(), tomorrow()
    for kind, details in people.attestations(doctor.physician.rpps).items():
        people.attest(doctor, kind, **details)
    people.a_contract(doctor, ends_on=end.astimezone(PARIS).date())
    for to, reason in people.CAREER:
        with transaction.atomic():
            care.move_physician(
                physician_id=doctor.id, to=to, reason=reason, actor=people.CLERK, now=people.now()
            )
    people.acknowledge(doctor)
    people.choose(doctor)
    return doctor, end


ENDS = {"insurance": insured, "registration": registered, "contract": under_contract}


@pytest.fixture(params=ENDS)
def ending(request):
    """A physician of whom one thing ends at T, and T."""
    return ENDS[request.param]()


def test_offers_end_at_t(ending):
    doctor, end = ending
    patient = people.a_patient()

    def offered(at):
        return {one.physician_id: one.eligible for one in physicians_offered(patient.id, at)}

    assert offered(end - SECOND)[doctor.id] is True
    assert offered(end)[doctor.id] is False
    assert offered(end + SECOND)[doctor.id] is False


def claim(doctor, at):
    question_id = people.queued(people.a_patient(), doctor)
    with transaction.atomic():
        decision = care.claim(
            question_id=question_id, physician_id=doctor.id, actor=doctor.actor, now=at
        )
    return decision, question_id


def test_claims_end_at_t(ending):
    doctor, end = ending
    assert claim(doctor, end - SECOND)[0].allowed
    for at in (end, end + SECOND):
        decision, question_id = claim(doctor, at)
        assert not decision.allowed and refusal_code(decision)
        assert Question.objects.get(pk=question_id).state == "queued"


def sent(doctor, question_id, at):
    head = Question.objects.get(pk=question_id).head_seq
    with transaction.atomic():
        return care.give_answer(
            question_id=question_id, physician_id=doctor.id, client_id=uuid4(), against_seq=head,
            text=people.ANSWER, report=people.REPORT,
            classification=Classification("telemedicine_act", True, True), outcome="advised",
            incidents="none", strong_at=at, actor=doctor.actor, now=at,
        )  # fmt: skip


@pytest.mark.parametrize("late", [timedelta(0), SECOND])
def test_sending_ends_at_t_and_the_text_is_kept(ending, late):
    doctor, end = ending
    _, in_time = claim(doctor, end - 3 * SECOND)
    _, too_late = claim(doctor, end - 3 * SECOND)
    assert sent(doctor, in_time, end - SECOND).answer_id
    refused = sent(doctor, too_late, end + late)
    assert refused.answer_id is None and not refused.decision.allowed
    assert Question.objects.get(pk=too_late).draft_set.count() >= 1


def test_a_turn_of_duty_ends_at_t_for_alerts_and_offers_and_the_act(monkeypatch):
    monkeypatch.setattr("consults.queries.duty.is_on_call", lambda departement, at: True)
    doctor, patient, end = people.a_physician(), people.a_patient(), soon()
    for role in ("alerts", "on-call"):
        with transaction.atomic():
            care.roster(
                physician_id=doctor.id, role=role, starts_at=people.now(), ends_at=end,
                departement="75", actor=people.CLERK, now=people.now(),
            )  # fmt: skip
    monkeypatch.setattr("consults.queries.act.on_call_until", lambda departement, at: end)
    asked = people.asked(patient, doctor, ground="on-call").question_id
    for at, on in ((end - SECOND, True), (end, False), (end + SECOND, False)):
        assert bool(on_duty(at)) is on
        assert physicians_offered(patient.id, at)[0].on_call is on
        assert act_facts(asked, at)["on_call_duty"].value is on


def test_a_lease_ends_at_t_for_its_holder_and_for_the_next():
    doctor, other = people.a_physician(), people.a_physician()
    question_id = people.queued(people.a_patient(), doctor)
    begun = people.now()
    taken = claiming.claim(
        question_id=question_id, physician_id=doctor.id, actor=doctor.actor, now=begun
    )
    end = Lease.objects.get(token=taken.token).expires_at
    assert claiming.renew(question_id=question_id, physician_id=other.id, now=begun) is False
    written = answering.Written(
        client_id=uuid4(), against_seq=Question.objects.get(pk=question_id).head_seq,
        text=people.ANSWER, report=people.REPORT,
        classification=Classification("telemedicine_act", True, True), outcome="advised",
        incidents="none", strong_at=begun,
    )  # fmt: skip
    said = {"question_id": question_id, "physician_id": doctor.id, "actor": doctor.actor}
    for at in (end, end + SECOND):
        assert claiming.renew(question_id=question_id, physician_id=doctor.id, now=at) is False
        with pytest.raises(LeaseLost):
            answering.answer(**said, lease=taken.token, written=written, now=at)
        with pytest.raises(Moved, match="LEASE_LOST"):
            claiming.claim(**said, now=at)
    assert answering.answer(**said, lease=taken.token, written=written, now=end - SECOND).answer_id
