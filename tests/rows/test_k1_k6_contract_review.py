"""K1 to K6: the council reviews seven items; no visa while one is empty, no pay by output."""

from datetime import timedelta

import pytest

from consults import states
from consults.contracts import ITEMS
from consults.queries import physician_facts
from tests import people
from tests.people import now
from tests.rows.proving import proving
from tests.rows.test_s6_vetting import SomeOperator, moved
from tests.walks.faces import signed_in


def vetted(**contract):
    """A physician whose file is complete, with a contract as said."""
    person = people.an_applicant()
    for name, details in people.attestations(person.physician.rpps).items():
        people.attest(person, name, **details)
    assert moved(person, *people.CAREER[0]).state == states.VETTED
    people.a_contract(person, **contract)
    return person


def at_the_visa(person):
    assert moved(person, *people.CAREER[1]).state == states.CONTRACT_SENT
    return moved(person, *people.CAREER[2])


@pytest.mark.parametrize("missing", ITEMS)
def test_there_is_no_visa_while_one_of_the_seven_items_is_empty(database, missing):
    person = vetted(items=tuple(item for item in ITEMS if item != missing))
    held = at_the_visa(person)
    assert (held.state, held.codes) == (states.CONTRACT_SENT, ("CONTRACT_INCOMPLETE",))
    assert physician_facts(person.id, now())["contract_clauses_present_count"].value == 6


def test_with_all_seven_and_the_councils_opinion_the_visa_is_given(database):
    person = vetted()
    assert at_the_visa(person).state == states.VISA
    facts = physician_facts(person.id, now())
    assert facts["contract_clauses_present_count"].value == 7
    assert facts["days_since_contract_signature"].value == 60
    assert facts["ordinal_visa_status"].value == "favourable"


def test_a_contract_that_pays_by_output_goes_nowhere(database):
    person = vetted(pay="output")
    held = moved(person, *people.CAREER[1])
    assert (held.state, held.codes) == (states.VETTED, ("PAID_BY_OUTPUT",))
    assert physician_facts(person.id, now())["contract_pay_depends_on_output"].value is True


def test_without_the_declaration_of_no_counter_letter_nobody_begins(database, sandbox, tmp_path):
    person = vetted(declared=False)
    assert at_the_visa(person).state == states.VISA
    operator = signed_in(SomeOperator())
    operator.defaults["HTTP_ACCEPT"] = "application/json"
    proof = proving(sandbox, tmp_path)
    answer = operator.post(
        f"/operateur/medecins/{person.id}/etape/", {"to": "active", "reason": "activated"}
    )
    refused = proof.refused(answer, "COUNTER_LETTER_UNDECLARED")
    assert refused.decision.facts["no_counter_letter_declared"].value is False


def test_a_contract_sent_more_than_a_month_after_its_signature_is_blocked(database):
    today = people.today()
    late = vetted(signed_on=today - timedelta(days=90), sent_on=today - timedelta(days=50))
    assert at_the_visa(late).codes == ("CONTRACT_SENT_LATE",)
    assert physician_facts(late.id, now())["contract_sent_to_cdom"].value is False
