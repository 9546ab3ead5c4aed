"""A mail and its note: one that a server refuses holds up no other, and one worker sends it.

The note follows the mail: a worker killed in between tells twice under the same Message-ID, never
not at all.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPNotSupportedError, SMTPRecipientsRefused
from threading import Lock
from uuid import UUID

from django.db import connection, transaction

from billing.actions.steps import Since

# What a server says of one address or one mail: it is not away, and takes everybody else's.
NOT_THIS_ONE = (SMTPRecipientsRefused, SMTPDataError, SMTPNotSupportedError, ValueError)
REST = timedelta(minutes=10)
log = logging.getLogger(__name__)


class Resting:
    """Mails that a server refused a moment ago: they wait, so that they hold up no other.

    Several threads of a worker share one; no mail travels under its lock.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._until: dict[UUID, datetime] = {}

    def sent(self, *, about: UUID, tell: Callable[[], None], now: datetime) -> bool:
        """Send one mail; False when it was refused, and rests. OSError: the server is away."""
        try:
            tell()
        except NOT_THIS_ONE as refused:
            log.error("mail refused: %s", type(refused).__name__)
            with self._lock:
                self._until[about] = now + REST
            return False
        return True

    def at(self, now: datetime) -> set[UUID]:
        """What waits still."""
        with self._lock:
            self._until = {about: until for about, until in self._until.items() if until > now}
            return {*self._until}


resting = Resting()


@dataclass(frozen=True)
class Letter:
    """One mail: what it is about, whether it has left, how it leaves, and what notes that."""

    about: UUID
    name: str  # the same in every worker
    left: Callable[[], bool]
    tell: Callable[[], None]
    note: Callable[[datetime], object]


def told(*, letter: Letter, running: Since) -> bool:
    """Send one mail and note it, unless another worker does; False when it did not leave.

    Not inside a transaction: none stays open while a mail server takes its time, and the note
    bears the moment after it. OSError: the server is away.
    """
    with _alone(letter.name) as mine:
        if not mine or letter.left():
            return False
        if not resting.sent(about=letter.about, tell=letter.tell, now=running.at()):
            return False
        with transaction.atomic(durable=True):
            letter.note(running.at())
    return True


@contextmanager
def _alone(name: str) -> Iterator[bool]:
    """Whether nobody else is at it; a connection that is lost gives it free."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 6))", [name])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 6))", [name])
