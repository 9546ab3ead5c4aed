"""Secure health mail over SMTP: STARTTLS or nothing, one letter, and what the server said of it.

The port is a mail server of an operator of secure health mail (MSSanté); ordinary mail never
carries a report. Nothing medical and no name is in the headers or in the body.
"""

import re
import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

TIMEOUT_SECONDS = 15
SUBJECT = "Document à votre attention"
BODY = (
    "Un document confidentiel vous est adressé, en pièce jointe.\n"
    "Il est réservé à son destinataire.\n"
)
AGAIN = (
    "\nCe message vous est peut-être déjà parvenu : l'issue de l'envoi précédent est inconnue.\n"
    "Il porte le même identifiant et le même document.\n"
)
ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}")


@dataclass(frozen=True)
class Server:
    """The operator's server and how this service shows itself there."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    client_cert: Path | None = None
    authority: Path | None = None
    timeout: float = TIMEOUT_SECONDS


@dataclass(frozen=True)
class Letter:
    """One document for one address; the same `message_id` at every try."""

    message_id: str
    to: str
    file_name: str
    content: bytes = field(repr=False)
    repeated: bool
    at: datetime


@dataclass(frozen=True)
class Outcome:
    """What became of a try. `final` says that trying again is useless; `unknown` that the server
    may have taken the letter without our hearing it."""

    code: str
    accepted: bool = False
    final: bool = False
    unknown: bool = False
    queue_id: str = ""


class _Refused(Exception):
    def __init__(self, code: str, *, final: bool) -> None:
        super().__init__(code)
        self.outcome = Outcome(code, final=final)


def allowed(address: str, domains: tuple[str, ...]) -> bool:
    """Whether an address is one, and of a secure domain; `*.a.fr` names what is below `a.fr`.

    >>> allowed("dre.x@cabinet.medecin.mssante.fr", ("*.mssante.fr",))
    True
    >>> allowed("x@mssante.fr.exemple.test", ("*.mssante.fr",)), allowed("x@mssante.fr", ())
    (False, False)
    """
    if len(address) > 254 or not ADDRESS.fullmatch(address):
        return False
    domain = address.rpartition("@")[2]
    return any(
        domain.endswith(one[1:]) if one.startswith("*.") else domain == one
        for one in map(str.lower, domains)
    )


def message_of(letter: Letter, sender: str) -> EmailMessage:
    """The letter as mail."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, letter.to, SUBJECT
    mail["Date"] = format_datetime(letter.at)
    mail["Message-ID"] = letter.message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(BODY + (AGAIN if letter.repeated else ""), cte="quoted-printable")
    mail.add_attachment(
        letter.content, maintype="application", subtype="pdf", filename=letter.file_name
    )
    return mail


def post(letter: Letter, server: Server) -> Outcome:
    """Hand the letter to the server, encrypted; never raises for what a network can do."""
    try:
        link = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
    except TimeoutError:
        return Outcome("TIMEOUT")
    except (OSError, smtplib.SMTPException):
        return Outcome("UNREACHABLE")
    try:
        _enter(link, server)
        return _handed_over(link, letter, server.sender)
    except _Refused as refused:
        return refused.outcome
    except TimeoutError:
        return Outcome("TIMEOUT")
    except ssl.SSLError:
        return Outcome("TLS_FAILED")
    except (OSError, smtplib.SMTPException):
        return Outcome("CONNECTION_LOST")
    finally:
        link.close()


def _enter(link: smtplib.SMTP, server: Server) -> None:
    """Greet, encrypt, and show who we are; nothing is said in clear but the greeting."""
    link.ehlo_or_helo_if_needed()
    if not link.has_extn("starttls"):
        raise _Refused("NO_STARTTLS", final=False)
    trusted = ssl.create_default_context(cafile=server.authority)
    if server.client_cert is not None:
        trusted.load_cert_chain(server.client_cert)
    code, _ = link.starttls(context=trusted)
    if code != 220:
        raise _Refused("NO_STARTTLS", final=False)
    link.ehlo()
    if server.user:
        try:
            link.login(server.user, server.password)
        except smtplib.SMTPAuthenticationError:
            raise _Refused("AUTHENTICATION_FAILED", final=False) from None


def _handed_over(link: smtplib.SMTP, letter: Letter, sender: str) -> Outcome:
    whole = message_of(letter, sender).as_bytes()
    _heard(link.mail(sender)[0])
    _heard(link.rcpt(letter.to)[0])
    try:
        code, said = link.data(whole)
    except smtplib.SMTPDataError as refused:  # said before any of the text was taken
        code, said = refused.smtp_code, b""
    except (OSError, smtplib.SMTPException):
        return Outcome("OUTCOME_UNKNOWN", unknown=True)
    _heard(code)
    return Outcome(f"SMTP_{code}", accepted=True, queue_id=_queue_id(said))


def _heard(code: int) -> None:
    """Go on after a 2yz; a 5yz is for good, anything else may pass."""
    if code // 100 != 2:
        raise _Refused(f"SMTP_{code}", final=code // 100 == 5)


def _queue_id(said: bytes) -> str:
    """The server's own number for what it took: the last word of its answer that looks like one.

    >>> _queue_id(b"2.0.0 Ok: queued as 4F3Qx71Hz2")
    '4F3Qx71Hz2'
    """
    words = re.findall(r"[A-Za-z0-9][A-Za-z0-9._-]{3,79}", said.decode("ascii", "ignore"))
    numbered = [word for word in words if any(c.isdigit() for c in word)]
    return numbered[-1] if numbered else ""
