"""Each ground of the pathway: its evidence, who may vouch for it, and when it stops to count."""

import pytest
from django.db import transaction

from consults import actions as care
from consults.actions.choosing import LinkEnded, declare_link, end_link
from consults.models import PathwayEvidence
from consults.queries import act_facts, intake_facts, physicians_offered
from consults.queries.act import FACT_OF_GROUND
from consults.screen import screen
from tests import people

pytestmark = pytest.mark.django_db
INSTANT = people.timedelta(microseconds=1)


@pytest.fixture
def trio(database):
    """A patient, the physician they ask, and their treating physician, confirmed."""
    patient, asked, treating = people.a_patient(), people.a_physician(), people.a_physician()
    people.linked(patient, treating)
    return patient, asked, treating


def ended(link: PathwayEvidence, who) -> PathwayEvidence:
    with transaction.atomic():
        return end_link(evidence_id=link.id, actor=who.actor, now=people.now())


def said(question_id, name, at=None):
    fact = act_facts(question_id, at or people.now()).get(name)
    return fact and fact.value


@pytest.mark.parametrize("ground", sorted(FACT_OF_GROUND))
@pytest.mark.parametrize("by", ["patient", "attestor"])
def test_a_link_that_ends_stops_counting_at_that_instant_and_not_before(trio, ground, by):
    patient, asked, treating = trio
    attestor = treating if ground == "referral" else asked
    link = people.linked(patient, asked, ground=ground, attestor=attestor)
    question_id = people.asked(patient, asked, ground=ground).question_id
    name = FACT_OF_GROUND[ground]
    assert said(question_id, name) is True
    gone = ended(link, patient if by == "patient" else attestor)
    assert (gone.confirmed, gone.ended_by) == (True, by)  # what was decided stays as it was
    assert said(question_id, name, gone.ended_at - INSTANT) is True
    assert said(question_id, name, gone.ended_at) is False
    assert act_facts(question_id, gone.ended_at)["integrated_in_care_pathway"].value is False


@pytest.mark.parametrize("ground", ["team", "long-term"])
def test_another_physician_s_word_counts_only_while_they_treat_the_patient(trio, ground):
    patient, asked, treating = trio
    stranger = people.a_physician()
    question_id = people.asked(patient, asked, ground=ground).question_id
    people.linked(patient, asked, ground=ground, attestor=stranger)
    assert said(question_id, FACT_OF_GROUND[ground]) is None
    people.linked(patient, asked, ground=ground, attestor=treating)
    assert said(question_id, FACT_OF_GROUND[ground]) is True
    ended(PathwayEvidence.objects.get(ground="treating"), patient)
    assert said(question_id, FACT_OF_GROUND[ground]) is None


def test_naming_another_treating_physician_ends_the_first_link_and_keeps_its_history(trio):
    patient, other, treating = trio
    question_id = people.asked(patient, treating).question_id
    with transaction.atomic():
        new = declare_link(
            patient_id=patient.id, ground="treating", physician_id=other.id,
            attestor_id=other.id, actor=patient.actor, now=people.now(),
        )  # fmt: skip
    first = PathwayEvidence.objects.get(physician=treating.physician)
    assert first.confirmed and first.ended_at == new.declared_at and first.ended_by == "patient"
    assert said(question_id, "is_treating_physician") is False
    with pytest.raises(LinkEnded):
        ended(first, patient)


def test_a_stranger_ends_nothing(trio):
    _, asked, treating = trio
    link = PathwayEvidence.objects.get(physician=treating.physician)
    with pytest.raises(care.NotTheAttestor):
        ended(link, asked)


def test_an_ended_link_is_offered_no_more_and_makes_nobody_one_s_own_prescriber(trio):
    patient, _, treating = trio
    ended(PathwayEvidence.objects.get(physician=treating.physician), treating)
    offered = {one.physician_id: one for one in physicians_offered(patient.id, people.now())}
    assert offered[treating.id].grounds == {}
    facts = intake_facts(
        patient_id=patient.id, screening=screen("Bonjour"), flags=(), ground="none",
        physician_id=treating.id, at=people.now(),
    )  # fmt: skip
    assert facts["addressee_is_own_prescriber"].value is False
