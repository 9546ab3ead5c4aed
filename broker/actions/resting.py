"""One mail that a server refuses holds up no other: it rests a while, and is tried again."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPNotSupportedError, SMTPRecipientsRefused
from uuid import UUID

# What a server says of one address or one mail: it is not away, and takes everybody else's.
NOT_THIS_ONE = (SMTPRecipientsRefused, SMTPDataError, SMTPNotSupportedError, ValueError)
REST = timedelta(minutes=10)
log = logging.getLogger(__name__)


class Resting:
    """Mails that a server refused a moment ago: they wait, so that they hold up no other."""

    def __init__(self) -> None:
        self._until: dict[UUID, datetime] = {}

    def sent(self, *, about: UUID, tell: Callable[[], None], now: datetime) -> bool:
        """Send one mail; False when it was refused, and rests. OSError: the server is away."""
        try:
            tell()
        except NOT_THIS_ONE as refused:
            log.error("mail refused: %s", type(refused).__name__)
            self._until[about] = now + REST
            return False
        return True

    def at(self, now: datetime) -> set[UUID]:
        """What waits still."""
        self._until = {about: until for about, until in self._until.items() if until > now}
        return {*self._until}


resting = Resting()
