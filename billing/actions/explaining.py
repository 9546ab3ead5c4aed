"""A patient asks why this fee; the physician owes an explanation.

R.4127-53 CSP said so until 2020-12-25; since then it is a rule of this platform.
"""

from datetime import datetime, timedelta
from uuid import UUID

from audit.facts import Actor, instant
from billing import money
from billing.actions.steps import in_transaction, note, one_at_a_time
from billing.models import FeeQuestion
from billing.queries.quotes import quote_of
from consults.queries.record import key_of, recorded
from consults.seal import sealed

ASKED, ANSWERED = "fee-question", "fee-answer"


class FeeQuestionOpen(Exception):
    """An explanation was asked already and is not answered yet."""

    code = "FEE_QUESTION_OPEN"


class NothingAsked(Exception):
    """There is no quote to explain, or no question about it waits for an answer."""

    code = "FEE_QUESTION_NONE"


def ask_about_fee(*, question_id: UUID, text: str, actor: Actor, now: datetime) -> FeeQuestion:
    """Write the patient's question about a fee, sealed; raises FeeQuestionOpen, NothingAsked."""
    in_transaction()
    one_at_a_time(name=f"fee question {question_id}")
    quote = quote_of(question_id)
    if quote is None:
        raise NothingAsked
    if FeeQuestion.objects.filter(question=question_id, answered_at=None).exists():
        raise FeeQuestionOpen
    row = FeeQuestion(
        subject=quote.subject, question=question_id, physician=quote.physician, asked_at=now,
        due_at=now + timedelta(days=money.EXPLAIN_WITHIN_DAYS),
    )  # fmt: skip
    row.asked = _cover(row, text, ASKED)
    note(
        type="fee.question-asked", of=recorded(question_id, quote.physician), actor=actor,
        now=now, data={"fee_question": str(row.id), "due_at": instant(row.due_at)},
    )  # fmt: skip
    row.save(force_insert=True)
    return row


def explain_fee(*, question_id: UUID, text: str, actor: Actor, now: datetime) -> FeeQuestion:
    """Write the physician's explanation, sealed; raises NothingAsked."""
    in_transaction()
    row = (
        FeeQuestion.objects.select_for_update()
        .filter(question=question_id, answered_at=None)
        .first()
    )
    if row is None:
        raise NothingAsked
    row.answered, row.answered_at = _cover(row, text, ANSWERED), now
    note(
        type="fee.question-answered", of=recorded(question_id, row.physician), actor=actor,
        now=now, data={"fee_question": str(row.id), "late": now > row.due_at},
    )  # fmt: skip
    row.save(update_fields=["answered", "answered_at"])
    return row


def _cover(row: FeeQuestion, text: str, field: str) -> bytes:
    return sealed(
        key_of(row.question), text, question=row.question, seq=0, field=field,
        author=row.id, client_id=row.id,
    ).body  # fmt: skip
