"""Two acts at the same moment: one of them sees what the other did."""

import threading
import time
from functools import partial

import pytest
from django.db import connections, transaction

from billing.models import Leg
from broker.actions import answering, claiming, paying, sweeping, withdrawing
from broker.actions.faults import Moved
from broker.models import Lease
from consults import actions as care
from consults.models import Consent, Question
from tests import people
from tests.billing.conftest import sandbox, walk  # noqa: F401 - fixtures
from tests.faults.together import together
from tests.people import now
from tests.waiting import PATIENCE_SECONDS
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
    assert begun.wait(PATIENCE_SECONDS)
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


def both_at_once(*acts):
    """Do these acts together; what each came to, or what it raised."""
    came = {}

    def run(number, act):
        try:
            came[number] = act()
        except Exception as raised:
            came[number] = raised

    together([partial(run, *pair) for pair in enumerate(acts)])
    return [came[number] for number in range(len(acts))]


@pytest.mark.parametrize("late", ["answer", "neither", "consent"])
def test_a_consent_is_taken_back_while_the_answer_is_signed_and_one_of_them_came_first(
    walk,  # noqa: F811
    late,
):
    walk.held()
    assert paying.enter_queue(question_id=walk.question, now=now())
    took = claiming.claim(
        question_id=walk.question, physician_id=walk.physician.id, actor=walk.physician.actor,
        now=now(),
    )  # fmt: skip
    head = Question.objects.get(pk=walk.question).head_seq
    written = answering.Written(
        client_id=people.uuid4(), against_seq=head, text=people.ANSWER, report=people.REPORT,
        classification=care.Classification("telemedicine_act", True, True), outcome="advised",
        incidents="none", strong_at=now(),
    )  # fmt: skip

    def answers():
        time.sleep(0.05 * (late == "answer"))
        return answering.answer(
            question_id=walk.question, physician_id=walk.physician.id, lease=took.token,
            written=written, actor=walk.physician.actor, now=now(),
        )  # fmt: skip

    def takes_back():
        time.sleep(0.05 * (late == "consent"))
        return withdrawing.take_back(
            patient_id=walk.patient.id, kind="remote", language="fr", actor=walk.patient.actor,
            now=now(),
        )  # fmt: skip

    verdict, ended = both_at_once(answers, takes_back)
    walk.works()
    state = Question.objects.get(pk=walk.question).state
    assert Consent.objects.filter(kind="remote", given=False).count() == 1
    if isinstance(verdict, Moved | care.NotClaimed):  # taken back first
        assert (state, ended) == ("withdrawn", 1)
        assert {leg.state for leg in Leg.objects.all()} == {"voided"}
    else:
        assert (state, ended, verdict.charged) == ("answered", 0, True)
        assert {leg.state for leg in Leg.objects.all()} == {"captured"}


def test_a_lapsing_lease_and_a_withdrawal_wait_for_no_one_in_a_circle(walk):  # noqa: F811
    walk.held()
    assert paying.enter_queue(question_id=walk.question, now=now())
    claiming.claim(
        question_id=walk.question, physician_id=walk.physician.id, actor=walk.physician.actor,
        now=now(),
    )  # fmt: skip
    Lease.objects.update(expires_at=now())
    came = both_at_once(
        lambda: sweeping.lapse_lease(now=now()),
        lambda: withdrawing.withdraw(
            question_id=walk.question, reason="other", actor=walk.patient.actor, now=now()
        ),
        lambda: sweeping.lapse_lease(now=now()),
    )
    assert [one for one in came if isinstance(one, Exception)] == []
    assert Question.objects.get(pk=walk.question).state == "withdrawn"
    assert not Lease.objects.filter(ended_at=None).exists()
