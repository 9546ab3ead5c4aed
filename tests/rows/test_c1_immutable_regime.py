"""C1: every question has its regime from the first moment, and the database lets nobody move it.

The regime is what the patient chose and agreed to: the ground, the tier, and, once both payments
stand, the physician and the two lines of the accepted quote.
"""

import pytest
from django.db import Error, connection, transaction

from audit.actions import record
from audit.facts import SYSTEM
from billing.actions.gate import charge
from billing.models import Acceptance, Quote
from billing.schemas import ENTRY_TYPES as OF_MONEY
from consults.models import Question
from consults.schemas import ENTRY_TYPES as OF_CARE
from tests import people
from tests.people import now

COLUMNS = ("ground", "tier", "named", "decision_id", "consented_at")
OTHER = {"ground": "none", "tier": "follow-up", "named": False}


def refused_change(**columns):
    """Try it as the application would, with every entry that a change of a question can have."""
    question = Question.objects.get()
    with pytest.raises(Error), transaction.atomic():
        for type, allowed in OF_CARE.items():
            if "consults_question" in allowed:
                record(type=type, subject=question.subject, scope="75", actor=SYSTEM, now=now())
        Question.objects.filter(pk=question.pk).update(**columns)


def test_no_entry_allows_the_regime_to_change(database):
    for type, allowed in {**OF_CARE, **OF_MONEY}.items():
        changed = set(allowed.get("consults_question", ())) - {"+"}
        assert not changed & {*COLUMNS, "*", "-"}, type


@pytest.mark.parametrize("column", ["ground", "tier", "named"])
def test_the_database_refuses_another_regime_before_and_after_authorisation(walk, column):
    refused_change(**{column: OTHER[column]})
    walk.held()
    refused_change(**{column: OTHER[column]})
    question = Question.objects.get()
    assert (question.ground, question.named) == ("treating", True)


def test_what_was_agreed_cannot_be_rewritten_by_anybody(walk, database):
    walk.held()
    for table in (Quote, Acceptance):
        row = table.objects.get()
        with pytest.raises(Error), transaction.atomic():
            table.objects.filter(pk=row.pk).update(settlement="off_platform")
        with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table._meta.db_table}")
    assert Quote.objects.get().settlement == "card"


def test_once_authorised_another_physician_needs_another_agreement(walk):
    walk.held()
    other = people.a_physician()
    with transaction.atomic():
        people.care.enqueue(
            question_id=walk.question, physician_id=other.id, deadline_at=now(),
            actor=walk.patient.actor, now=now(),
        )  # fmt: skip
        people.care.claim(
            question_id=walk.question, physician_id=other.id, actor=other.actor, now=now()
        )
    with transaction.atomic():
        given = people.answered(walk.question, other)
        charged = charge(
            question_id=walk.question, answer_id=given.answer_id, actor=other.actor, now=now()
        )
    assert charged.gate_pass is None and "quote-equals-charge" in {
        found.rule for found in charged.decision.refusing
    }
