"""A real SMTP server for the tests that send mail."""

from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller

from tests.ports import free_port


class Kept:
    """Keeps every message as it came over the wire."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []

    async def handle_DATA(self, server, session, envelope) -> str:
        self.raw.append(envelope.content)
        return "250 OK"


@pytest.fixture
def mailbox(settings) -> Iterator[Callable[[], list[EmailMessage]]]:
    """The messages that arrived so far, at a server that Django speaks SMTP to."""
    kept = Kept()
    server = Controller(kept, hostname="127.0.0.1", port=free_port())
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = server.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.DEFAULT_FROM_EMAIL = "ne-pas-repondre@site.exemple"
    yield lambda: [message_from_bytes(raw, policy=policy.default) for raw in kept.raw]
    server.stop()
