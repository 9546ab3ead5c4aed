"""Complaints: made by the patient, answered within thirty days by whom they concern."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from audit.actions import record
from audit.facts import Actor, Json, instant
from billing import queries as money
from billing.actions.refunding import NotRefundable, refund
from billing.queries.legs import left_cents
from billing.states import Party
from broker import relay
from broker.actions.faults import Moved
from broker.models import Complaint
from broker.queries.complaints import ANSWERED, TEXT, answers_for
from consults.queries.record import key_of, recorded
from consults.seal import sealed

ANSWER_WITHIN = timedelta(days=30)
# Whose payment the one who answers may give back: each party its own, never the other's.
OWN_PARTY = {"physician": Party.HONORAIRES, "operator": Party.PLATFORM}


def complain(
    *, question_id: UUID, about: str, text: str, actor: Actor, now: datetime
) -> Complaint:
    """Take a complaint in; Moved(COMPLAINT_OPEN) while one of its kind waits."""
    of = recorded(question_id)
    row = Complaint(
        subject=of.subject, question_id=question_id, about=about, made_at=now,
        due_at=now + ANSWER_WITHIN,
    )  # fmt: skip
    row.text = _cover(row, text, TEXT)
    try:
        with transaction.atomic(durable=True):
            record(
                type="complaint.made", subject=of.subject, scope=of.scope, actor=actor, now=now,
                data={"complaint": str(row.id), "about": about, "due_at": instant(row.due_at)},
            )  # fmt: skip
            row.save(force_insert=True)
    except IntegrityError:
        raise Moved("COMPLAINT_OPEN") from None
    return row


def note_reading(*, complaint_id: UUID, actor: Actor, now: datetime) -> None:
    """Record that somebody is about to read a complaint, before its text leaves."""
    row = Complaint.objects.get(pk=complaint_id)
    with transaction.atomic(durable=True):
        record(
            type="complaint.read", subject=row.subject, scope=recorded(row.question_id).scope,
            actor=actor, now=now, data={"complaint": str(row.id)},
        )  # fmt: skip


def answer(
    *, complaint_id: UUID, outcome: str, text: str, actor: Actor, now: datetime
) -> Complaint:
    """Answer a complaint; `refunded` gives back the answerer's own party's payment, whole.

    Raises Moved: COMPLAINT_ANSWERED, WRONG_ADDRESSEE, NOT_REFUNDABLE.
    """
    with transaction.atomic(durable=True):
        row = Complaint.objects.select_for_update().get(pk=complaint_id)
        if row.answered_at is not None:
            raise Moved("COMPLAINT_ANSWERED")
        if answers_for(row.about) != actor.kind:
            raise Moved("WRONG_ADDRESSEE")
        said: dict[str, Json] = {
            "complaint": str(row.id), "outcome": outcome, "late": now > row.due_at
        }  # fmt: skip
        record(
            type="complaint.answered", subject=row.subject, actor=actor, now=now, data=said,
            scope=recorded(row.question_id).scope,
        )  # fmt: skip
        if outcome == "refunded":
            _give_back(row, actor, now)
        row.answered_at, row.outcome = now, outcome
        row.answer = _cover(row, text, ANSWERED)
        row.save(update_fields=["answered_at", "outcome", "answer"])
        relay.wake_worker()
    return row


def _give_back(row: Complaint, actor: Actor, now: datetime) -> None:
    party = OWN_PARTY[actor.kind]
    leg = next((one for one in money.legs_of(row.question_id) if one.party == party), None)
    left = left_cents(leg) if leg else 0
    try:
        if leg is None:
            raise NotRefundable
        refund(leg_id=leg.id, amount_cents=left, reason="complaint", actor=actor, now=now)
    except NotRefundable:
        raise Moved("NOT_REFUNDABLE") from None


def _cover(row: Complaint, text: str, field: str) -> bytes:
    return sealed(
        key_of(row.question_id), text, question=row.question_id, seq=0, field=field,
        author=row.id, client_id=row.id,
    ).body  # fmt: skip
