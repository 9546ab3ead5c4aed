"""F20: the contract and visa gate works, the council's silence included, without anyone acting."""

from datetime import date, timedelta

import pytest

from audit.models import Entry
from consults import states
from consults.contracts import month_after
from consults.queries import careers, is_eligible
from tests import people
from tests.people import PhysicianPerson, now
from tests.rows.test_k1_k6_contract_review import at_the_visa, vetted
from tests.rows.test_s6_vetting import SomeOperator, moved
from tests.walks.faces import signed_in


@pytest.mark.parametrize(
    "sent, tacit",
    [
        (date(2026, 1, 10), date(2026, 2, 11)),
        (date(2026, 1, 31), date(2026, 3, 1)),
        (date(2028, 1, 31), date(2028, 3, 1)),
        (date(2025, 12, 31), date(2026, 2, 1)),
    ],
)
def test_a_month_of_silence_ends_on_the_day_after_its_last(sent, tacit):
    assert month_after(sent) + timedelta(days=1) == tacit


def test_silence_becomes_favourable_at_its_hour_without_anyone_doing_anything(database):
    today = people.today()
    person = vetted(answered=False, sent_on=today - timedelta(days=5))
    assert at_the_visa(person).codes == ("VISA_MISSING",)
    before = Entry.objects.count()
    tacit = careers.contract_of(person.id, now()).tacit_on
    from_then = people.datetime.combine(tacit, people.datetime.min.time(), people.UTC)
    for later, status in ((-2, "pending"), (1, "favourable")):
        at = from_then + timedelta(days=later)
        facts = careers.contract_of(person.id, at)
        assert careers.contracts.opinion(facts, at.date()).status == status
    assert Entry.objects.count() == before, "only time passed"


def test_a_tacit_visa_lets_a_physician_begin_and_says_that_it_is_tacit(database):
    today = people.today()
    sent = today - timedelta(days=45)
    person = vetted(answered=False, signed_on=sent, sent_on=sent, effective_on=today)
    given = at_the_visa(person)
    assert given.state == states.VISA, given.codes
    assert moved(person, "active", "activated").state == states.ACTIVE
    assert is_eligible(person.id, now())
    operator = signed_in(SomeOperator())
    page = operator.get(f"/operateur/medecins/{person.id}/").content.decode()
    assert "favorable, tacite" in page and "preuve d’envoi" in page


def test_the_desk_lists_what_waits_and_the_day_of_the_tacit_opinion(database):
    sent = people.today() - timedelta(days=5)
    person = vetted(answered=False, sent_on=sent)
    moved(person, *people.CAREER[1])
    people.an_applicant(name="Dre Nouvelle Venue")
    near = people.a_physician(name="Dr Bientôt Échu")
    people.attest(
        near, "insurance", valid_until=now() + timedelta(days=20), covers_teleadvice=True
    )
    page = signed_in(SomeOperator()).get("/operateur/medecins/").content.decode()
    assert "avis tacite le" in page and "Nouvelle Venue" in page
    assert "Bientôt Échu" in page.split("Échéances sous soixante jours")[1]


def test_the_reviewer_of_the_council_sees_the_contract_and_no_other_councils(database):
    person = vetted()
    assert at_the_visa(person).state == states.VISA
    far = people.a_physician(council="69", departement="69")
    reviewer = people.a_reviewer("75")
    browser = signed_in(PhysicianPerson(reviewer, person.physician))
    page = browser.get("/ordre/medecins/").content.decode()
    assert person.physician.rpps in page and "CDOM75-2026-014" in page
    assert far.physician.rpps not in page
    trail = browser.get(f"/ordre/{person.physician.subject}/").content.decode()
    assert "contract.answered" in trail and "CDOM75-2026-014" in trail
    assert browser.get(f"/ordre/{far.physician.subject}/").status_code == 404
