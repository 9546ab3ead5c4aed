"""S15: an emergency is never queued, quoted or paid: the numbers, and a human who is told."""

import pytest
from channels.db import database_sync_to_async
from django.conf import settings

from audit.models import Entry
from billing.models import Leg, Quote
from broker.actions.escalating import give_back_held
from broker.actions.sweeping import sweep
from consults import states
from consults.models import Alert, Message, Question
from consults.queries import open_alerts
from tests import people
from tests.rows.proving import as_program, proving
from tests.walks.faces import PhysicianFace, signed_in
from tests.walks.sockets import Line, walked

NUMBERS = ('href="tel:15"', 'href="tel:112"', 'href="sms:114"', 'href="tel:3114"')
HEART = "J'ai une douleur dans la poitrine qui serre et mon bras gauche est engourdi."
DESPAIR = "Je n'en peux plus, je veux en finir ce soir."
ABUSE = "Bande de connards, répondez ! De toute façon ce soir je vais me suicider."


@pytest.fixture
def duty(physician):
    """The duty physician of alerts, with their browser."""
    person = people.a_physician(name="Dre Garde")
    people.on_duty(person)
    return PhysicianFace(person, signed_in(person))


def nothing_began(proof):
    """No quote, no payment, and no place in any queue."""
    assert not Quote.objects.exists() and not Leg.objects.exists()
    assert not Question.objects.exclude(state=states.REFUSED).exists()
    assert not Entry.objects.filter(type__in=("question.queued", "quote.issued")).exists()
    proof.no_payment()


def waiting_for(face):
    return open_alerts(face.person.id, people.now())


@pytest.mark.parametrize("flag", states.RED_FLAGS)
def test_any_ticked_red_flag_ends_before_a_word_is_written(patient, duty, sandbox, tmp_path, flag):
    proof = proving(sandbox, tmp_path)
    as_program(patient)
    answer = patient.client.post("/questions/nouvelle/", {"flags": [flag]})
    code = "SUICIDE_REDIRECT" if flag == "suicide" else "EMERGENCY_REDIRECT"
    if flag in ("chest-pain", "suicide"):
        proof.refused(answer, code)  # one of each: the whole export is slow to verify
    else:
        assert (answer.status_code, answer["X-Error-Code"]) == (422, code)
        proof.one_entry(code)
    nothing_began(proof)
    (alert,) = waiting_for(duty)
    assert alert.kind == ("suicidal" if flag == "suicide" else "emergency")


@pytest.mark.parametrize(
    ("text", "code", "kind"),
    [(HEART, "EMERGENCY_REDIRECT", "emergency"), (DESPAIR, "SUICIDE_REDIRECT", "suicidal")],
)
def test_the_first_text_is_heard_before_any_quote(
    patient, physician, duty, sandbox, tmp_path, text, code, kind
):
    proof = proving(sandbox, tmp_path)
    as_program(patient)
    answer = patient.asks(f"treating:{physician.person.id}", text=text)
    refused = proof.refused(answer, code)
    assert text not in str(refused.said)
    nothing_began(proof)
    assert [alert.kind for alert in waiting_for(duty)] == [kind]


def test_the_list_comes_before_free_text_and_cannot_be_gone_round(patient):
    answer = patient.client.get("/questions/nouvelle/ecrire/")
    assert (answer.status_code, answer.url) == (302, "/questions/nouvelle/")
    late = patient.client.post("/questions/nouvelle/ecrire/", {"text": HEART})
    assert (late.status_code, late.url) == (302, "/questions/nouvelle/")
    assert not Question.objects.exists()
    neither = patient.client.post("/questions/nouvelle/", {})
    assert neither.status_code == 422


@pytest.mark.parametrize(
    "page", ["/", "/questions/nouvelle/", "/questions/", "/garde/", "/sources/"]
)
def test_the_numbers_are_on_every_page(patient, page):
    shown = patient.client.get(page, follow=True).content.decode()
    assert [one for one in NUMBERS if one not in shown] == []


def test_the_list_speaks_the_reader_s_language(patient):
    french = patient.client.get("/questions/nouvelle/").content.decode()
    patient.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    english = patient.client.get("/questions/nouvelle/").content.decode()
    assert "Saignement abondant" in french and "Heavy bleeding" in english
    for sentence in states.RED_FLAGS.values():
        assert sentence not in english


def test_a_later_message_is_heard_too_and_stays_where_it_is(patient, physician, duty):
    assert patient.asks(f"treating:{physician.person.id}").status_code == 302
    before = Quote.objects.count()

    async def walk():
        async with Line(patient.client, patient.question) as line:
            await line.resume()
            assert (await line.send(DESPAIR))["type"] == "accepted"
            assert await database_sync_to_async(sweep)(now=people.now()) >= 1
            await line.until("state")  # the page around the thread is taken anew

    walked(walk)
    question = Question.objects.get(pk=patient.question)
    assert question.severity == "urgent"
    assert Message.objects.filter(question=question, kind="message").count() == 2
    assert Quote.objects.count() == before
    assert [alert.kind for alert in waiting_for(duty)] == ["suicidal"]
    page = patient.client.get(patient.at()).content.decode()
    assert 'data-heard="called"' in page and "n’attendez pas, appelez" in page


def test_with_nobody_on_duty_the_page_says_that_nobody_will_call(patient, physician):
    patient.asks(f"treating:{physician.person.id}", text=HEART)
    page = patient.client.get(patient.at()).content.decode()
    assert 'data-heard="nobody"' in page and "personne ne vous appellera" in page
    assert [one for one in NUMBERS if one not in page] == []


def test_what_the_duty_physician_did_is_on_the_patient_s_page_and_in_the_log(patient, duty):
    patient.asks("none:any", text=DESPAIR)
    (alert,) = waiting_for(duty)
    page = duty.client.get(f"/file/alertes/{alert.id}/").content.decode()
    assert "en finir ce soir" in page
    assert duty.client.get("/file/alertes/etat.json").json()["waiting"] == 1
    duty.client.post(f"/file/alertes/{alert.id}/", {"verdict": "called"})
    assert duty.client.get("/file/alertes/etat.json").json() == {"waiting": 0, "newest": None}
    assert 'data-heard="seen"' in patient.client.get(patient.at()).content.decode()
    written = list(Entry.objects.order_by("pk").values_list("type", flat=True))
    assert written[-2:] == ["alert.read", "alert.acknowledged"]


def test_nobody_else_reads_an_alert(patient, physician, duty):
    patient.asks("none:any", text=DESPAIR)
    (alert,) = waiting_for(duty)
    assert physician.client.get(f"/file/alertes/{alert.id}/").status_code == 404
    assert patient.client.get(f"/file/alertes/{alert.id}/").status_code == 404


def test_what_is_urgent_inside_an_abusive_message_is_acted_upon(patient, duty, settings):
    patient.asks("none:any", text=ABUSE)
    question = Question.objects.get(pk=patient.question)
    assert "suicidal" in {alert.kind for alert in waiting_for(duty)}
    page = patient.client.get(patient.at()).content.decode()
    assert [one for one in NUMBERS if one not in page] == []
    assert 'data-heard="called"' in page
    assert not Quote.objects.exists()
    if question.state == states.HELD:  # the patient is not left waiting for ever
        settings.HELD_FOR = 0 * settings.HELD_FOR
        assert give_back_held(now=people.now()) == 1
        assert "il vous est rendu" in patient.client.get(patient.at()).content.decode()


def test_an_alert_holds_no_word_of_the_patient_in_the_log(patient, duty):
    patient.asks("none:any", text=HEART)
    sweep(now=people.now())
    for entry in Entry.objects.all():
        body = bytes(entry.body).decode()
        for word in ("poitrine", "engourdi", "emergency", "Camille"):
            assert word not in body, (entry.type, word)
    assert Alert.objects.count() == 1
