"""A real mail server with TLS, for the tests: it takes letters, refuses, dawdles, hangs up."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.ports import free_port

SENDER = "service@teleconseil.mssante.fr"
TO = "dre.traitante@cabinet.mssante.fr"
TAKEN = "250 2.0.0 Ok: queued as 4F3Qx71Hz2"
ASLEEP_SECONDS = 10


@dataclass
class Postbox:
    """What the server does at each step, and what it took."""

    at_rcpt: list[str] = field(default_factory=list)  # answers to give first, then 250
    at_data: list[str] = field(default_factory=list)  # the same; "drop" and "sleep" too
    letters: list[EmailMessage] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    rcpts: int = 0

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        self.rcpts += 1
        if self.at_rcpt and self.at_rcpt[0] != "250":
            return self.at_rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        said = self.at_data.pop(0) if self.at_data else TAKEN
        if said[:1] in "45":
            return said
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        self.encrypted.append(session.ssl is not None)
        if said == "drop":
            server.transport.abort()
        if said == "sleep":
            await asyncio.sleep(ASLEEP_SECONDS)
        return TAKEN


def certificate(folder: Path, name: str = "localhost") -> Path:
    """A PEM file with a key and the certificate of it that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@contextmanager
def serving(postbox: Postbox, pem: Path | None, *, clients: Path | None = None) -> Iterator[int]:
    """Serve on a free port of this machine; without a certificate there is no STARTTLS."""
    tls = None
    if pem is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(pem)
        if clients is not None:
            tls.verify_mode = ssl.CERT_REQUIRED
            tls.load_verify_locations(clients)
    port = free_port()
    controller = Controller(
        postbox, hostname="127.0.0.1", port=port, tls_context=tls, require_starttls=tls is not None
    )
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@contextmanager
def delivering(postbox: Postbox, settings: Any) -> Iterator[Postbox]:
    """Serve without TLS, and let the house's ordinary mails go there."""
    with serving(postbox, None) as port:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield postbox
