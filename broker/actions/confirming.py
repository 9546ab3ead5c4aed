"""Mails about money to patients: an order confirmed, a withdrawal acknowledged, a reminder.

The note follows the mail: a worker killed in between tells twice under the same Message-ID, never
not at all. Nothing medical leaves, nor the name or the specialty of a physician.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from billing.actions.telling import note_confirmation, note_reminder
from broker.actions.letters import tell_due, tell_order, tell_withdrawal
from broker.actions.resting import resting
from broker.notifications import Messenger
from broker.queries.mails import orders_untold, reminders, withdrawals_untold

MAILS_A_ROUND = 3
log = logging.getLogger(__name__)


def confirm_due(*, now: datetime, by: Messenger | None = None) -> int:
    """Confirm what was ordered and what was withdrawn from; how many mails left."""
    told = 0
    for one in orders_untold(now, MAILS_A_ROUND, resting.at(now)):
        noted = partial(note_confirmation, quote_id=one.quote, kind="order", now=now)
        told += _told(one.quote, partial(tell_order, contract=one, by=by), noted, now)
    for one in withdrawals_untold(now, MAILS_A_ROUND, resting.at(now)):
        noted = partial(note_confirmation, quote_id=one.quote, kind="withdrawal", now=now)
        told += _told(one.quote, partial(tell_withdrawal, contract=one, by=by), noted, now)
    return told


def remind_due(*, now: datetime, by: Messenger | None = None) -> int:
    """Remind patients of honoraires due, once for each bound; how many mails left."""
    told = 0
    for leg, days, to, cents in reminders(now, MAILS_A_ROUND, resting.at(now)):
        tell = partial(tell_due, leg_id=leg, days=days, to=to, cents=cents, by=by)
        told += _told(leg, tell, partial(note_reminder, leg_id=leg, days=days, now=now), now)
    return told


def _told(about: UUID, tell: Callable[[], None], note: Callable[[], UUID], now: datetime) -> int:
    """One mail and its note; a server that is away is tried again by the next round."""
    try:
        if not resting.sent(about=about, tell=tell, now=now):
            return 0
    except OSError as away:  # smtplib's other errors are among them
        log.error("mail about money: %s", type(away).__name__)
        return 0
    with transaction.atomic(durable=True):
        note()
    return 1
