"""The clock listens to what patients write, and forgets what nobody took up again."""

import pytest
from django.db import transaction

from broker.actions.sweeping import sweep
from consults import actions as care
from consults.models import Alert, Draft
from consults.queries import question_view
from tests import people

pytestmark = pytest.mark.django_db


def test_a_cry_for_help_in_the_middle_of_a_thread_reaches_the_duty_physician(db):
    patient, doctor = people.a_patient(), people.a_physician()
    people.linked(patient, doctor)
    people.on_duty(doctor)
    question_id = people.claimed(patient, doctor)
    assert sweep(now=people.now()) == 0
    with transaction.atomic():
        care.post_message(
            question_id=question_id,
            author=patient.actor,
            client_id=people.uuid4(),
            body="Je veux mourir, je n'en peux plus.",
            now=people.now(),
        )
    assert sweep(now=people.now()) == 1
    assert sweep(now=people.now()) == 0
    alert = Alert.objects.get()
    assert (alert.kind, alert.duty_physician_id) == ("suicidal", doctor.id)
    assert question_view(question_id).severity == "urgent"


def say(question_id, patient, *bodies):
    with transaction.atomic():
        for body in bodies:
            care.post_message(
                question_id=question_id,
                author=patient.actor,
                client_id=people.uuid4(),
                body=body,
                now=people.now(),
            )


def test_what_a_silent_worker_left_over_is_heard_to_its_end(db):
    patient, doctor = people.a_patient(), people.a_physician()
    people.linked(patient, doctor)
    people.on_duty(doctor)
    question_id = people.claimed(patient, doctor)
    say(question_id, patient, *["D'accord."] * 210, "Je veux mourir, je n'en peux plus.")
    sweep(now=people.now())
    sweep(now=people.now())
    assert [alert.kind for alert in Alert.objects.all()] == ["suicidal"]


def test_one_question_that_fails_holds_up_no_other(db, monkeypatch):
    patient, doctor = people.a_patient(), people.a_physician()
    people.linked(patient, doctor)
    bad, good = people.claimed(patient, doctor), people.claimed(patient, doctor)
    for question_id in (bad, good):
        say(question_id, patient, "Je veux mourir, je n'en peux plus.")
    heard = care.screen_thread

    def failing(*, question_id, now):
        if question_id == bad:
            raise ValueError
        return heard(question_id=question_id, now=now)

    monkeypatch.setattr(care, "screen_thread", failing)
    sweep(now=people.now())
    assert Alert.objects.get().question_id == good


def test_a_refused_text_is_there_for_thirty_days_and_no_longer(db):
    patient, doctor = people.a_patient(), people.a_physician()
    people.asked(patient, doctor, text="Il me faut un arrêt maladie pour demain matin svp.")
    sweep(now=people.now())
    assert Draft.objects.exists()
    sweep(now=Draft.objects.get().delete_at)
    assert not Draft.objects.exists()
