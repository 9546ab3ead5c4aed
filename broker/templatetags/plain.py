"""Closed words and cents, as people read them."""

from datetime import datetime
from typing import Any

from django import template
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from audit.views.facts import shown_value
from billing.money import euros as in_french
from broker.forms.career_words import PAY_WORDS, attested_words
from broker.protocol import ERRORS

register = template.Library()

WORDS: dict[str, Any] = {
    # states of a question
    "opened": _("En attente de votre accord"),
    "held": _("En relecture"),
    "refused": _("Non prise en charge"),
    "queued": _("Dans la file du médecin"),
    "claimed": _("Prise en charge par le médecin"),
    "answered": _("Répondue"),
    "closed": _("Terminée"),
    "withdrawn": _("Retirée"),
    "expired": _("Sans réponse dans le délai"),
    "deadline-passed": _(
        "Le délai convenu est passé : rien n’est prélevé. Le médecin peut encore répondre, et sa"
        " réponse ne vous coûtera rien."
    ),
    "report-delivered": _("Compte rendu transmis"),
    "physician-suspended": _(
        "Ce médecin ne peut plus répondre ici pour le moment. Votre question attend : vous pouvez"
        " la retirer, rien n’est prélevé."
    ),
    # careers
    "applied": _("Candidature reçue"),
    "vetted": _("Dossier vérifié"),
    "contract-sent": _("Contrat transmis à l’Ordre"),
    "visa": _("Contrat visé"),
    "active": _("En activité"),
    "suspended": _("Suspendu"),
    "turned-down": _("Non admis"),
    "favourable": _("Favorable"),
    "unfavourable": _("Défavorable"),
    "pending": _("Attendu"),
    "schema": _("la construction du service"),
    "database": _("les tables"),
    "configuration": _("la configuration de l’exploitant"),
    "billable": _("Facturable"),
    "not_billable": _("Non facturable"),
    "block_intake": _("Interdit"),
    "incident-opened": _(
        "Vérification faite, cet échange ne pouvait pas donner lieu à des honoraires :"
        " ce qui a été débité est remboursé, des deux côtés."
    ),
    # severity
    "routine": _("Courante"),
    "soon": _("À voir rapidement"),
    "urgent": _("Urgente"),
    # outcomes
    "advised": _("Conseil donné"),
    "adapted-treatment": _("Traitement adapté par son prescripteur"),
    "see-physician": _("Consultez un médecin"),
    "emergency": _("Appelez les urgences"),
    "cannot-answer": _("Impossible de répondre par écrit"),
    # the classification
    "telemedicine_act": _("Acte de télémédecine"),
    "simple_advice": _("Simple conseil"),
    # incidents
    "none": _("Aucun"),
    "technical": _("Technique"),
    "identity": _("Doute sur l'identité"),
    "comprehension": _("Compréhension"),
    "other": _("Autre"),
    # grounds
    "treating": _("Médecin traitant"),
    "referral": _("Adressé par le médecin traitant"),
    "prescriber": _("Prescripteur"),
    "team": _("Équipe de soins"),
    "long-term": _("Affection de longue durée"),
    "on-call": _("Médecin de garde"),
    # legs
    "honoraires": _("Honoraires du médecin"),
    "platform": _("Frais de la plateforme"),
    "draft": _("À faire"),
    "authorising": _("En cours"),
    "action_required": _("À confirmer auprès de votre banque"),
    "declined": _("Refusé par la banque"),
    "authorised": _("Réservé, non débité"),
    "capturing": _("Débit en cours"),
    "captured": _("Débité"),
    "part_refunded": _("Rendu en partie"),
    "refunded": _("Rendu au patient"),
    "disputed": _("Contesté auprès de la banque"),
    "charged_back": _("Repris par la banque"),
    "taken_elsewhere": _("Débité hors du service, à rendre"),
    "voided": _("Annulé"),
    "lost": _("Perdu"),
    "capture_lost": _("Réservation perdue"),
    "due": _("À régler au cabinet"),
    "acquitted": _("Réglé au cabinet"),
    "waived": _("Le médecin y renonce"),
    "card": _("Carte"),
    "off_platform": _("Au cabinet"),
    # ways of the report
    "report-mailing": _("Compte rendu confié à la messagerie sécurisée"),
    "report-refused": _("Le compte rendu n’a pas pu être remis"),
    "secure-mail": _("Remis par messagerie sécurisée"),
    "in-product": _("Transmis dans le service"),
    "printed": _("Imprimé par le patient"),
    "objected": _("Le patient s'y oppose"),
    # processes
    "up": _("En marche"),
    "slow": _("En retard"),
    "down": _("Muet"),
    # people
    "patient": _("Patient"),
    "physician": _("Médecin"),
    "system": _("Service"),
}
# The same word says something else of a hold than of a question.
LEG_WORDS = {"expired": _("Réservation expirée")}


@register.filter
def word(value: object) -> object:
    """A closed word in the reader's language; an unknown one as it is."""
    return WORDS.get(str(value), value)


ALERT_WORDS = {
    "emergency": _("Urgence possible"),
    "suicidal": _("Idées suicidaires possibles"),
    "abusive": _("Message à relire avant transmission"),
}


@register.filter
def alert_word(value: object) -> object:
    """The kind of an alert in the reader's language."""
    return ALERT_WORDS.get(str(value), value)


TEXT_NAMES = {
    "accueil": _("Accueil"),
    "comment": _("Comment ça marche"),
    "tarifs": _("Tarifs"),
    "conditions": _("Conditions d’utilisation"),
    "responsabilites": _("Qui répond de quoi"),
    "mentions": _("Mentions légales"),
    "medecins": _("Vous êtes médecin"),
    "interface": _("Phrases de l’interface"),
}
TEXT_STATES = {
    "published": (_("Affichée"), "good"),
    "coming": (_("Approuvée, à venir"), "info"),
    "proposed": (_("À approuver"), "warn"),
    "refused": (_("Refusée"), "bad"),
    "superseded": (_("Remplacée"), "quiet"),
    "withdrawn": (_("Retirée"), "bad"),
}


@register.filter
def text_name(key: str) -> object:
    """What people call a public page."""
    return TEXT_NAMES.get(key, key)


@register.filter
def text_state(state: str) -> object:
    """Where a version of a public text stands."""
    return TEXT_STATES[state][0]


@register.filter
def text_badge(state: str) -> str:
    """The look of that state."""
    return TEXT_STATES[state][1]


@register.filter
def sentence(code: str) -> str:
    """A stable code as the doors say it."""
    return gettext(ERRORS[code])


@register.filter
def attested(row: Any) -> str:
    """What an attestation of a physician says."""
    return attested_words(row.kind, row.details)


@register.filter
def paid(row: Any) -> object:
    """How a contract pays its physician."""
    return PAY_WORDS.get(row.pay, row.pay)


@register.filter
def leg_word(value: object) -> object:
    """The state of a payment in the reader's language."""
    return LEG_WORDS.get(str(value), word(value))


@register.filter
def euros(cents: int | None) -> str:
    """Cents as money: `3,00 €`, or `€3.00` in English."""
    if cents is None:
        return ""
    if (get_language() or "fr").startswith("en"):
        sign = "-" if cents < 0 else ""
        return f"{sign}€{abs(cents) // 100}.{abs(cents) % 100:02d}"
    return in_french(cents).replace(" ", "\u00a0")  # an amount and its unit stay on one line


@register.filter
def percent(bps: int) -> str:
    """Basis points as a percentage: 2000 is `20`."""
    whole, rest = divmod(bps, 100)
    return f"{whole},{rest:02d}" if rest else str(whole)


@register.filter
def weightiest_first(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What refuses before what allows, and what is only flagged at the end."""
    order = ("block_intake", "not_billable", "billable", "flag_review")
    return sorted(findings, key=lambda one: order.index(one["outcome"]))


@register.filter
def machine(moment: datetime) -> str:
    """A moment for the `datetime` attribute."""
    return moment.isoformat()


@register.filter
def said(value: Any) -> Any:
    """The value of a fact as people say it."""
    return shown_value(value)
