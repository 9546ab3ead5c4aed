"""The closed words of a physician's file, as its pages say them."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, gettext_lazy

STATUS_WORDS = {
    "private": gettext_lazy("Libéral"),
    "hospital": gettext_lazy("Praticien hospitalier, en activité accessoire autorisée"),
    "locum": gettext_lazy("Remplaçant, avec un contrat ou une licence de remplacement"),
    "eu-provider": gettext_lazy("Établi dans l’Union européenne, en libre prestation de services"),
    "salaried": gettext_lazy("Exclusivement salarié d’un centre ou d’un établissement"),
    "intern": gettext_lazy("Interne ou étudiant sans licence de remplacement"),
    "not-practising": gettext_lazy("Retraité ou inscrit sans exercer"),
}
KIND_WORDS = {
    "registration": gettext_lazy("Inscription au tableau de l’Ordre"),
    "insurance": gettext_lazy("Assurance de responsabilité, téléconseil compris"),
    "sector": gettext_lazy("Secteur de convention"),
    "training": gettext_lazy("Développement professionnel continu (DPC)"),
    "status": gettext_lazy("Pièce du mode d’exercice"),
    "directory": gettext_lazy("Répertoire national (RPPS)"),
    "onboarding": gettext_lazy("Formation d’accueil"),
}
# What a file may be sent for: the register and the onboarding take none.
SENT_FOR = ("registration", "insurance", "sector", "training", "status")
ITEM_WORDS = {
    "independence": gettext_lazy("Indépendance professionnelle"),
    "pay": gettext_lazy("Mode de rémunération, avec tact et mesure"),
    "qualification": gettext_lazy("Qualification"),
    "registration": gettext_lazy("Inscription au tableau"),
    "no-soliciting": gettext_lazy("Ni démarchage ni publicité indirecte"),
    "data-protection": gettext_lazy("Protection des données de santé"),
    "insurance": gettext_lazy("Assurance"),
}
PAY_WORDS = {
    "paid-by-patient": gettext_lazy("Par le patient, directement, à l’acte"),
    "fixed": gettext_lazy("Forfait"),
    "hourly": gettext_lazy("À la vacation"),
    "output": gettext_lazy("Selon le rendement (nombre, durée, délai)"),
}
OPINION_WORDS = {
    "favourable": gettext_lazy("Favorable"),
    "unfavourable": gettext_lazy("Défavorable"),
}
REASON_WORDS = {
    "file-complete": gettext_lazy("Dossier complet"),
    "sent-to-council": gettext_lazy("Contrat transmis au conseil"),
    "council-favourable": gettext_lazy("Avis favorable du conseil"),
    "council-silent": gettext_lazy("Silence du conseil pendant un mois"),
    "activated": gettext_lazy("Début d’activité"),
    "resumed": gettext_lazy("Reprise d’activité"),
    "contract-replaced": gettext_lazy("Un autre contrat est préparé"),
    "council-decision": gettext_lazy("Décision de l’Ordre"),
    "insurance": gettext_lazy("Assurance"),
    "complaint": gettext_lazy("Plainte"),
    "inquiry": gettext_lazy("Vérification en cours"),
    "own-request": gettext_lazy("Demande du médecin"),
    "identity": gettext_lazy("Identité non établie"),
    "registration": gettext_lazy("Inscription non établie"),
    "status": gettext_lazy("Mode d’exercice non admis"),
    "applied-again": gettext_lazy("Nouvelle candidature"),
}
# What the operator reads in a file, by its kind: the detail's value and its words.
DETAILS: dict[str, dict[str, Any]] = {
    "registration": {
        "registered": gettext_lazy("Inscrit"),
        "suspended": gettext_lazy("Suspendu"),
        "struck_off": gettext_lazy("Radié"),
    },
    "insurance": {
        "covered": gettext_lazy("Couvre le téléconseil"),
        "not-covered": gettext_lazy("Ne couvre pas le téléconseil"),
    },
    "sector": {
        "1": gettext_lazy("Secteur 1"),
        "2": gettext_lazy("Secteur 2"),
        "none": gettext_lazy("Non conventionné"),
    },
    "training": {
        "up-to-date": gettext_lazy("À jour"),
        "late": gettext_lazy("Pas à jour"),
    },
    "status": {"allows": gettext_lazy("Autorise cet exercice")},
}


def attested_words(kind: str, details: Mapping[str, Any]) -> str:
    """What an attestation says, in words."""
    if kind == "directory":
        known = details.get("profession_code") == "10"
        return gettext("Médecin, au répertoire") if known else gettext("Absent du répertoire")
    if kind == "onboarding":
        return gettext("Suivie")
    if kind == "status":
        replaced = details.get("replaces", "")
        words = str(STATUS_WORDS.get(str(details.get("status")), ""))
        return f"{words} ({replaced})" if replaced else words
    said = {
        "registration": details.get("status"),
        "insurance": "covered" if details.get("covers_teleadvice") else "not-covered",
        "sector": details.get("sector"),
        "training": "up-to-date" if details.get("dpc_up_to_date") else "late",
    }
    return str(DETAILS.get(kind, {}).get(str(said.get(kind)), ""))
