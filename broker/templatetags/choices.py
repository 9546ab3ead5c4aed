"""What a patient chose or agreed to, and who opened their file, in the reader's words."""

from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()

CONSENTS: dict[str, Any] = {
    "remote": _("Échange écrit à distance"),
    "sharing": _("Compte rendu au médecin traitant"),
    "terms": _("Conditions d’utilisation"),
}
OPENINGS: dict[str, Any] = {
    "question.claimed": _("A pris votre question et l’a lue pour y répondre."),
    "lease.taken": _("S’est réservé votre question pour y répondre."),
    "alert.read": _("De garde : a lu le message qui a déclenché une alerte."),
    "report.opened": _("A ouvert votre compte rendu, comme il y a droit."),
    "report.downloaded": _("A téléchargé votre compte rendu, comme il y a droit."),
    "report.delivered": _("Le compte rendu est parti, ou vous vous y êtes opposé."),
    "record.read": _("A lu des inscriptions du journal, sans le contenu, pour l’Ordre."),
    "record.verified": _("A vérifié des inscriptions du journal, pour l’Ordre."),
    "record.replayed": _("A rejoué les décisions de cet échange, pour l’Ordre."),
    "record.downloaded": _("A téléchargé des preuves du journal, pour l’Ordre."),
    "data.exported": _("A demandé une copie de ses données."),
}
OPENERS: dict[str, Any] = {
    "patient": _("Vous"),
    "physician": _("Un médecin"),
    "reviewer": _("Contrôleur de l’Ordre"),
    "operator": _("L’exploitant"),
    "system": _("Le service"),
}
WITHDRAWALS: dict[str, Any] = {
    "patient-changed-mind": _("J’ai changé d’avis"),
    "patient-saw-physician": _("J’ai vu un médecin entre-temps"),
    "payment-abandoned": _("Je ne veux pas payer"),
    "other": _("Une autre raison"),
}


@register.filter
def consent_word(kind: object) -> object:
    """What an agreement is called."""
    return CONSENTS.get(str(kind), kind)


@register.filter
def opening_word(kind: object) -> object:
    """What somebody did with the file."""
    return OPENINGS.get(str(kind), kind)


@register.filter
def opener_word(kind: object) -> object:
    """Who opened it, when it is nobody with a name."""
    return OPENERS.get(str(kind), kind)


@register.filter
def withdrawal_word(reason: object) -> object:
    """Why a question is taken back."""
    return WITHDRAWALS.get(str(reason), reason)
