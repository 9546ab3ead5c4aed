"""F18: what is recorded is amended and never erased; content is erased by its key."""

import psycopg
import pytest

from audit.models import Entry, Opening
from broker.actions import leaving
from consults import keys, states
from consults.models import Answer, Erasure, Message, Question
from tests import people

pytestmark = pytest.mark.django_db
MARKER = "ZORGLUB42"


@pytest.fixture
def erased(database, monkeypatch):
    """A file that was written in, and erased."""
    monkeypatch.setattr(states, "ERASURE_WAITS", people.timedelta(0))
    patient, doctor = people.a_patient(), people.a_physician()
    people.linked(patient, doctor)
    question_id = people.claimed(patient, doctor, text=f"Une question {MARKER} ?")
    people.answered(question_id, doctor, text=f"Une réponse {MARKER}")
    before = Entry.objects.count(), Message.objects.count(), Answer.objects.count()
    leaving.ask_erasure(account_id=patient.account.pk, actor=patient.actor, now=people.now())
    assert leaving.erase_due(now=people.now()) == 1
    return patient, question_id, before


def test_no_row_and_no_entry_goes_and_every_text_is_gone(erased):
    patient, question_id, (entries, messages, answers) = erased
    assert Entry.objects.count() > entries and Message.objects.count() >= messages
    assert Answer.objects.count() == answers and Opening.objects.exists()
    erasure = Erasure.objects.get()
    for key_id in (patient.patient.key_id, erasure.key_id):
        with pytest.raises(keys.KeyErased):
            keys.content_key(key_id)
    assert Question.objects.get(pk=question_id).state == "closed"


def test_even_a_backup_of_the_database_opens_nothing_without_the_keys_of_the_other(
    erased, database
):
    """The sealed bytes are still there, as a backup has them: no key anywhere opens them."""
    with psycopg.connect(database.superuser_url) as server:
        bodies = server.execute(
            "SELECT body FROM consults_message WHERE body IS NOT NULL"
        ).fetchall()
    assert bodies and not any(MARKER.encode() in bytes(body) for (body,) in bodies)
    with psycopg.connect(database.environment["KEYS_DATABASE_URL"]) as server:
        assert server.execute("SELECT count(*) FROM content_key").fetchone() == (0,)
