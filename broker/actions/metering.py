"""A live exchange by the minute: a line shows who is there, and either side ends it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.facts import Actor
from billing.actions.metering import mark, stop_meter
from broker import relay
from broker.queries import questions as queries


def show_there(
    *, question_id: UUID, side: str, since: datetime, actor: Actor, now: datetime
) -> None:
    """A line that spoke before spoke again: this side was there in between."""
    with transaction.atomic(durable=True):
        mark(question_id=question_id, side=side, since=since, actor=actor, now=now)


def end_meter(*, question_id: UUID, side: str, actor: Actor, now: datetime) -> None:
    """End the metered exchange for both; the question itself goes on. Raises MeterNotRunning."""
    with transaction.atomic(durable=True):
        stop_meter(question_id=question_id, side=side, actor=actor, now=now)
        relay.hint(question_id=question_id, head_seq=queries.view_of(question_id).head_seq)
