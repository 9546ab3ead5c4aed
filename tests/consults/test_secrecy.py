"""No text and no sensitive fact leaves care in clear; a destroyed key erases what it sealed."""

import json
import re

import pytest
from django.db import connection, transaction

from audit.actions import record
from audit.law import dictionary, packs
from audit.law.evaluator import judge
from audit.models import Entry
from consults import actions as care
from consults import keys
from consults.models import Question
from consults.queries import thread
from consults.queries.act import act_facts
from consults.queries.record import key_of
from tests import people

pytestmark = pytest.mark.django_db

MARKER = "ZORGLUB42"


@pytest.fixture
def marked(db):
    """Every text a person may write, each with the marker in it: taken, refused, held."""
    patient, doctor = people.a_patient(), people.a_physician()
    people.linked(patient, doctor, ground="long-term")
    question_id = people.claimed(patient, doctor, text=f"Question {MARKER} sur mon traitement ?")
    with transaction.atomic():
        care.post_message(
            question_id=question_id,
            author=patient.actor,
            client_id=people.uuid4(),
            body=f"Précision {MARKER}",
            now=people.now(),
        )
    report = care.Report(f"Compte rendu {MARKER}", f"actes {MARKER}")
    people.answered(question_id, doctor, text=f"Réponse {MARKER}", report=report)
    people.asked(patient, doctor, text=f"Je veux mourir {MARKER}")
    people.asked(patient, doctor, text=f"{MARKER} espèce d'abruti")
    return patient, question_id


def test_no_text_reaches_any_table_in_clear(marked):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace"
            " AND has_table_privilege(oid, 'SELECT')"
        )
        for (table,) in cursor.fetchall():
            for spelling in (MARKER, MARKER.encode().hex()):
                query = f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s'
                cursor.execute(query, [f"%{spelling}%"])
                assert cursor.fetchone() == (0,), table


def test_no_sensitive_fact_reaches_the_log_in_clear(marked):
    patient, _ = marked
    for entry in Entry.objects.all():
        body = json.loads(bytes(entry.body))
        for name, fact in body.get("decision", {}).get("facts", {}).items():
            assert ("value" in fact) is not dictionary.is_sensitive(name), name
        shown = json.dumps({key: body[key] for key in body if key != "decision"})
        for word in ("suicid", "urgent", "emergency", "abusive", "long-term", "objected"):
            assert word not in shown.lower(), body["type"]
        assert str(patient.id) not in shown


def test_a_destroyed_key_erases_the_texts_and_keeps_the_thread(marked):
    patient, question_id = marked
    assert any(MARKER in event.body for event in thread(question_id))
    keys.destroy(patient.patient.key_id)
    keys.destroy(patient.patient.key_id)
    events = thread(question_id)
    assert not any(MARKER in event.body for event in events)
    assert {event.erased for event in events if event.kind != "state"} == {True}
    with pytest.raises(keys.KeyErased):
        keys.content_key(patient.patient.key_id)


def test_a_key_survives_the_rollback_of_the_act_that_asked_for_it(db):
    made = []
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        made.append(keys.new_key())
        raise ZeroDivisionError
    assert len(keys.content_key(made[0])) == 32


def names_in(subject) -> set[str]:
    """Every identifier, hash and commitment that a question's entries carry."""
    bodies = Entry.objects.filter(subject=subject).values_list("body", flat=True)
    text = "".join(bytes(body).decode() for body in bodies)
    return set(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32,64}", text))


def answered_for(patient, doctor) -> set[str]:
    question_id = people.claimed(patient, doctor)
    people.answered(question_id, doctor)
    with transaction.atomic():
        record(
            type="gate.refused", subject=Question.objects.get(pk=question_id).subject,
            scope="75", actor=doctor.actor, now=people.now(), key=key_of(question_id),
            decision=judge(
                facts=act_facts(question_id, people.now()), scopes=("act",), at=people.now(),
                profile="cnom2016", pack=packs.load(),
            ),
        )  # fmt: skip
    return names_in(Question.objects.get(pk=question_id).subject)


def test_two_questions_of_one_patient_cannot_be_joined_by_the_log(db):
    doctor, patient, stranger = people.a_physician(), people.a_patient(), people.a_patient()
    for one in (patient, stranger):
        people.linked(one, doctor, ground="treating")
    first, second = answered_for(patient, doctor), answered_for(patient, doctor)
    other = answered_for(stranger, doctor)  # what any two questions to this physician share
    assert first & second == first & other
    assert first & other  # the physician and the pack: the comparison is not empty
