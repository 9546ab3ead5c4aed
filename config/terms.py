"""The terms of use that a person accepts with an account, and the hash that stands for them."""

import hashlib

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_noop, override
from django.views.decorators.http import require_safe

# Heading, then its paragraphs. Another word is another version: its hash changes by itself.
TERMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        gettext_noop("Ce que fait le service"),
        (
            gettext_noop(
                "Vous écrivez une question ; un médecin identifié y répond par écrit, sous sa"
                " seule responsabilité. La plateforme transporte, conserve et calcule ; elle ne"
                " soigne pas."
            ),
            gettext_noop(
                "Ce n’est ni un service d’urgence ni une téléconsultation. Personne ne surveille"
                " votre état : en cas d’urgence, appelez le 15 ou le 112."
            ),
        ),
    ),
    (
        gettext_noop("Votre compte"),
        (
            gettext_noop(
                "Un compte est personnel. Votre dossier porte votre vrai nom et votre vraie date"
                " de naissance : une réponse à une personne non identifiée est gratuite."
            ),
            gettext_noop(
                "Vous pouvez tenir le dossier d’un enfant dont vous avez l’autorité parentale,"
                " jusqu’au jour de ses 18 ans."
            ),
        ),
    ),
    (
        gettext_noop("Le prix"),
        (
            gettext_noop(
                "Chaque question a son devis : honoraires du médecin, frais de plateforme, TVA."
                " Rien n’est débité sans votre accord sur ce devis, ni avant la réponse signée."
            ),
            gettext_noop("L’Assurance maladie ne prend pas en charge cet avis écrit."),
        ),
    ),
    (
        gettext_noop("Vos données"),
        (
            gettext_noop(
                "Vos messages sont chiffrés avec une clé propre à votre dossier. Le journal des"
                " actes ne contient ni nom ni texte, et ne peut pas être réécrit."
            ),
        ),
    ),
)


def fingerprint(language: str) -> str:
    """SHA-256 of the words as shown in a language: what the log says was accepted."""
    with override(language):
        lines = [gettext(line) for head, said in TERMS for line in (head, *said)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The terms, with the hash of these very words."""
    parts = [(gettext(head), [gettext(line) for line in said]) for head, said in TERMS]
    shown = {"parts": parts, "sha256": fingerprint(getattr(request, "LANGUAGE_CODE", "fr"))}
    return render(request, "terms.html", shown)
