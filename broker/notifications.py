"""How people hear that something waits: a port, and its one way out, mail over SMTP.

Nothing of what waits leaves: not its kind, not its patient, not its question.
"""

from datetime import datetime
from email.utils import parseaddr
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.formats import date_format
from django.utils.translation import gettext, override

from audit.law.evaluator import PARIS
from consults.queries.dossiers import Addressee, Ending

PAGE = "/operateur/garde/"
OWN_FILE = "/medecin/"
OWN_QUESTIONS = "/questions/"


class Messenger(Protocol):
    """Carries one short text to some addresses; raises when it could not."""

    def carry(self, *, to: list[str], subject: str, body: str, message_id: str) -> None:
        """Send it; the same `message_id` may come twice, after a worker was killed."""


class Mail:
    """The messenger of the house: Django's mail, whose SMTP server the environment names."""

    def carry(self, *, to: list[str], subject: str, body: str, message_id: str) -> None:
        """Send one mail to everybody."""
        EmailMessage(subject, body, to=to, headers={"Message-ID": message_id}).send()


def tell_alert_waits(*, step_id: UUID, to: list[str], by: Messenger | None = None) -> None:
    """Tell the operator that an alert waits; again under the same id when it is told twice."""
    with override("fr"):
        subject = gettext("Une alerte attend")
        body = gettext(
            "Une alerte attend, et aucun médecin de garde n’y a répondu. Joignez l’un d’eux, puis"
            " regardez le tableau de garde :"
        )
    (by or Mail()).carry(
        to=to,
        subject=subject,
        body=f"{body}\n{origin()}{PAGE}\n",
        message_id=f"<{step_id}@{domain()}>",
    )


def tell_expiry(*, ending: Ending, by: Messenger | None = None) -> None:
    """Tell a physician that something of their file ends soon; what it is stays on the page."""
    with override(ending.language):
        subject = gettext("Votre dossier demande une mise à jour")
        body = gettext(
            "Une pièce de votre dossier arrive à échéance. Connectez-vous pour la renouveler :"
        )
    (by or Mail()).carry(
        to=[ending.email],
        subject=subject,
        body=f"{body}\n{origin()}{OWN_FILE}\n",
        message_id=f"<{ending.attestation_id}.{ending.days}@{domain()}>",
    )


def tell_hold_ends(
    *, renewal_id: UUID, to: Addressee, until: datetime, by: Messenger | None = None
) -> None:
    """Ask a patient to confirm by a date: neither for what nor how much, that is on the page."""
    with override(to.language):
        when = date_format(until.astimezone(PARIS), "j F Y, H:i")
        subject = gettext("Une confirmation est attendue de vous")
        body = gettext(
            "Une confirmation est attendue de vous avant le %(when)s (heure de Paris)."
            " Connectez-vous pour la donner :"
        ) % {"when": when}
    (by or Mail()).carry(
        to=[to.email],
        subject=subject,
        body=f"{body}\n{origin()}{OWN_QUESTIONS}\n",
        message_id=f"<{renewal_id}@{domain()}>",
    )


def origin() -> str:
    """Where this service answers."""
    return settings.ALLOWED_ORIGINS[0] if settings.ALLOWED_ORIGINS else ""


def domain() -> str:
    """The domain of the sender, for Message-IDs."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
