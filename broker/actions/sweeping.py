"""What the clock does to questions: leases lapse, deadlines pass, held payments let them in.

Rows are the queue: each act claims one row with SKIP LOCKED, in a transaction of its own, so
that any number of workers can run side by side and a killed one leaves nothing half done.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.facts import NATIONAL, SYSTEM
from billing import queries as money
from billing.actions.payments import release
from broker import relay
from broker.actions.breaching import PASSED, breach
from broker.actions.claiming import give_back
from broker.actions.leases import end_lease
from broker.actions.paying import enter_queue
from broker.models import Lease
from broker.queries import questions as queries
from consults import actions as care
from consults import queries as people
from consults import states
from consults.actions.steps import held_alone, locked
from consults.queries.threads import QuestionView

LOT = 100
WAITING = (states.QUEUED, states.CLAIMED)
MANY = 20_000  # unpaid questions hold up none that is paid
log = logging.getLogger(__name__)


def lapse_lease(*, now: datetime) -> bool:
    """Give back one question whose physician fell silent; False when there is none."""
    with transaction.atomic(durable=True):
        silent = Lease.objects.filter(ended_at=None, expires_at__lte=now).order_by("expires_at")
        for lease_id, question_id in silent.values_list("pk", "question_id")[:LOT]:
            if not held_alone(question_id=question_id):
                continue  # another worker, or an act, is at it
            # The question is ours: the lease can only have ended or been renewed before.
            lease = silent.select_for_update().filter(pk=lease_id).first()
            if lease is not None:
                give_back(lease=lease, because="lapsed", actor=SYSTEM, now=now)
                return True
    return False


def admit_paid(*, now: datetime) -> int:
    """Queue the questions whose two payments stand, however the news came; how many."""
    quoted = people.unqueued(limit=MANY) + people.reserved(limit=MANY)
    waiting = money.ready_among(quoted)[:LOT]
    return sum(_apart(_entered, one, now) for one in waiting)


def _entered(question_id: UUID, now: datetime) -> int:
    return enter_queue(question_id=question_id, now=now)


def drop_unaccepted(*, now: datetime) -> int:
    """End the questions whose quote ran out without an agreement; how many."""
    lapsed = [one for one in people.unqueued(limit=LOT) if money.quote_lapsed(one, now)]
    return sum(_apart(_dropped, one, now) for one in lapsed)


def _dropped(question_id: UUID, now: datetime) -> int:
    with transaction.atomic(durable=True):
        care.expire(question_id=question_id, reason="quote-lapsed", actor=SYSTEM, now=now)
        release(question_id=question_id, reason="quote-lapsed", actor=SYSTEM, now=now)
        relay.hint(question_id=question_id, head_seq=queries.view_of(question_id).head_seq)
    return 1


def pass_deadline(*, question_id: UUID, now: datetime) -> None:
    """Give back what was paid for an answer in time, and end a question that nobody is at.

    While a physician is writing, the question stays with them: a late answer is delivered, free.
    """
    with transaction.atomic(durable=True):
        locked(question_id=question_id)
        view = queries.view_of(question_id)
        if view.state not in WAITING or view.deadline_at is None or view.deadline_at >= now:
            return
        working = breach(view=view, now=now)
        if not working or view.deadline_at + states.LATE_LEFT < now:
            _ended_late(view, now)
        relay.hint(question_id=question_id, head_seq=queries.view_of(question_id).head_seq)
        relay.wake_worker()


def _ended_late(view: QuestionView, now: datetime) -> None:
    """Nobody is at it, or nobody came to an end with it: the patient asks anew."""
    reason = PASSED if view.physician_id else "no-physician"
    for lease in Lease.objects.filter(question_id=view.id, ended_at=None):
        end_lease(lease=lease, because="breached", scope=NATIONAL, actor=SYSTEM, now=now)
    care.expire(question_id=view.id, reason=reason, actor=SYSTEM, now=now)


def listen(*, now: datetime) -> int:
    """Screen what patients wrote since the last round; how many threads called for an alert."""
    return sum(_apart(_heard, one, now) for one in people.to_screen(limit=LOT))


def _heard(question_id: UUID, now: datetime) -> int:
    with transaction.atomic(durable=True):
        heard = bool(care.screen_thread(question_id=question_id, now=now))
        if heard:  # the patient's page shows the numbers, and whether anybody is on duty
            relay.hint(question_id=question_id, head_seq=queries.view_of(question_id).head_seq)
    return heard


def forget(*, now: datetime) -> int:
    """Delete the drafts that nobody took up again in their thirty days; how many."""
    with transaction.atomic(durable=True):
        return care.forget_drafts(now=now)


def sweep(*, now: datetime) -> int:
    """Everything that is due at this instant; how many things were done."""
    done = listen(now=now) + forget(now=now)
    while done < LOT and lapse_lease(now=now):
        done += 1
    done += admit_paid(now=now) + drop_unaccepted(now=now)
    for question_id in people.overdue(now, limit=LOT):
        done += _apart(_passed, question_id, now)
    return done


def _passed(question_id: UUID, now: datetime) -> int:
    pass_deadline(question_id=question_id, now=now)
    return 1


def _apart(act: Callable[[UUID, datetime], int], question_id: UUID, now: datetime) -> int:
    """One question among many: its failure is logged by its type, and holds up no other."""
    try:
        return act(question_id, now)
    except Exception as failed:
        log.error("sweep: %s in %s", type(failed).__name__, act.__name__)
        return 0
