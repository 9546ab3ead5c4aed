"""Alerts that nobody acknowledges go further, each level once; held questions do not wait."""

import threading
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from django.db import connection, transaction

from audit.models import Entry
from broker.actions import escalating
from consults import actions as care
from consults import states
from consults.models import Alert, AlertStep, Draft, Question
from consults.queries import (
    alert_figures,
    alert_heard,
    alerts_to_escalate,
    on_duty,
    open_alerts,
)
from consults.rules import alert_level
from tests import people
from tests.ports import free_port

pytestmark = pytest.mark.django_db
MINUTES = {"emergency": 5, "suicidal": 2, "abusive": 240}
AT_ONCE = dict.fromkeys(states.ALERTS, 0)
CRY = "Je veux mourir, je n'en peux plus."
RUDE = "Vous êtes tous des incapables, bande de connards."


class Outbox:
    """A messenger that keeps what it is given; it fails as often as it is told to."""

    def __init__(self, failures=0):
        self.failures, self.sent = failures, []

    def carry(self, **mail):
        if self.failures:
            self.failures -= 1
            raise ConnectionRefusedError
        self.sent.append(mail)


def cry(*on_duty, text=CRY):
    """A cry for help heard just now, with these physicians on duty."""
    for doctor in on_duty:
        people.on_duty(doctor)
    asked = people.asked(people.a_patient(), None, text=text, ground="none")
    return Alert.objects.get(question_id=asked.question_id)


def levels(alert):
    return list(
        AlertStep.objects.filter(alert=alert).order_by("at").values_list("level", flat=True)
    )


def waits_for(doctor):
    return [alert.id for alert in open_alerts(doctor.id, people.now())]


def entries(kind):
    return Entry.objects.filter(type=kind).count()


def test_an_alert_goes_to_the_next_then_to_all_then_to_the_operator(db, settings):
    settings.ALERT_MINUTES = AT_ONCE
    first, second, third = (people.a_physician() for _ in range(3))
    alert = cry(first, second, third)
    assert [bool(waits_for(one)) for one in (first, second, third)] == [True, False, False]
    seen = []
    for _ in range(5):
        escalating.escalate(now=people.now())
        seen.append((levels(alert), [bool(waits_for(one)) for one in (first, second, third)]))
    assert seen[0] == (["next"], [True, True, False])
    assert seen[1] == (["next", "all"], [True, True, True])
    assert seen[2][0] == seen[4][0] == ["next", "all", "operator"]
    assert entries("alert.escalated") == 3


@pytest.mark.parametrize("kind", states.ALERTS)
def test_each_kind_waits_its_own_minutes(kind):
    patience = timedelta(minutes=MINUTES[kind])
    asked = {"passed_on": (), "patience": patience, "present": 2, "uncalled": 1}
    assert alert_level(waited=patience - timedelta(microseconds=1), **asked) == ""
    assert alert_level(waited=patience, **asked) == "next"


def test_a_suicidal_alert_is_due_at_two_minutes_and_not_before(db):
    first, second = people.a_physician(), people.a_physician()
    alert = cry(first, second)
    due = alert.raised_at + timedelta(minutes=2)
    assert alerts_to_escalate(MINUTES, due - timedelta(seconds=1), 10) == []
    assert alerts_to_escalate(MINUTES, due, 10) == [alert.id]


def test_with_nobody_on_duty_the_operator_hears_at_once_and_the_patient_is_told(db):
    alert = cry()
    assert alert_heard(alert.question_id, people.now()) == "nobody"
    escalating.escalate(now=people.now())
    assert levels(alert) == ["operator"]


def test_an_acknowledged_alert_goes_no_further(db, settings):
    settings.ALERT_MINUTES = AT_ONCE
    doctor = people.a_physician()
    alert = cry(doctor)
    with transaction.atomic():
        care.acknowledge_alert(
            alert_id=alert.id, verdict="called", actor=doctor.actor, now=people.now()
        )
    assert escalating.escalate(now=people.now()) == 0
    assert alert_heard(alert.question_id, people.now()) == "seen"
    (figures,) = alert_figures(alert.raised_at, people.now())
    assert (figures.kind, figures.raised, figures.acknowledged) == ("suicidal", 1, 1)
    assert figures.median_seconds is not None and figures.median_seconds < 60


def test_workers_side_by_side_pass_an_alert_on_once(db, settings):
    settings.ALERT_MINUTES = AT_ONCE
    alert = cry(people.a_physician(), people.a_physician())
    start = threading.Barrier(4)

    def work():
        start.wait()
        escalating.escalate(now=people.now())
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(levels(alert)) == len(set(levels(alert))) == entries("alert.escalated")


def test_a_worker_killed_while_it_told_the_operator_leaves_it_to_the_next(db):
    people.an_operator()
    alert = cry()
    escalating.escalate(now=people.now())
    with transaction.atomic():
        assert care.take_telling(now=people.now()) is not None  # and is killed here
    outbox, now = Outbox(), people.now()
    assert escalating.tell_operators(now=now, by=outbox) == 0
    step = AlertStep.objects.get(alert=alert)
    AlertStep.objects.filter(pk=step.pk).update(taken_at=now - timedelta(seconds=61))
    assert escalating.tell_operators(now=now, by=outbox) == 1
    assert escalating.tell_operators(now=now, by=outbox) == 0
    assert entries("alert.forwarded") == len(outbox.sent) == 1


def test_a_mail_server_that_is_away_is_tried_again_and_nothing_is_settled_before(db):
    people.an_operator()
    alert = cry()
    escalating.escalate(now=people.now())
    away = Outbox(failures=1)
    assert escalating.tell_operators(now=people.now(), by=away) == 0
    assert entries("alert.forwarded") == 0
    AlertStep.objects.filter(alert=alert).update(taken_at=None)
    assert escalating.tell_operators(now=people.now(), by=away) == 1


def test_a_server_that_refuses_every_mail_holds_up_a_round_for_three_of_them_only(db):
    people.an_operator()
    for _ in range(5):
        cry()
    escalating.escalate(now=people.now())
    away = Outbox(failures=9)
    assert escalating.tell_operators(now=people.now(), by=away) == 0
    assert away.failures == 6


class Letterbox:
    """What a real SMTP server received."""

    def __init__(self):
        self.received = []

    async def handle_DATA(self, server, session, envelope):
        self.received.append(envelope)
        return "250 OK"


def test_the_operator_s_mail_travels_by_smtp_and_says_nothing_of_the_patient(db, settings):
    box = Letterbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.hostname, server.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.ALERT_MAIL_TO = ("astreinte@exemple.test",)
        cry()
        escalating.escalate(now=people.now())
        assert escalating.tell_operators(now=people.now()) == 1
    finally:
        server.stop()
    (envelope,) = box.received
    assert envelope.rcpt_tos == ["astreinte@exemple.test"]
    text = envelope.content.decode().casefold()
    assert "alerte attend" in text and "/operateur/garde/" in text
    for word in ("suicid", "mourir", "urgence", "patient", "question", "camille", "santé"):
        assert word not in text


def test_a_held_question_that_nobody_reads_goes_back_to_its_patient(db, settings):
    doctor = people.a_physician()
    alert = cry(doctor, text=RUDE)
    question = Question.objects.get(pk=alert.question_id)
    assert (question.state, alert.kind) == (states.HELD, "abusive")
    assert escalating.give_back_held(now=people.now()) == 0
    settings.HELD_FOR = timedelta(0)
    assert escalating.give_back_held(now=people.now()) == 1
    assert escalating.give_back_held(now=people.now()) == 0
    question.refresh_from_db()
    assert (question.state, question.reason) == (states.EXPIRED, "not-reviewed")
    assert Draft.objects.filter(question=question).exists()
    assert waits_for(doctor) == []


def test_who_was_stopped_is_on_no_duty_and_reads_no_alert(db, settings):
    settings.ALERT_MINUTES = AT_ONCE
    stopped, other = people.a_physician(), people.a_physician()
    alert = cry(stopped, other)
    assert waits_for(stopped) == [alert.id]
    with transaction.atomic():
        care.move_physician(
            physician_id=stopped.id, to="suspended", reason="complaint",
            actor=people.CLERK, now=people.now(),
        )  # fmt: skip
    assert waits_for(stopped) == []
    assert [turn.physician_id for turn in on_duty(people.now())] == [other.id]
    escalating.escalate(now=people.now())
    assert waits_for(other) == [alert.id]
