"""Judge acts again: one more decision, and when the charge was wrong, an incident and refunds."""

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.facts import SYSTEM, Actor
from billing import queries as money
from billing.actions.rejudging import Again, give_back
from billing.actions.rejudging import judge_again as judged_again
from broker import relay
from broker.queries import questions as queries
from consults import queries as people
from consults.actions.rejudging import open_incident
from consults.actions.steps import locked

log = logging.getLogger(__name__)


def judge_again(*, question_id: UUID, actor: Actor, now: datetime) -> Again:
    """Write a new decision on an answered question; never replaces one. Raises NotJudgeable.

    When the act was charged and may not be, the incident is opened once, both people are told
    in their thread, and each of the two payments is given back on its own.
    """
    with transaction.atomic(durable=True):
        locked(question_id=question_id)  # two who judge at once judge one after the other
        again = judged_again(question_id=question_id, actor=actor, now=now)
        if again.wrong:
            open_incident(
                question_id=question_id, rejudgment=again.rejudgment, actor=actor, now=now
            )
            give_back(question_id=question_id, actor=actor, now=now)
        relay.hint(question_id=question_id, head_seq=queries.view_of(question_id).head_seq)
        relay.wake_worker()
    return again


def judge_what_papers_tell(*, since: datetime, now: datetime) -> int:
    """Judge again the acts that a paper recorded after `since` speaks of; how many."""
    return sum(_apart(_again, one, now) for one in people.spoken_of_since(since))


def _again(question_id: UUID, now: datetime) -> int:
    judge_again(question_id=question_id, actor=SYSTEM, now=now)
    return 1


def settle_incidents(*, now: datetime) -> int:
    """Give back what came in after its incident was opened; how many questions."""
    return sum(_apart(_settled, one, now) for one in money.still_held(people.open_incidents()))


def _settled(question_id: UUID, now: datetime) -> int:
    with transaction.atomic(durable=True):
        locked(question_id=question_id)
        give_back(question_id=question_id, actor=SYSTEM, now=now)
        relay.wake_worker()
    return 1


def _apart(act: Callable[[UUID, datetime], int], question_id: UUID, now: datetime) -> int:
    """One act among many: its failure is logged by its type, and holds up no other."""
    try:
        return act(question_id, now)
    except Exception as failed:
        log.error("judging again: %s in %s", type(failed).__name__, act.__name__)
        return 0
