"""S6: physicians are vetted one by one, insured for teleadvice, and stopped when they must be."""

import json
from datetime import timedelta

import pytest

from audit.models import Entry
from broker.actions import careers
from broker.models import Lease
from consults import states
from consults.models import Attestation, CareerMove, Question
from consults.queries import is_eligible, on_duty, physicians_offered
from tests import people
from tests.people import CLERK, now
from tests.rows.proving import as_program, proving
from tests.waiting import until
from tests.walks.faces import ANSWER, PhysicianFace, hidden, signed_in


def taken_free(patient, physician):
    """A free question that this physician has in hand: no payment exists."""
    patient.asks(f"none:{physician.person.id}")
    patient.accepts()
    assert physician.claims(patient.question).status_code == 302
    return patient.question


def moved(person, to, reason):
    return careers.move(physician_id=person.id, to=to, reason=reason, actor=CLERK, now=now())


def candidates(patient):
    return [one.physician_id for one in physicians_offered(patient.id, now()) if one.eligible]


def test_an_insurance_ending_at_t_leaves_no_candidate_at_t_and_no_answer_a_second_later(
    patient, physician, sandbox, tmp_path
):
    person = physician.person
    question = taken_free(patient, physician)
    end = now() + timedelta(hours=1)
    people.attest(person, "insurance", valid_until=end, covers_teleadvice=True)
    assert candidates(patient.person.patient) == [person.id]
    assert is_eligible(person.id, end - timedelta(microseconds=1))
    assert not is_eligible(person.id, end), "no candidate at T itself"
    soon = now() + timedelta(milliseconds=1)
    people.attest(person, "insurance", valid_until=soon, covers_teleadvice=True)
    until(lambda: now() >= soon)
    assert candidates(patient.person.patient) == []
    as_program(physician)
    proof = proving(sandbox, tmp_path)
    refused = proof.refused(physician.answers(question), "INSURANCE_LAPSED")
    assert refused.said["type"] == "answer.refused"
    assert refused.decision.facts["insurance_valid_on_act_date"].value is False
    assert Question.objects.get(pk=question).state == "claimed", "the question stays open"


def test_tomorrows_renewal_does_not_repair_yesterdays_act(database):
    person = people.a_physician(without=("insurance",))
    lapsed = now()
    assert not is_eligible(person.id, lapsed)
    people.attest(
        person, "insurance", valid_from=now() - timedelta(days=30), covers_teleadvice=True
    )
    assert is_eligible(person.id, now())
    assert not is_eligible(person.id, lapsed), "what was not known then is not known then"


@pytest.mark.parametrize("state", [one for one in states.CAREER if one != states.ACTIVE])
def test_only_the_active_are_candidates(database, state):
    patient = people.a_patient()
    person = people.an_applicant()
    if state != states.APPLIED:
        person = people.a_physician()
        assert candidates(patient.patient) == [person.id]
        moved(person, states.SUSPENDED, "inquiry")
        if state == states.TURNED_DOWN:
            moved(person, state, "status")
    assert candidates(patient.patient) == []
    assert not is_eligible(person.id, now())


@pytest.mark.parametrize(
    "kind, code",
    [
        ("directory", "IDENTITY_NOT_VERIFIED"),
        ("registration", "NOT_REGISTERED"),
        ("insurance", "INSURANCE_LAPSED"),
    ],
)
def test_nobody_is_vetted_without_each_attestation(database, kind, code):
    person = people.an_applicant()
    for name, details in people.attestations(person.physician.rpps).items():
        if name != kind:
            people.attest(person, name, **details)
    held = moved(person, states.VETTED, "file-complete")
    assert (held.state, held.codes) == (states.APPLIED, (code,))
    assert not CareerMove.objects.filter(physician=person.physician).exists()
    body = json.loads(bytes(Entry.objects.get(type="physician.held-back").body))
    assert body["data"]["codes"] == [code]


def test_insurance_that_leaves_teleadvice_out_is_no_insurance_here(database):
    person = people.a_physician()
    people.attest(person, "insurance", covers_teleadvice=False)
    assert not is_eligible(person.id, now())


@pytest.mark.parametrize("status", ["hospital", "locum", "eu-provider"])
def test_each_way_of_practising_needs_its_paper_in_force(database, status):
    person = people.an_applicant(status=status)
    for name, details in people.attestations(person.physician.rpps).items():
        people.attest(person, name, **details)
    assert moved(person, states.VETTED, "file-complete").codes == ("STATUS_UNPROVED",)
    people.attest(person, "status", status="hospital" if status == "locum" else "locum")
    assert moved(person, states.VETTED, "file-complete").codes == ("STATUS_UNPROVED",)
    people.attest(person, "status", status=status)
    assert moved(person, states.VETTED, "file-complete").state == states.VETTED


def test_a_provider_from_the_union_is_exempt_from_registration_by_the_orders_receipt(database):
    person = people.an_applicant(status="eu-provider")
    for name, details in people.attestations(person.physician.rpps).items():
        if name != "registration":
            people.attest(person, name, **details)
    assert "NOT_REGISTERED" in moved(person, states.VETTED, "file-complete").codes
    people.attest(person, "status", status="eu-provider")
    assert moved(person, states.VETTED, "file-complete").state == states.VETTED


def test_a_suspension_acts_at_once_on_what_a_physician_holds(patient, physician):
    question = taken_free(patient, physician)
    page = physician.client.get(f"/file/{question}/").content.decode()
    operator = PhysicianFace(physician.person, signed_in(SomeOperator()))
    form = {"to": "suspended", "reason": "council-decision"}
    address = f"/operateur/medecins/{physician.person.id}/etape/"
    assert operator.client.post(address, form).status_code == 302
    as_program(physician)
    late = physician.client.post(f"/file/{question}/repondre/", written(page))
    assert 400 <= late.status_code < 500
    row = Question.objects.get(pk=question)
    assert (row.state, row.answered_at) == ("queued", None)
    assert not Lease.objects.filter(question=row, ended_at=None).exists()
    assert Lease.objects.get(question=row).ended_because == "suspended"
    told = patient.client.get(patient.at()).content.decode()
    assert "Ce médecin ne peut plus répondre ici" in told
    again = physician.claims(question)
    assert again.json()["code"] == "PHYSICIAN_NOT_ACTIVE"
    back = moved(physician.person, states.ACTIVE, "resumed")
    assert back.state == states.ACTIVE and back.decision is not None
    assert physician.claims(question).status_code in (200, 302)


def test_coming_back_is_judged_like_beginning(database):
    person = people.a_physician()
    moved(person, states.SUSPENDED, "insurance")
    people.attest(person, "registration", status="suspended")
    held = moved(person, states.ACTIVE, "resumed")
    assert (held.state, held.codes) == (states.SUSPENDED, ("NOT_REGISTERED",))
    assert held.decision is not None and not held.decision.allowed
    assert Attestation.objects.filter(physician=person.physician).count() == 6


class SomeOperator:
    """An operator who signs in."""

    def __init__(self):
        self.account = people.an_account("operator")


def written(page):
    """What the physician had typed when the page was shown."""
    names = ("client_id", "lease", "against_seq")
    return {name: hidden(page, name) for name in names} | ANSWER


def test_a_suspended_physician_is_on_no_duty(database):
    person = people.a_physician()
    people.on_duty(person)
    before = now()
    assert [turn.physician_id for turn in on_duty(before)] == [person.id]
    moved(person, states.SUSPENDED, "inquiry")
    assert on_duty(now()) == []
    assert [turn.physician_id for turn in on_duty(before)] == [person.id], "as it stood then"
