"""What a patient chooses, over the pages: who treats them, what they agree to, taking it back."""

import json
import re

import pytest

from audit.models import Entry
from billing.models import Leg
from consults.models import Consent, PathwayEvidence, Question, TreatingChoice
from consults.queries import act_facts
from tests import people
from tests.billing.conftest import sandbox, walk  # noqa: F401 - fixtures
from tests.walks.faces import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient(database):
    return people.a_patient()


@pytest.fixture
def doctor(database):
    return people.a_physician(name="Dre Hélène Marchand")


def page(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_a_patient_names_the_physician_they_found_and_it_is_unknown_until_confirmed(
    patient, doctor
):
    mine, theirs = signed_in(patient), signed_in(doctor)
    assert "Vous n’avez encore rien dit" in page(mine, "/parcours/")
    found = mine.post("/parcours/medecin-traitant/", {"asked": "helene MARCHAND"})
    assert str(doctor.id) in found.content.decode()
    named = {"ground": "treating", "physician": str(doctor.id)}
    assert mine.post("/parcours/", named).status_code == 302
    assert mine.post("/parcours/", named).status_code == 302  # said twice, declared once
    (link,) = PathwayEvidence.objects.all()
    assert "pas encore confirmé" in page(mine, "/parcours/")
    assert (
        theirs.post(
            "/parcours/confirmer/", {"evidence": str(link.id), "confirmed": "yes"}
        ).status_code
        == 302
    )
    assert "honoraires, que vous voyez et acceptez avant" in page(mine, "/parcours/")
    assert "Liens qui reposent sur votre parole" in page(theirs, "/parcours/")
    ended = theirs.post("/parcours/terminer/", {"evidence": str(link.id)})
    assert ended.status_code == 302
    assert "par le médecin" in page(mine, "/parcours/")


def test_no_name_is_ever_in_an_address(patient):
    answer = signed_in(patient).get("/parcours/medecin-traitant/?asked=Marchand")
    assert "Dans le répertoire national" not in answer.content.decode()


@pytest.mark.parametrize("choice, said", [
    ("none", "Pas de médecin traitant"), ("unwilling", "Vous ne souhaitez pas le nommer"),
])  # fmt: skip
def test_a_patient_may_have_none_or_not_say_and_is_told_the_three_ways(
    patient, doctor, choice, said
):
    people.linked(patient, doctor)
    mine = signed_in(patient)
    question_id = people.asked(patient, doctor).question_id
    assert act_facts(question_id, people.now())["is_treating_physician"].value is True
    assert mine.post("/parcours/medecin-traitant/dire/", {"choice": choice}).status_code == 302
    shown = page(mine, "/parcours/")
    assert said in shown and "devis à 0" in shown and "garde" in shown
    now = people.now()
    facts = act_facts(question_id, now)
    assert facts["is_treating_physician"].value is False
    known = facts.get("has_treating_physician")
    assert (known and known.value) is (False if choice == "none" else None)
    (row,) = TreatingChoice.objects.all()
    before = act_facts(question_id, row.said_at - people.timedelta(microseconds=1))
    assert before["is_treating_physician"].value is True


def test_nobody_ends_a_link_that_is_not_theirs(patient, doctor):
    link = people.linked(patient, doctor)
    for stranger in (people.a_patient(), people.a_physician()):
        answer = signed_in(stranger).post("/parcours/terminer/", {"evidence": str(link.id)})
        assert answer.status_code == 404
    link.refresh_from_db()
    assert link.ended_at is None


def test_nothing_is_ticked_beforehand(patient, doctor):
    mine = signed_in(patient)
    mine.post("/questions/nouvelle/", {"none_of_these": "1"})
    for address in (
        "/questions/nouvelle/ecrire/",
        "/parcours/medecin-traitant/",
        "/compte/fermer/",
    ):
        assert not re.search(r"<input[^>]*\bchecked\b", page(mine, address)), address


def test_taking_back_the_remote_act_closes_open_questions_and_gives_both_holds_back(walk):  # noqa: F811
    walk.held()
    mine = signed_in(walk.patient)
    said = mine.post("/compte/consentements/", {"kind": "remote", "given": "no"})
    assert said.status_code == 302
    question = Question.objects.get(pk=walk.question)
    assert (question.state, question.reason) == ("withdrawn", "consent-withdrawn")
    walk.works()
    assert {leg.state for leg in Leg.objects.all()} == {"voided"}
    assert act_facts(walk.question, people.now())["patient_consent_recorded"].value is False
    (row,) = Consent.objects.filter(given=False)
    assert row.subject == question.subject
    shown = page(mine, "/compte/consentements/")
    assert "retiré" in shown and row.sha256[:16] in shown


def test_a_later_question_asks_again_and_its_own_agreement_counts(patient, doctor):
    people.linked(patient, doctor)
    mine = signed_in(patient)
    mine.post("/compte/consentements/", {"kind": "remote", "given": "no"})
    question_id = people.asked(patient, doctor).question_id
    assert act_facts(question_id, people.now())["patient_consent_recorded"].value is True


def test_sharing_taken_back_is_an_objection_before_the_report_leaves(patient):
    treating, other = people.a_physician(), people.a_physician()
    people.linked(patient, treating)
    people.linked(patient, other, ground="referral", attestor=treating)
    question_id = people.claimed(patient, other, ground="referral")
    people.answered(question_id, other)
    mine = signed_in(patient)
    mine.post("/compte/consentements/", {"kind": "sharing", "given": "no"})
    facts = act_facts(question_id, people.now())
    assert facts["patient_objects_to_sharing"].value is True
    assert Question.objects.get(pk=question_id).reason == "patient-objected"
    assert signed_in(treating).get(f"/questions/{question_id}/compte-rendu/").status_code == 404


def test_whoever_took_the_terms_back_agrees_again_before_asking(patient, doctor):
    people.linked(patient, doctor)
    mine = signed_in(patient)
    mine.post("/compte/consentements/", {"kind": "terms", "given": "no"})
    asked = asks(mine, doctor)
    assert (asked.status_code, asked["X-Error-Code"]) == (422, "TERMS_NEEDED")
    assert asks(mine, doctor, terms="1").status_code == 302
    assert set(Consent.objects.filter(given=True).values_list("kind", flat=True)) == {
        "remote", "terms",
    }  # fmt: skip


def asks(client, doctor, **more):
    client.post("/questions/nouvelle/", {"none_of_these": "1"})
    form = {
        "question_id": str(people.uuid4()), "client_id": str(people.uuid4()),
        "text": people.ACCEPTED, "route": f"treating:{doctor.id}", "consent": "1",
    }  # fmt: skip
    return client.post("/questions/nouvelle/ecrire/", form | more)


def test_a_question_is_withdrawn_on_a_page_that_says_what_it_means_and_its_text_is_kept(walk):  # noqa: F811
    walk.held()
    mine, address = signed_in(walk.patient), f"/questions/{walk.question}/retirer/"
    assert "Les deux réservations sur votre carte sont annulées" in page(mine, address)
    assert mine.post(address, {"reason": "because"}).status_code == 422
    assert mine.post(address, {"reason": "patient-saw-physician"}).status_code == 302
    walk.works()
    assert {leg.state for leg in Leg.objects.all()} == {"voided"}
    thread = page(mine, f"/questions/{walk.question}/")
    assert people.ACCEPTED.split("?")[0][:30] in thread and "Reprendre ce texte" in thread
    mine.get(f"/questions/nouvelle/?reprendre={walk.question}")
    again = mine.post("/questions/nouvelle/", {"none_of_these": "1"}, follow=True)
    assert people.ACCEPTED in again.content.decode().replace("&#x27;", "'")
    assert "Cette question est déjà terminée" in page(mine, address)


def test_a_taken_question_may_still_be_withdrawn_and_an_answered_one_says_what_is_left(
    patient, doctor
):
    people.linked(patient, doctor)
    mine = signed_in(patient)
    taken = people.claimed(patient, doctor)
    assert "a pris votre question" in page(mine, f"/questions/{taken}/retirer/")
    mine.post(f"/questions/{taken}/retirer/", {"reason": "other"})
    assert Question.objects.get(pk=taken).state == "withdrawn"
    assert signed_in(doctor).get(f"/file/{taken}/").status_code == 404
    done = people.claimed(patient, doctor)
    people.answered(done, doctor)
    shown = page(mine, f"/questions/{done}/retirer/")
    assert "ne se retire pas" in shown and "réclamation" in shown
    late = mine.post(f"/questions/{done}/retirer/", {"reason": "other"})
    assert (late.status_code, late["X-Error-Code"]) == (409, "WRONG_STATE")


def test_whose_link_has_ended_is_no_longer_shown_to_the_physician_nor_vouched_for(patient, doctor):
    link = people.linked(patient, doctor)
    theirs = signed_in(doctor)
    known = {"patient": str(patient.id), "says": "known"}
    assert patient.patient.name in page(theirs, "/parcours/")
    assert theirs.post("/parcours/patients/", known).status_code == 302
    signed_in(patient).post("/parcours/terminer/", {"evidence": str(link.id)})
    assert patient.patient.name not in page(theirs, "/parcours/")
    for says in ("known", "doubted", "spared"):
        assert theirs.post("/parcours/patients/", known | {"says": says}).status_code == 404


def test_questions_that_end_together_are_not_joined_by_one_instant(patient, doctor):
    people.linked(patient, doctor)
    for _ in range(3):
        people.asked(patient, doctor)
    signed_in(patient).post("/compte/consentements/", {"kind": "remote", "given": "no"})
    bodies = [json.loads(bytes(one.body)) for one in Entry.objects.all()]
    ended = [one["at"] for one in bodies if one["type"] == "question.withdrawn"]
    assert len(ended) == len(set(ended)) == 3
