"""A thread takes each message once, numbers without gap, and tells a resend from a conflict."""

import threading
from uuid import UUID, uuid4

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from audit.models import Entry
from consults import actions as care
from consults.models import Message, Question, Seen
from consults.queries import first_words, head_of, thread
from tests import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def open_thread(db):
    """A patient, their physician, and a question in the physician's hands."""
    patient, doctor = people.a_patient(), people.a_physician()
    people.linked(patient, doctor)
    return patient, doctor, people.claimed(patient, doctor)


def post(question_id: UUID, author, body: str, client_id: UUID | None = None) -> care.Accepted:
    """A message in a transaction of its own."""
    with transaction.atomic():
        return care.post_message(
            question_id=question_id,
            author=author,
            client_id=client_id or uuid4(),
            body=body,
            now=people.now(),
        )


def test_the_same_id_and_text_again_give_the_same_acceptance(open_thread):
    patient, _, question_id = open_thread
    client_id = uuid4()
    first = post(question_id, patient.actor, "Une précision.", client_id)
    again = post(question_id, patient.actor, "Une précision.", client_id)
    assert (again.seq, again.at, again.repeated) == (first.seq, first.at, True)
    assert Message.objects.filter(client_id=client_id).count() == 1
    assert head_of(question_id) == first.seq


def test_a_list_shows_how_a_question_begins(open_thread):
    patient, _, question_id = open_thread
    whole = " ".join(thread(question_id)[0].body.split())
    post(question_id, patient.actor, "Une précision.")
    assert first_words([question_id]) == {question_id: whole}
    assert first_words([question_id], longest=5) == {question_id: f"{whole[:5].rstrip()}…"}
    assert first_words([uuid4()]) == {}


def test_the_same_id_with_another_text_is_a_conflict(open_thread):
    patient, _, question_id = open_thread
    client_id = uuid4()
    post(question_id, patient.actor, "Une précision.", client_id)
    with pytest.raises(care.MessageConflict):
        post(question_id, patient.actor, "Autre chose.", client_id)


def test_a_closed_thread_takes_nothing_new_but_still_answers_a_resend(open_thread):
    patient, doctor, question_id = open_thread
    client_id = uuid4()
    first = post(question_id, patient.actor, "Une précision.", client_id)
    people.answered(question_id, doctor)
    with transaction.atomic():
        care.close_question(
            question_id=question_id,
            reason="report-delivered",
            actor=doctor.actor,
            now=people.now(),
        )
    with pytest.raises(care.ThreadClosed):
        post(question_id, patient.actor, "Encore un mot.")
    assert post(question_id, patient.actor, "Une précision.", client_id).seq == first.seq


def test_concurrent_senders_leave_no_gap_and_lose_nothing(open_thread):
    patient, doctor, question_id = open_thread
    start, failures = head_of(question_id), []
    twice = [uuid4() for _ in range(5)]

    def send(author, mine: list[UUID]) -> None:
        try:
            for client_id in mine:
                post(question_id, author, "Un message.", client_id)
        except Exception as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    senders = [
        threading.Thread(target=send, args=(author, [*twice, *(uuid4() for _ in range(5))]))
        for author in (patient.actor, doctor.actor, patient.actor, doctor.actor)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert failures == []
    seqs = [event.seq for event in thread(question_id)]
    assert seqs == list(range(1, head_of(question_id) + 1))
    assert head_of(question_id) - start == 5 + 4 * 5


def test_a_reading_mark_moves_forward_only_and_never_past_the_head(open_thread):
    patient, _, question_id = open_thread
    head = head_of(question_id)
    for seq, reached in ((1, 1), (0, 1), (99, head), (2, head)):
        with transaction.atomic():
            assert reached == care.mark_seen(
                question_id=question_id,
                account_id=patient.account.id,
                seq=seq,
                now=people.now(),
            )
    assert Seen.objects.count() == 1


def test_a_thread_is_read_in_pages(open_thread):
    patient, _, question_id = open_thread
    for number in range(5):
        post(question_id, patient.actor, f"Message {number}")
    head = head_of(question_id)
    assert [e.seq for e in thread(question_id, after=head - 2)] == [head - 1, head]
    assert [e.seq for e in thread(question_id, limit=2)] == [1, 2]


def test_every_message_has_its_entry_and_no_other(open_thread):
    patient, _, question_id = open_thread
    post(question_id, patient.actor, "Une précision.")
    subject = Question.objects.get(pk=question_id).subject
    types = list(
        Entry.objects.filter(subject=subject).order_by("id").values_list("type", flat=True)
    )
    assert types == ["question.opened", "question.queued", "question.claimed", "message.posted"]


class Thread(RuleBasedStateMachine):
    """Two people send old and new ids with a few texts; a plain dictionary says what must be."""

    question_id: UUID
    authors: tuple

    def __init__(self) -> None:
        super().__init__()
        self.ids = [uuid4() for _ in range(4)]
        self.known: dict[UUID, tuple[str, int]] = {}
        self.head = head_of(self.question_id)

    @rule(
        place=st.integers(0, 3),
        text=st.sampled_from(["oui", "non", "é\u202e😀"]),
        who=st.booleans(),
    )
    def send(self, place: int, text: str, who: bool) -> None:
        """Send: new is accepted next, known is repeated, known with another text conflicts."""
        client_id = self.ids[place]
        if client_id in self.known and self.known[client_id][0] != text:
            with pytest.raises(care.MessageConflict):
                post(self.question_id, self.authors[who], text, client_id)
            return
        accepted = post(self.question_id, self.authors[who], text, client_id)
        if client_id in self.known:
            assert (accepted.seq, accepted.repeated) == (self.known[client_id][1], True)
            return
        self.head += 1
        assert (accepted.seq, accepted.repeated) == (self.head, False)
        self.known[client_id] = (text, accepted.seq)

    @invariant()
    def the_thread_holds_each_text_once_in_order(self) -> None:
        """What is read back is what was accepted."""
        events = {e.client_id: (e.body, e.seq) for e in thread(self.question_id, limit=1000)}
        assert self.known.items() <= events.items()
        assert head_of(self.question_id) == self.head == len(events)


def test_the_thread_behaves_as_its_model(open_thread):
    patient, doctor, question_id = open_thread
    Thread.question_id, Thread.authors = question_id, (patient.actor, doctor.actor)
    run_state_machine_as_test(
        Thread,
        settings=settings(
            max_examples=10,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
