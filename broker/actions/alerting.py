"""The duty physician reads an alert and says what they did about it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.facts import Actor
from billing import queries as money
from broker import relay
from broker.actions.asking import offer
from broker.queries import questions as queries
from consults import actions as care
from consults import states


def read(*, alert_id: UUID, actor: Actor, now: datetime) -> list[str]:
    """The texts behind an alert; the reading is in the log before they are returned."""
    with transaction.atomic(durable=True):
        return care.read_alert(alert_id=alert_id, actor=actor, now=now)


def acknowledge(*, alert_id: UUID, verdict: str, actor: Actor, now: datetime) -> None:
    """Say that a human has seen an alert; a held question that is released goes on as asked."""
    with transaction.atomic(durable=True):
        alert = care.acknowledge_alert(alert_id=alert_id, verdict=verdict, actor=actor, now=now)
        view = queries.view_of(alert.question_id)
        if view.state == states.OPENED and money.quote_of(view.id) is None:
            offer(question_id=view.id, physician_id=view.physician_id, actor=actor, now=now)
        relay.hint(question_id=view.id, head_seq=view.head_seq)
        relay.wake_worker()
