"""Two acts at the same moment: one of them sees what the other did."""

import threading
import time

import pytest
from django.db import connections, transaction

from billing.models import Leg
from broker.actions import paying
from broker.actions.faults import Moved
from consults import actions as care
from consults.models import Question
from tests import people
from tests.billing.conftest import sandbox, walk  # noqa: F401 - fixtures
from tests.people import now
from tests.walks.faces import PatientFace, signed_in

pytestmark = pytest.mark.django_db


def meanwhile(act):
    """Commit `act` half a second from now, in a thread that has begun it already."""
    begun = threading.Event()

    def run():
        with transaction.atomic():
            act()
            begun.set()
            time.sleep(0.5)
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    assert begun.wait(10)
    return thread


def test_a_quote_is_not_accepted_while_its_question_is_withdrawn(walk):  # noqa: F811
    quote = walk.quoted()
    withdrawing = meanwhile(
        lambda: care.withdraw(
            question_id=walk.question, reason="other", actor=walk.patient.actor, now=now()
        )
    )
    with pytest.raises(Moved, match="WRONG_STATE"):
        paying.accept(
            question_id=walk.question,
            quote_id=quote.id,
            settlement="card",
            shown_at=now(),
            actor=walk.patient.actor,
            now=now(),
        )
    withdrawing.join()
    assert not Leg.objects.exists()


def test_the_same_form_twice_at_the_same_moment_is_one_question(database):
    patient, doctor = people.a_patient(), people.a_physician()
    people.linked(patient, doctor)
    face = PatientFace(patient, signed_in(patient))
    question_id = people.uuid4()
    asked = meanwhile(lambda: people.asked(patient, doctor, question_id=question_id))
    answer = face.asks(f"treating:{doctor.id}", question_id=str(question_id))
    asked.join()
    assert (answer.status_code, answer.url) == (302, f"/questions/{question_id}/")
    assert Question.objects.count() == 1
