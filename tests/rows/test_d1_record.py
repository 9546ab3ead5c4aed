"""D1: report, acts, follow-up, identity, time and incidents in the record, or nothing is due."""

import io
from dataclasses import replace

import pytest
from django.conf import settings
from pypdf import PdfReader

from audit.law import codes, packs
from audit.law.evaluator import judge
from billing.models import GatePass
from consults.adapters.pdf import moment, pdf_of
from consults.models import Answer, Patient
from consults.queries import act_facts, paper_of, physician_facts
from tests import people
from tests.billing.walk import Walk

WHOLE = people.REPORT
MISSING = {
    "no report": {"report": None},
    "no analysis": {"report": replace(WHOLE, text="")},
    "no acts": {"report": replace(WHOLE, acts="")},
    "no follow-up": {"report": replace(WHOLE, follow_up="")},
    "incidents left out": {"incidents": ""},
}


def answered(**said):
    """A question of a patient and their treating physician, answered so."""
    patient, physician = people.a_patient(), people.a_physician()
    people.linked(patient, physician)
    question = people.claimed(patient, physician)
    people.answered(question, physician, **said)
    return question, physician


def refusals(question, physician) -> set[str]:
    """The codes under which the act is refused, its fee aside."""
    at = people.now()
    facts = {**physician_facts(physician.id, at), **act_facts(question, at)}
    said = judge(facts=facts, scopes=("act",), at=at, profile=settings.PROFILE, pack=packs.load())
    return {codes.code_of(one.rule) for one in said.refusing} - {"FEE_NOT_SHOWN_BEFORE"}


def test_a_whole_record_stands_in_the_way_of_nothing(database):
    assert refusals(*answered()) == set()


@pytest.mark.parametrize("missing", MISSING)
def test_one_thing_missing_and_the_act_is_not_traced(database, missing):
    assert "NOT_TRACED" in refusals(*answered(**MISSING[missing]))


def test_without_an_identity_the_record_is_not_whole(database):
    question, physician = answered()
    assert Patient.objects.count() == 1
    patient, doctor = people.a_patient(identified_by=""), people.a_physician()
    people.linked(patient, doctor)
    unknown = people.claimed(patient, doctor)
    people.answered(unknown, doctor)
    assert "NOT_TRACED" not in refusals(question, physician)
    assert "NOT_TRACED" in refusals(unknown, doctor)


def test_a_follow_up_left_out_gives_both_holds_back(database, sandbox):
    walk = Walk.begun(sandbox)
    walk.held()
    charged = walk.answers(report=replace(WHOLE, follow_up=""))
    assert charged.gate_pass is None and not GatePass.objects.exists()
    assert codes.code_of(charged.decision.refusing[0].rule) == "NOT_TRACED"
    walk.works()
    assert set(walk.states().values()) == {"voided"}


def test_the_record_can_be_taken_away_with_all_six(database):
    question, physician = answered()
    paper = paper_of(question)
    text = PdfReader(io.BytesIO(pdf_of(paper))).pages[0].extract_text()
    signed = Answer.objects.get().signed_at
    for said in (
        WHOLE.text, WHOLE.acts, WHOLE.follow_up, "Camille Essai", physician.physician.rpps,
        moment(signed), "Incidents aucun",
    ):  # fmt: skip
        assert said in text, said
    assert pdf_of(paper) == pdf_of(paper_of(question)), "the same bytes each time"
