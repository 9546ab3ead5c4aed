"""A patient is asked in time to place a hold again: by a page, and by a mail that says a date."""

import logging
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from billing.actions.renewing import open_renewal, take_telling, tell_renewal
from billing.actions.steps import Since
from billing.queries.renewals import renewals_to_tell, waiting_for
from broker.actions.faults import Moved
from broker.actions.resting import resting
from broker.notifications import Messenger, tell_hold_ends
from consults.queries.dossiers import addressee_of

MAILS_A_ROUND = 3  # a slow mail server holds up no alert for long
TRY_AGAIN = timedelta(minutes=1)
log = logging.getLogger(__name__)


def renewal_page(*, question_id: UUID, party: str, return_url: str, now: datetime) -> str:
    """Address of the page on which a payment's hold is placed again.

    The platform's opens once the honoraires hold again, as the first time. Raises
    Moved(RENEWAL_NOT_DUE), PaymentUnavailable.
    """
    waiting = waiting_for(question_id)
    if not waiting or waiting[0].leg.party != party:
        raise Moved("RENEWAL_NOT_DUE")
    return open_renewal(leg_id=waiting[0].leg_id, return_url=return_url, now=now)


def tell_patients(*, now: datetime, by: Messenger | None = None) -> int:
    """Send the mails that ask for a hold again, one a question; how many left.

    A mail server that is away is tried again a minute later, an address that it refuses after a
    rest in which everybody else is told; the note follows the mail.
    """
    running, told = Since(now), 0
    for first in renewals_to_tell(now - TRY_AGAIN, MAILS_A_ROUND, resting.at(now)):
        if not take_telling(question_id=first.leg.question, before=now - TRY_AGAIN, now=now):
            continue
        mine = [one for one in waiting_for(first.leg.question) if one.told_at is None]
        to = addressee_of(first.leg.question)
        if to is not None:
            tell = partial(tell_hold_ends, renewal_id=first.id, to=to, until=first.until, by=by)
            try:
                if not resting.sent(about=first.leg.question, tell=tell, now=now):
                    continue
            except OSError as away:  # smtplib's errors are among them
                log.error("hold mail: %s", type(away).__name__)
                break
            told += 1
        for one in mine:
            tell_renewal(renewal_id=one.id, now=running.at())
    return told
