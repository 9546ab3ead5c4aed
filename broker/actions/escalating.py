"""What the clock does to alerts: they go to the next level, and the operator hears of the last.

Each level of an alert is one row and one entry, in one transaction, however many workers run and
whenever one is killed. Telling the operator is three steps: take, call, settle.
"""

import logging
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from billing.actions.steps import Since
from broker import relay
from broker.notifications import Messenger, tell_alert_waits
from broker.queries import questions as queries
from broker.queries.service import operator_addresses
from consults import actions as care
from consults import queries as people

LOT = 100
MAILS_A_ROUND = 3  # tried: a slow mail server holds up no alert for long
log = logging.getLogger(__name__)


def escalate(*, now: datetime) -> int:
    """Pass on every alert that is due; how many."""
    due = people.alerts_to_escalate(settings.ALERT_MINUTES, now, LOT)
    return sum(_passed_on(alert_id, now) for alert_id in due)


def _passed_on(alert_id: UUID, now: datetime) -> bool:
    with transaction.atomic(durable=True):
        minutes = settings.ALERT_MINUTES
        return bool(care.escalate_alert(alert_id=alert_id, minutes=minutes, now=now))


def tell_operators(*, now: datetime, by: Messenger | None = None) -> int:
    """Send the mails that say that an alert waits; how many left.

    A mail server that is away is tried again a minute later: nothing is settled before it has
    taken the mail. Where there is nobody to write to, the alert stays on the operator's page.
    """
    running, told = Since(now), 0
    to = list(settings.ALERT_MAIL_TO) or operator_addresses()
    for _ in range(MAILS_A_ROUND if to else 0):
        with transaction.atomic(durable=True):
            step = care.take_telling(now=running.at())
        if step is None:
            break
        try:
            tell_alert_waits(step_id=step.id, to=to, by=by)
        except OSError as away:  # smtplib's errors are among them
            log.error("alert mail: %s", type(away).__name__)
            continue
        with transaction.atomic(durable=True):
            care.settle_telling(step_id=step.id, now=running.at())
        told += 1
    return told


def give_back_held(*, now: datetime) -> int:
    """Give back the held questions that nobody read in time; how many."""
    due = people.held_too_long(settings.HELD_FOR, now, LOT)
    return sum(_given_back(question_id, now) for question_id in due)


def _given_back(question_id: UUID, now: datetime) -> bool:
    with transaction.atomic(durable=True):
        back = care.give_back_held(question_id=question_id, held_for=settings.HELD_FOR, now=now)
        relay.hint(question_id=question_id, head_seq=queries.view_of(question_id).head_seq)
    return back
