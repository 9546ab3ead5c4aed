"""What may happen to a question on its way: refused, free, off-platform, lost, given back."""

from datetime import timedelta

import pytest
from django.db import transaction

from broker.actions.sweeping import sweep
from broker.models import Lease
from broker.queries.words import verdict
from tests import people
from tests.walks.faces import ANSWER, PhysicianFace, hidden, signed_in
from tests.walks.test_one_question import in_hand, worked


def test_a_ticked_red_flag_ends_before_any_text_with_the_numbers(patient):
    answer = patient.client.post("/questions/nouvelle/", {"flags": "chest-pain"}, follow=True)
    page = answer.content.decode()
    assert 'data-refusal-code="EMERGENCY_REDIRECT"' in page
    assert 'href="tel:15"' in page
    assert patient.client.get("/questions/nouvelle/ecrire/").status_code == 302


def test_saying_nothing_about_red_flags_is_no_answer(patient):
    for form in ({}, {"flags": "stroke", "none_of_these": "1"}, {"flags": "love"}):
        answer = patient.client.post("/questions/nouvelle/", form)
        assert answer.status_code == 422
    assert patient.client.get("/questions/nouvelle/ecrire/").status_code == 302


def test_a_sick_note_is_refused_with_its_article_and_nothing_is_quoted(patient, physician):
    text = "Pouvez-vous me faire un arrêt de travail de trois jours, j'ai la gastro ?"
    answer = patient.asks(f"treating:{physician.person.id}", text=text)
    assert answer.url == patient.at()
    state = patient.state()
    assert (state["state"], state["refusal"]) == ("refused", "SICK_NOTE_REQUEST")
    assert state["refused"]["article"]
    assert state["money"]["quote"] is None
    assert patient.client.get(patient.at("devis/")).status_code == 404


def test_the_same_form_sent_twice_is_one_question(patient, physician):
    patient.says_no_flags()
    page = patient.client.get("/questions/nouvelle/ecrire/").content.decode()
    form = {name: hidden(page, name) for name in ("question_id", "client_id")} | {
        "text": "Matin ou soir ?", "route": f"treating:{physician.person.id}", "consent": "1",
    }  # fmt: skip
    first = patient.client.post("/questions/nouvelle/ecrire/", form)
    patient.says_no_flags()
    again = patient.client.post("/questions/nouvelle/ecrire/", form)
    assert first.url.startswith(again.url)
    assert patient.client.get("/questions/").content.decode().count("queue-card") == 1


def test_outside_the_pathway_the_quote_is_zero_and_no_card_is_asked(patient, physician):
    other = people.a_physician(name="Dr Hors Parcours")
    patient.asks(f"none:{other.id}")
    quote = patient.state()["money"]["quote"]
    assert (quote["honoraires_cents"], quote["platform_cents"]) == (0, 0)
    accepted = patient.accepts(settlement="")
    assert accepted.url == patient.at()
    desk = PhysicianFace(other, signed_in(other))
    assert desk.claims(patient.question).status_code == 302
    assert desk.answers(patient.question).status_code == 302
    state = patient.state()
    assert not state["verdict"]["charged"]
    assert state["verdict"]["code"] == "NO_TREATING_RELATION"
    assert state["money"]["legs"] == []


def test_no_settlement_is_chosen_for_the_patient(patient, physician):
    patient.asks(f"treating:{physician.person.id}")
    assert "checked" not in patient.client.get(patient.at("devis/")).content.decode()
    answer = patient.accepts(settlement="")
    assert (answer.status_code, answer["X-Error-Code"]) == (422, "NO_SETTLEMENT_CHOSEN")


def test_off_platform_only_the_fee_is_held_and_the_physician_acknowledges(patient, physician):
    patient.asks(f"treating:{physician.person.id}")
    patient.accepts(settlement="off_platform")
    assert patient.pays(2).url == patient.at()
    physician.claims(patient.question)
    physician.answers(patient.question)
    worked()
    legs = {leg["party"]: leg for leg in patient.state()["money"]["legs"]}
    assert (legs["honoraires"]["state"], legs["platform"]["state"]) == ("due", "captured")
    physician.client.post(
        f"/file/{patient.question}/acquitter/", {"leg": legs["honoraires"]["id"]}
    )
    assert patient.state()["money"]["legs"][0]["state"] == "acquitted"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"act_kind": "simple_advice"}, "SIMPLE_ADVICE"),
        ({"report": "", "acts": "", "follow_up": ""}, "NOT_TRACED"),
        ({"outcome": "see-physician"}, "NOT_PERFORMED"),
    ],
)
def test_an_answer_that_is_no_traced_act_is_free_and_both_holds_go_back(
    patient, physician, change, code
):
    in_hand(patient, physician)
    physician.answers(patient.question, **change)
    worked()
    state = patient.state()
    assert (state["verdict"]["charged"], state["verdict"]["code"]) == (False, code)
    assert {leg["state"] for leg in state["money"]["legs"]} == {"voided"}
    for face in (
        patient.client.get(patient.at()),
        physician.client.get(f"/file/{patient.question}/"),
    ):
        assert "verdict--free" in face.content.decode()


@pytest.mark.parametrize(("report", "state"), [("", "closed"), ("Un compte rendu.", "answered")])
def test_the_patient_closes_what_left_nothing_to_deliver(patient, physician, report, state):
    in_hand(patient, physician)
    acts, next_ = ("aucun", "Revoir dans un mois.") if report else ("", "")
    physician.answers(patient.question, report=report, acts=acts, follow_up=next_)
    assert ("Clore la question" in patient.client.get(patient.at()).content.decode()) is (
        not report
    )
    answer = patient.client.post(patient.at("clore/"), headers={"Accept": "application/json"})
    assert (answer.status_code, patient.state()["state"]) == (302 if not report else 409, state)


def test_only_the_patient_objects_to_the_report_being_sent(patient, physician):
    in_hand(patient, physician)
    physician.answers(patient.question)
    there = patient.at("compte-rendu/transmettre/")
    assert physician.client.post(there, {"way": "objected"}).status_code == 404
    assert patient.client.post(there, {"way": "objected"}).status_code == 302
    assert patient.state()["state"] == "closed"


def test_a_declared_link_that_is_not_confirmed_is_unknown_and_free(patient, physician):
    other = people.a_physician(name="Dr Déclaré")
    people.linked(patient.person, other, confirmed=None)
    patient.asks(f"treating:{other.id}")
    patient.accepts(settlement="off_platform")
    assert patient.state()["state"] in ("opened", "queued")


def test_a_stale_view_is_held_with_what_was_written(patient, physician):
    question = in_hand(patient, physician)
    page = physician.client.get(f"/file/{question}/").content.decode()
    form = {name: hidden(page, name) for name in ("client_id", "lease", "against_seq")} | ANSWER
    patient.client.post(
        patient.at("messages/"), {"id": hidden(page, "client_id"), "body": "J'oubliais : 75 µg."}
    )
    answer = physician.client.post(f"/file/{question}/repondre/", form)
    assert (answer.status_code, answer["X-Error-Code"]) == (422, "STALE_VIEW")
    assert "demi-heure avant" in answer.content.decode()
    assert "75 µg" in answer.content.decode()
    assert physician.answers(question).status_code == 302


def test_silence_gives_the_question_back_and_a_late_answer_becomes_a_draft(patient, physician):
    question = in_hand(patient, physician)
    opened_at = patient.state()["opened_at"]
    page = physician.client.get(f"/file/{question}/").content.decode()
    form = {name: hidden(page, name) for name in ("client_id", "lease", "against_seq")} | ANSWER
    Lease.objects.update(expires_at=people.now() - timedelta(seconds=1))
    assert sweep(now=people.now()) >= 1
    assert patient.state()["state"] == "queued"
    assert patient.state()["opened_at"] == opened_at
    late = physician.client.post(f"/file/{question}/repondre/", form)
    assert (late.status_code, late["X-Error-Code"]) == (409, "LEASE_LOST")
    assert physician.claims(question).status_code == 302
    again = physician.client.get(f"/file/{question}/").content.decode()
    assert "demi-heure avant" in again
    assert physician.answers(question).status_code == 302


def test_a_question_is_given_back_by_who_declines(patient, physician):
    question = in_hand(patient, physician)
    page = physician.client.get(f"/file/{question}/").content.decode()
    answer = physician.client.post(f"/file/{question}/rendre/", {"lease": hidden(page, "lease")})
    assert answer.url == "/file/"
    assert physician.waiting() == [str(question)]
    assert physician.client.get(f"/questions/{question}/etat.json").status_code == 404


def test_a_lapsed_insurance_stops_the_claim_with_its_rule(patient, physician):
    patient.asks(f"treating:{physician.person.id}")
    patient.accepts(settlement="card")
    patient.pays(1)
    patient.pays(2)
    people.attest(physician.person, "registration", status="suspended")
    answer = physician.claims(patient.question)
    assert (answer.status_code, answer["X-Error-Code"]) == (409, "NOT_REGISTERED")
    assert patient.state()["state"] == "queued"


def test_a_passed_deadline_releases_both_holds_and_tells_the_patient(
    patient, physician, monkeypatch
):
    monkeypatch.setattr("broker.actions.paying.deadline", lambda **_: people.now())
    patient.asks(f"treating:{physician.person.id}")
    patient.accepts()
    patient.pays(1)
    patient.pays(2)
    worked()
    state = patient.state()
    assert state["state"] == "expired"
    assert {leg["state"] for leg in state["money"]["legs"]} == {"voided"}
    assert "rien n’est débité" in patient.client.get(patient.at()).content.decode()


def test_taking_a_question_back_releases_what_was_held(patient, physician):
    patient.asks(f"treating:{physician.person.id}")
    patient.accepts()
    patient.pays(1)
    answer = patient.client.post(patient.at("retirer/"), {"reason": "patient-changed-mind"})
    assert answer.url == patient.at()
    worked()
    assert {leg["state"] for leg in patient.state()["money"]["legs"]} == {"voided"}


def test_any_eligible_physician_reserves_and_the_quote_names_them(patient, physician):
    patient.asks("none:any")
    assert patient.state()["state"] == "queued"
    question = patient.question
    assert physician.waiting() == [str(question)]
    assert physician.claims(question).url == f"/file/{question}/"
    page = physician.client.get(f"/file/{question}/").content.decode()
    assert "lévothyroxine" not in page
    other = people.a_physician()
    desk = PhysicianFace(other, signed_in(other))
    assert desk.waiting() == []
    assert desk.claims(question).status_code in (404, 409)
    assert (
        physician.person.physician.name
        in patient.client.get(patient.at("devis/")).content.decode()
    )
    assert patient.accepts(settlement="").url == patient.at()
    assert physician.claims(question).status_code == 302
    assert physician.answers(question).status_code == 302
    subject = people.Question.objects.get(pk=question).subject
    with transaction.atomic():
        assert verdict(subject, "fr")["charged"] is False


def test_a_reservation_that_nobody_accepts_lapses_and_another_may_take_it(patient, physician):
    patient.asks("none:any")
    physician.claims(patient.question)
    Lease.objects.update(expires_at=people.now() - timedelta(seconds=1))
    sweep(now=people.now())
    other = people.a_physician()
    desk = PhysicianFace(other, signed_in(other))
    assert desk.waiting() == [str(patient.question)]
    assert desk.claims(patient.question).status_code == 302


def test_every_page_of_the_walk_is_there_for_its_people(patient, physician):
    question = in_hand(patient, physician)
    physician.answers(question)
    worked()
    report = patient.client.get(patient.at("compte-rendu/"))
    assert "horaire de prise" in report.content.decode()
    sent = patient.client.post(patient.at("compte-rendu/transmettre/"), {"way": "printed"})
    assert sent.url == patient.at()
    operator = signed_in(people.PatientPerson(people.an_account("operator"), None))
    pages = {
        patient.client: ["/questions/", "/questions/nouvelle/", "/parcours/", patient.at()],
        physician.client: ["/file/", f"/file/{question}/", "/parcours/"],
        operator: ["/operateur/"],
    }
    for client, addresses in pages.items():
        for address in addresses:
            for language in ("fr", "en"):
                answer = client.get(address, headers={"accept-language": language})
                assert answer.status_code == 200, address
