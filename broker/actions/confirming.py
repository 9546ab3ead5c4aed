"""Mails about money to patients: an order confirmed, a withdrawal acknowledged, a reminder.

Nothing medical leaves, nor the name or the specialty of a physician.
"""

import logging
from datetime import datetime
from functools import partial

from billing.actions.steps import Since
from billing.actions.telling import note_confirmation, note_reminder
from broker.actions.letters import tell_due, tell_order, tell_withdrawal
from broker.actions.resting import Letter, resting, told
from broker.notifications import Messenger
from broker.queries.mails import (
    Contract,
    Owed,
    confirmed,
    orders_untold,
    reminded,
    reminders,
    withdrawals_untold,
)

MAILS_A_ROUND = 3
TELLS = {"order": tell_order, "withdrawal": tell_withdrawal}
log = logging.getLogger(__name__)


def confirm_due(*, now: datetime, by: Messenger | None = None) -> int:
    """Confirm what was ordered and what was withdrawn from; how many mails left."""
    running, done = Since(now), 0
    for one in orders_untold(now, MAILS_A_ROUND, resting.at(now)):
        done += _left(_confirmation(one, "order", by), running)
    for one in withdrawals_untold(now, MAILS_A_ROUND, resting.at(now)):
        done += _left(_confirmation(one, "withdrawal", by), running)
    return done


def remind_due(*, now: datetime, by: Messenger | None = None) -> int:
    """Remind patients of honoraires due, once for each bound; how many mails left."""
    running, done = Since(now), 0
    for one in reminders(now, MAILS_A_ROUND, resting.at(now)):
        done += _left(_reminder(one, by), running)
    return done


def _confirmation(one: Contract, kind: str, by: Messenger | None) -> Letter:
    return Letter(
        about=one.quote,
        name=f"{one.quote}.{kind}",
        left=partial(confirmed, one.quote, kind),
        tell=partial(TELLS[kind], contract=one, by=by),
        note=lambda at: note_confirmation(quote_id=one.quote, kind=kind, now=at),
    )


def _reminder(one: Owed, by: Messenger | None) -> Letter:
    return Letter(
        about=one.leg,
        name=f"{one.leg}.{one.days}",
        left=partial(reminded, one.leg, one.days),
        tell=partial(tell_due, owed=one, by=by),
        note=lambda at: note_reminder(leg_id=one.leg, days=one.days, now=at),
    )


def _left(letter: Letter, running: Since) -> bool:
    """Whether this mail left; a server that is away is tried again by the next round."""
    try:
        return told(letter=letter, running=running)
    except OSError as away:  # smtplib's errors, but for those of one address, are among them
        log.error("mail about money: %s", type(away).__name__)
        return False
