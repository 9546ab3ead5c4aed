"""C6 to C8: the visa is dated, printed and exported; a contract is seen before it starts."""

import json
import random
from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.models import Entry
from billing.models import Receipt
from consults import actions as care
from consults import states
from consults.contracts import ITEMS, Contract, Step, lacking, opinion, reigning
from consults.models import Contract as ContractRow
from consults.queries import is_eligible, physician_facts
from tests import people
from tests.people import CLERK, EVIDENCE, now
from tests.rows.proving import as_program, proving
from tests.rows.test_s6_vetting import SomeOperator, moved
from tests.walks.faces import signed_in
from tests.walks.test_one_question import in_hand, worked

REFERENCE = "CDOM75-2026-014"
FIRST = date(2025, 12, 1)
days = st.integers(0, 150).map(lambda n: FIRST + timedelta(days=n))


def visaed(person):
    """A physician who has all but the start: state `visa`."""
    for name, details in people.attestations(person.physician.rpps).items():
        people.attest(person, name, **details)
    contract = people.a_contract(person)
    for to, reason in people.CAREER[:3]:
        assert moved(person, to, reason).state == to
    return contract


def answered(contract, opinion, reference="CDOM75-9"):
    with people.transaction.atomic():
        care.note_answer(
            contract_id=contract.id, opinion=opinion, on=people.today(), reference=reference,
            evidence_sha256=EVIDENCE, actor=CLERK, now=now(),
        )  # fmt: skip


def test_the_visa_is_printed_on_the_contract_and_the_receipt_and_carried_by_the_export(
    patient, physician
):
    contract = ContractRow.objects.get(physician=physician.person.physician)
    page = physician.client.get(f"/medecin/contrats/{contract.id}/").content.decode()
    assert REFERENCE in page
    in_hand(patient, physician)
    physician.answers(patient.question)
    worked()
    receipt = Receipt.objects.exclude(series="platform").get()
    says = json.loads(receipt.text)
    assert says["visa"]["reference"] == REFERENCE
    assert REFERENCE in patient.client.get(f"/recus/{receipt.id}/").content.decode()
    assert patient.client.get(f"/recus/{receipt.id}/pdf/").status_code == 200
    exported = json.loads(bytes(Entry.objects.filter(type="physician.moved").latest("pk").body))
    assert exported["data"]["visa"]["reference"] == REFERENCE


def test_a_contract_that_ended_yesterday_refuses_yesterdays_act_and_tomorrows_repairs_nothing(
    database,
):
    person = people.an_applicant()
    for name, details in people.attestations(person.physician.rpps).items():
        people.attest(person, name, **details)
    today = people.today()
    people.a_contract(person, ends_on=today + timedelta(days=1))
    for to, reason in people.CAREER:
        assert moved(person, to, reason).state == to
    assert is_eligible(person.id, now())
    after = now() + timedelta(days=2)
    assert not is_eligible(person.id, after), "it binds no more: nobody did anything"
    facts = physician_facts(person.id, after)
    assert "ordinal_visa_status" not in facts, "no contract, no visa"
    people.a_contract(person, effective_on=today + timedelta(days=5))
    assert not is_eligible(person.id, after), "what takes effect later repairs nothing before"
    assert is_eligible(person.id, now() + timedelta(days=6))


@pytest.mark.parametrize("with_opinion", ["unfavourable"])
def test_beginning_is_refused_in_four_parts_while_the_council_objects(
    database, sandbox, tmp_path, with_opinion
):
    person = people.an_applicant()
    contract = visaed(person)
    answered(contract, with_opinion)
    operator = signed_in(SomeOperator())
    operator.defaults["HTTP_ACCEPT"] = "application/json"
    proof = proving(sandbox, tmp_path)
    answer = operator.post(
        f"/operateur/medecins/{person.id}/etape/", {"to": "active", "reason": "activated"}
    )
    refused = proof.refused(answer, "VISA_MISSING")
    assert refused.said["type"] == "physician.held-back"
    assert refused.decision.facts["ordinal_visa_status"].value == "unfavourable"
    person.physician.refresh_from_db()
    assert person.physician.state == states.VISA


def test_a_visa_that_the_council_takes_back_stops_the_next_claim(patient, physician, sandbox):
    contract = ContractRow.objects.get(physician=physician.person.physician)
    patient.asks(f"none:{physician.person.id}")
    patient.accepts()
    answered(contract, "unfavourable")
    as_program(physician)
    refused = physician.claims(patient.question)
    assert refused.json()["code"] == "VISA_MISSING"


def of_dates(signed, sent, answer, effective, *, pay="paid-by-patient", said="favourable"):
    steps = [Step("item", FIRST, EVIDENCE, item) for item in ITEMS]
    steps += [Step("sent", sent, EVIDENCE)] if sent else []
    steps += [Step("answered", answer, EVIDENCE, "", said)] if answer else []
    steps.append(Step("declared", FIRST, EVIDENCE))
    return Contract(uuid4(), signed, effective, None, pay, EVIDENCE, tuple(steps))


def a_month_later(day):
    """An oracle of its own: the calendar month by its number, the last day when it is short."""
    for back in range(4):
        try:
            year, month = (day.year, day.month + 1) if day.month < 12 else (day.year + 1, 1)
            return date(year, month, day.day - back)
        except ValueError:
            continue
    raise AssertionError


@given(signed=days, sent=days | st.none(), answer=days | st.none(), effective=days, today=days)
def test_whatever_the_order_of_dates_nobody_begins_before_the_visa(
    signed, sent, answer, effective, today
):
    if answer and (sent is None or answer < sent):
        answer = None  # the act refuses such a date
    contract = of_dates(signed, sent, answer, effective)
    silent = a_month_later(sent) + timedelta(days=1) if sent else None
    heard = min((day for day in (answer, silent) if day), default=None)
    seen = heard is not None and heard <= today
    expected = bool(sent and (sent - signed).days <= 31 and seen and heard <= effective <= today)
    free = not lacking(contract, today)
    assert free == expected
    if free:
        visa = opinion(contract, today)
        assert visa.on <= effective <= today, "visa, then effect, then the first question"
        assert visa.tacit == (answer is None or answer > silent)


@given(st.lists(st.tuples(days, days), min_size=1, max_size=4), days)
def test_a_renewal_in_preparation_never_pushes_out_the_contract_in_force(pairs, today):
    whole = of_dates(FIRST, FIRST, FIRST, FIRST)
    others = [of_dates(signed, None, None, effective) for signed, effective in pairs]
    assert reigning([whole, *others], today) is whole
    assert reigning([*others, whole], today) is whole


def test_random_orders_of_the_real_acts_end_active_only_when_the_dates_agree(database):
    chance = random.Random(8)
    today = people.today()
    person = people.an_applicant()
    for name, details in people.attestations(person.physician.rpps).items():
        people.attest(person, name, **details)
    assert moved(person, *people.CAREER[0]).state == states.VETTED
    active = False
    for _ in range(12):
        signed, sent, answer, effective = (
            today - timedelta(days=chance.randrange(0, 60)) for _ in range(4)
        )
        try:
            people.a_contract(person, signed_on=signed, sent_on=sent, effective_on=effective,
                              answered=False)  # fmt: skip
        except (care.DateInFuture, care.DatesOutOfOrder):
            continue
        contract = ContractRow.objects.latest("recorded_at")
        try:
            with people.transaction.atomic():
                care.note_answer(
                    contract_id=contract.id, opinion="favourable", on=answer, reference="R",
                    evidence_sha256=EVIDENCE, actor=CLERK, now=now(),
                )  # fmt: skip
        except care.DatesOutOfOrder:
            assert answer < sent
        person.physician.refresh_from_db()
        for to, reason in people.CAREER[1:]:
            if to in states.CAREER_MOVES[person.physician.state]:
                moved(person, to, reason)
                person.physician.refresh_from_db()
        heard = (
            min(answer, a_month_later(sent) + timedelta(days=1))
            if answer >= sent
            else (a_month_later(sent) + timedelta(days=1))
        )
        active |= (sent - signed).days <= 31 and heard <= effective <= today
        assert (person.physician.state == states.ACTIVE) == active


def test_a_date_that_has_not_come_and_an_answer_before_the_sending_are_refused(database):
    person = people.an_applicant()
    tomorrow = people.today() + timedelta(days=2)
    with pytest.raises(care.DateInFuture):
        people.a_contract(person, signed_on=tomorrow)
    contract = people.a_contract(person, answered=False)
    with pytest.raises(care.DatesOutOfOrder), people.transaction.atomic():
        care.note_answer(
            contract_id=contract.id, opinion="favourable", on=people.today() - timedelta(days=30),
            reference="R", evidence_sha256=EVIDENCE, actor=CLERK, now=now(),
        )  # fmt: skip
