"""A request gets in, is turned away with its reason, or waits for a human; always recorded."""

import json
from datetime import date

import pytest
from django.db import connection, transaction

from audit.models import Entry
from consults import access, states
from consults import actions as care
from consults.models import Alert, Draft, Message, Question
from consults.queries import open_alerts, question_view, thread, to_screen
from tests import people

pytestmark = pytest.mark.django_db

SICK_LEAVE = "Pouvez-vous me faire un arrêt de travail de trois jours, j'ai la gastro ?"
CERTIFICATE = "J'ai besoin d'un certificat médical pour m'inscrire à la course de dimanche."
RENEWAL = "Pourriez-vous renouveler mon ordonnance de pilule ?"
SUICIDAL = "Je veux mourir, je n'en peux plus."
ABUSIVE = "Réponds, espèce d'abruti, je paie pour ça !"


@pytest.fixture
def pair(db):
    """A patient and their confirmed treating physician."""
    patient, doctor = people.a_patient(), people.a_physician()
    people.linked(patient, doctor)
    return patient, doctor


def entries(question_id):
    """What is recorded about a question, in order."""
    subject = Question.objects.get(pk=question_id).subject
    return [
        json.loads(bytes(e.body)) for e in Entry.objects.filter(subject=subject).order_by("id")
    ]


def test_an_ordinary_question_gets_in_with_its_text_as_first_message(pair):
    opened = people.asked(*pair)
    assert (opened.state, opened.refusal) == ("opened", "")
    events = thread(opened.question_id)
    assert [(e.seq, e.kind, e.author, e.body) for e in events] == [
        (1, "message", "patient", people.ACCEPTED)
    ]
    entry = entries(opened.question_id)[-1]
    assert entry["type"] == "question.opened"
    assert entry["decision"]["pack"]["sha256"]


@pytest.mark.parametrize(
    "text, code, rule",
    [
        (SICK_LEAVE, "SICK_NOTE_REQUEST", "sick-leave-not-by-written-advice"),
        (CERTIFICATE, "CERTIFICATE_REQUEST", "no-certificate-without-examination"),
        (SUICIDAL, "SUICIDE_REDIRECT", "suicide-redirect"),
    ],
)
def test_a_refused_request_is_recorded_and_its_text_kept_as_a_draft(pair, text, code, rule):
    opened = people.asked(*pair, text=text)
    assert not opened.decision.allowed
    view = question_view(opened.question_id)
    assert (view.state, view.refusal, view.refused_by) == ("refused", code, rule)
    assert code in states.ERRORS
    assert not Message.objects.filter(question_id=opened.question_id).exists()
    draft = Draft.objects.get(question_id=opened.question_id)
    assert draft.delete_at - draft.kept_at == states.DRAFT_LIFE
    assert entries(opened.question_id)[-1]["type"] == "question.refused"


def test_a_tick_on_the_red_flag_list_sends_to_the_emergency_services_whatever_is_written(pair):
    opened = people.asked(*pair, flags=("chest-pain",))
    assert (opened.state, opened.refusal) == ("refused", "EMERGENCY_REDIRECT")
    assert Alert.objects.get(question_id=opened.question_id).kind == "emergency"
    assert people.asked(*pair, flags=("suicide",)).refusal == "SUICIDE_REDIRECT"


def test_a_renewal_is_for_ones_own_prescriber_only(pair):
    patient, doctor = pair
    stranger = people.a_physician()
    assert people.asked(patient, doctor, text=RENEWAL).state == "opened"
    away = people.asked(patient, stranger, text=RENEWAL, ground="none")
    assert away.refusal == "RENEWAL_TO_OWN_PRESCRIBER"


def test_a_minor_needs_the_holder_of_parental_authority(pair):
    _, doctor = pair
    young = people.a_patient(birth_date=date(2015, 1, 1))
    opened = people.asked(young, doctor)
    assert (opened.state, opened.refusal) == ("refused", "MINOR_WITHOUT_PARENT")
    assert opened.decision.refusing[0].rule == "minor-needs-parental-holder"


def test_an_abusive_text_waits_for_a_human_who_lets_it_in(pair):
    patient, doctor = pair
    people.on_duty(doctor)
    opened = people.asked(patient, doctor, text=ABUSIVE)
    assert (opened.state, opened.refusal, opened.alerted) == ("held", "HELD_FOR_REVIEW", True)
    assert thread(opened.question_id) == []
    (alert,) = open_alerts(doctor.id, people.now())
    with transaction.atomic():
        care.acknowledge_alert(
            alert_id=alert.id, verdict="released", actor=doctor.actor, now=people.now()
        )
    assert [e.body for e in thread(opened.question_id)] == [ABUSIVE]
    assert question_view(opened.question_id).state == "opened"
    assert not Draft.objects.exists()
    with pytest.raises(care.WrongState), transaction.atomic():
        care.acknowledge_alert(
            alert_id=alert.id, verdict="released", actor=doctor.actor, now=people.now()
        )


def test_a_human_may_turn_a_held_text_away(pair):
    patient, doctor = pair
    people.on_duty(doctor)
    opened = people.asked(patient, doctor, text=ABUSIVE)
    (alert,) = open_alerts(doctor.id, people.now())
    with transaction.atomic():
        care.acknowledge_alert(
            alert_id=alert.id, verdict="refused", actor=doctor.actor, now=people.now()
        )
    assert question_view(opened.question_id).state == "refused"


def test_an_alert_goes_to_the_physician_on_duty(pair):
    patient, doctor = pair
    duty = people.a_physician()
    people.on_duty(duty)
    assert people.asked(patient, doctor, text=SUICIDAL).alerted
    assert [alert.kind for alert in open_alerts(duty.id, people.now())] == ["suicidal"]
    assert open_alerts(doctor.id, people.now()) == []


def test_every_later_message_of_the_patient_is_listened_to_once(pair):
    patient, doctor = pair
    question_id = people.claimed(patient, doctor)
    for author, body in ((patient, "Merci."), (doctor, SUICIDAL), (patient, SUICIDAL)):
        assert to_screen() in ([], [question_id])
        with transaction.atomic():
            care.post_message(
                question_id=question_id,
                author=author.actor,
                client_id=people.uuid4(),
                body=body,
                now=people.now(),
            )
    for heard in (["suicidal"], []):
        with transaction.atomic():
            assert care.screen_thread(question_id=question_id, now=people.now()) == heard
        assert to_screen() == []
    assert Alert.objects.get().kind == "suicidal"
    assert question_view(question_id).severity == "urgent"
    assert [e["type"] for e in entries(question_id)].count("alert.raised") == 1


def test_a_draft_is_forgotten_when_its_thirty_days_are_over(pair):
    people.asked(*pair, text=SICK_LEAVE)
    end = Draft.objects.get().delete_at
    for moment, gone in ((end - people.timedelta(seconds=1), 0), (end, 1), (end, 0)):
        with transaction.atomic():
            assert care.forget_drafts(now=moment) == gone


def test_a_form_sent_twice_asks_once(pair):
    patient, doctor = pair
    opened = people.asked(patient, doctor)
    with pytest.raises(care.AlreadyAsked):
        people.asked(patient, doctor, question_id=opened.question_id)
    assert Question.objects.count() == 1


def test_only_the_people_of_a_question_take_part_in_it(pair):
    patient, doctor = pair
    question_id = people.asked(patient, doctor).question_id
    others = [people.a_patient().account, people.a_reviewer(), people.an_account("operator")]
    assert access.may_take_part(patient.account, question_id)
    for other in (doctor.account, *others):
        assert not access.may_take_part(other, question_id)
    patient.account.is_active = False
    assert not access.may_take_part(patient.account, question_id)


def test_a_superuser_has_no_right_on_a_question(pair):
    question_id = people.asked(*pair).question_id
    root = people.an_account("physician")
    root.is_superuser = True
    root.save()
    assert not access.may_take_part(root, question_id)


def test_no_question_changes_behind_the_records_back(pair):
    question_id = people.asked(*pair).question_id
    with pytest.raises(Exception, match="without an entry"), transaction.atomic():
        Question.objects.filter(pk=question_id).update(state="closed", physician=pair[1].id)
    with pytest.raises(Exception, match=r"append|refuse|denied"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM consults_message")
