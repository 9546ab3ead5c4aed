"""Messages of a thread, and how far each side has read."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.facts import Actor
from broker import relay
from consults import actions as care
from consults.actions import Accepted


def send(
    *, question_id: UUID, client_id: UUID, body: str, actor: Actor, now: datetime
) -> Accepted:
    """Accept one message; it is in the thread and in the log when this returns.

    Sending the same id and body again returns the same acceptance.
    """
    with transaction.atomic(durable=True):
        accepted = care.post_message(
            question_id=question_id, author=actor, client_id=client_id, body=body, now=now
        )
        relay.hint(question_id=question_id, head_seq=accepted.seq)
    return accepted


def see(*, question_id: UUID, account_id: UUID, by: str, seq: int, now: datetime) -> None:
    """Note how far one side has read, and tell the other."""
    with transaction.atomic(durable=True):
        care.mark_seen(question_id=question_id, account_id=account_id, seq=seq, now=now)
        relay.seen(question_id=question_id, by=by, seq=seq)
