"""What a mail server refused rests, whichever of the worker's threads it was refused to."""

import threading
from datetime import UTC, datetime
from smtplib import SMTPDataError
from uuid import uuid4

from broker.actions.resting import Resting
from tests.waiting import PATIENCE_SECONDS

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def refused() -> None:
    raise SMTPDataError(451, b"try again")


class Meanwhile(datetime):
    """A moment at which, while it is compared, another thread is refused a mail."""

    resting: Resting
    threads: list[threading.Thread]

    def __lt__(self, other: datetime) -> bool:
        said = {"about": uuid4(), "tell": refused, "now": NOON}
        thread = threading.Thread(target=self.resting.sent, kwargs=said)
        self.threads.append(thread)
        thread.start()
        thread.join(timeout=0.1)
        return False


def test_a_mail_refused_while_another_thread_looks_is_neither_lost_nor_in_its_way():
    resting = Resting()
    for _ in range(2):
        assert not resting.sent(about=uuid4(), tell=refused, now=NOON)
    at = Meanwhile.fromtimestamp(NOON.timestamp(), tz=UTC)
    at.resting, at.threads = resting, []
    assert resting.at(at) == set()
    for thread in at.threads:
        thread.join(timeout=PATIENCE_SECONDS)
        assert not thread.is_alive()
    assert len(resting.at(NOON)) == len(at.threads) == 2
