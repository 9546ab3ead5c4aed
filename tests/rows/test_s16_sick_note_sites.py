"""S16, Arretmaladie.fr: nothing yields a sick note, and who comes from such a site is told."""

import json

import pytest
from django.db import connection
from django.test import Client

from audit.models import Entry
from broker.forms.answers import AnswerForm
from broker.screen import heard_in
from broker.screen.arrivals import refused_site
from consults import states
from tests.broker.test_public_words import said
from tests.rows import structure
from tests.rows.proving import as_program, proving
from tests.rows.structure import offending

WORDS = """
sicknote sicknotes arret arrets certificate certificates certificat certificats ordonnance
ordonnances dispense prescription prescriptions sick
"""
PAPERS = frozenset(WORDS.split())
# Where such a word names what is refused or asked about, never something that is given.
INNOCENT = {
    "broker/actions/arriving.py: offer_mentions_obtaining_sick_leave": "a fact of a refusal",
    "broker/queries/platform.py: offer_mentions_obtaining_sick_leave": "a fact, to be refused",
    "broker/queries/platform.py: sick_leave_share_of_cases_bps": "a fact, to be refused",
    "consults/queries/act.py: prescription_issued": "a fact, always false",
    "consults/queries/act.py: sick_leave_total_days": "a fact, always zero",
    "consults/queries/act.py: trace_acts_and_prescriptions_present": "a fact on the record",
    "consults/queries/intake.py: request_is_certificate": "what the screen heard",
    "consults/queries/intake.py: request_is_sick_leave": "what the screen heard",
    "broker/templates/broker/turned_away.html: CERTIFICATE_REQUEST": "the code of a refusal",
    "broker/templates/broker/turned_away.html: SICK_NOTE_REQUEST": "the code of a refusal",
    "consults/states.py: CERTIFICATE_REQUEST": "the code of a refusal",
    "consults/states.py: SICK_NOTE_REQUEST": "the code of a refusal",
}
ASKED = "Bonjour, il me faudrait un arrêt de travail de trois jours, merci."


def test_a_request_for_a_sick_note_is_refused_in_four_parts(patient, physician, sandbox, tmp_path):
    proof = proving(sandbox, tmp_path)
    as_program(patient)
    answer = patient.asks(f"treating:{physician.person.id}", ASKED)
    refused = proof.refused(answer, "SICK_NOTE_REQUEST")
    assert "arrêt" not in json.dumps(refused.said, ensure_ascii=False)


@pytest.mark.parametrize(
    "text",
    [
        "vous pouvez me faire un arret maladie pour demain svp",
        "J’aurais besoin d’être arrêté deux jours, mon patron le demande",
        "je voudrai prolongé mon arret de travail",
    ],
)
def test_other_ways_to_ask_for_one_are_refused_too(patient, physician, text):
    as_program(patient)
    answer = patient.asks(f"treating:{physician.person.id}", text)
    assert answer.json()["code"] == "SICK_NOTE_REQUEST"


def test_no_table_address_form_command_or_template_is_named_after_such_a_paper():
    found = [one for one in offending(structure.everything(), PAPERS) if one not in INNOCENT]
    assert found == []


def test_an_answer_can_end_in_nothing_that_is_a_paper():
    assert set(states.OUTCOMES) == {
        "advised", "adapted-treatment", "see-physician", "emergency", "cannot-answer",
    }  # fmt: skip
    assert set(states.ACT_KINDS) == {"simple_advice", "telemedicine_act"}
    assert offending(structure.of_form(AnswerForm), PAPERS) == []


def test_nothing_is_attached_to_a_thread(database):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name || '.' || column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name IN"
            " ('consults_message', 'consults_answer', 'consults_report')"
            " AND column_name ~ '(file|attachment|document|mime)'"
        )
        assert cursor.fetchall() == []


def test_no_sentence_offers_a_sick_note_and_a_seeded_one_is_heard():
    offered = {
        (where, sentence)
        for where, sentence in said()
        if "offer_mentions_obtaining_sick_leave" in heard_in(sentence)
    }
    assert offered == set()
    assert "offer_mentions_obtaining_sick_leave" in heard_in("Votre arrêt maladie en 10 minutes")


def test_the_walk_finds_a_seeded_paper():
    seeded = [("table care_document", "sick_note_pdf"), ("form", "kind_certificat")]
    assert len(offending(seeded, PAPERS)) == 2


@pytest.mark.parametrize(
    ("host", "refused"),
    [
        ("arretmaladie.fr", "arretmaladie.fr"),
        ("www.arretmaladie.fr", "arretmaladie.fr"),
        ("go.Docteursecu.FR.", "docteursecu.fr"),
        ("mon-arret-de-travail.example", "named arret-?(?:de-?)?(?:maladie|travail)"),
        ("arret-maladie.ameli.fr", ""),
        ("service-public.fr", ""),
        ("notarretmaladie.example.gouv.fr", ""),
        ("conseil.example", ""),
        ("pharmarretmal.example", ""),
    ],
)
def test_a_host_is_refused_by_the_list_and_official_ones_never(host, refused):
    assert refused_site(host) == refused


def test_an_arrival_from_such_a_site_is_refused_in_four_parts(database, sandbox, tmp_path):
    proof = proving(sandbox, tmp_path)
    came = {"Referer": "https://www.arretmaladie.fr/commande?patient=anne@exemple.test"}
    answer = Client().get("/", headers={**came, "Accept": "application/json"})
    refused = proof.refused(answer, "SICK_NOTE_PLATFORM")
    assert refused.said["data"] == {"code": "SICK_NOTE_PLATFORM", "site": "arretmaladie.fr"}
    assert "anne" not in json.dumps(refused.said) and "127.0.0.1" not in json.dumps(refused.said)
    assert refused.said["actor"]["kind"] == "system"


def test_the_page_says_why_and_leads_on(database):
    answer = Client().get("/comment/", headers={"Referer": "https://docteursecu.fr/"})
    page = answer.content.decode()
    assert answer.status_code == 403 and "SICK_NOTE_PLATFORM" in page
    assert 'href="/"' in page and "médecin traitant" in page
    onward = Client().get("/comment/", headers={"Referer": "http://testserver/comment/"})
    assert onward.status_code == 200


def test_a_site_is_recorded_once_an_hour_however_many_come(database):
    for _ in range(3):
        Client().get("/", headers={"Referer": "https://arretmaladie.fr/"})
    assert Entry.objects.filter(type="arrival.refused").count() == 1


def test_another_referrer_and_a_broken_one_are_welcome(database):
    for referrer in ("https://www.ameli.fr/", "http://[", "", "arretmaladie.fr"):
        assert Client().get("/comment/", headers={"Referer": referrer}).status_code == 200
