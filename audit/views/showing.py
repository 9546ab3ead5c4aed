"""How entries, decisions and money are put into words for a reviewer."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from audit.law.words import finding_text
from audit.queries.replays import Replayed
from audit.queries.trail import TrailEntry
from audit.views.facts import ACTORS, facts_of

KINDS: dict[str, Any] = {
    "question.opened": gettext_lazy("Question reçue"),
    "question.held": gettext_lazy("Question retenue pour relecture"),
    "question.refused": gettext_lazy("Question refusée à l’entrée"),
    "question.released": gettext_lazy("Question libérée après relecture"),
    "question.queued": gettext_lazy("Question mise en file"),
    "question.routed": gettext_lazy("Médecins possibles examinés"),
    "question.breached": gettext_lazy("Délai non tenu"),
    "lease.taken": gettext_lazy("Question réservée par un médecin"),
    "lease.ended": gettext_lazy("Réservation du médecin terminée"),
    "question.claimed": gettext_lazy("Question prise en charge"),
    "claim.refused": gettext_lazy("Prise en charge refusée"),
    "question.unclaimed": gettext_lazy("Question rendue à la file"),
    "question.set-aside": gettext_lazy("Médecin suspendu : le patient est prévenu"),
    "message.posted": gettext_lazy("Message échangé"),
    "answer.given": gettext_lazy("Réponse signée"),
    "answer.refused": gettext_lazy("Réponse refusée"),
    "report.planned": gettext_lazy("Choix du moyen d’informer le médecin traitant"),
    "report.mail-ordered": gettext_lazy("Envoi du compte rendu demandé"),
    "report.mail-accepted": gettext_lazy("Compte rendu accepté par le serveur sécurisé"),
    "report.refused": gettext_lazy("Envoi du compte rendu non abouti"),
    "report.opened": gettext_lazy("Compte rendu ouvert par son destinataire"),
    "report.downloaded": gettext_lazy("Compte rendu emporté en PDF"),
    "reports.switched": gettext_lazy("Réception des comptes rendus réglée par un médecin"),
    "report.delivered": gettext_lazy("Compte rendu transmis"),
    "question.withdrawn": gettext_lazy("Question retirée par le patient"),
    "question.expired": gettext_lazy("Délai dépassé"),
    "question.closed": gettext_lazy("Question close"),
    "alert.raised": gettext_lazy("Alerte au médecin de garde"),
    "alert.escalated": gettext_lazy("Alerte transmise plus loin, faute de réponse"),
    "alert.forwarded": gettext_lazy("Exploitant averti qu’une alerte attend"),
    "duty.rostered": gettext_lazy("Tour de garde inscrit"),
    "duty.ended": gettext_lazy("Tour de garde écourté ou annulé"),
    "duty.offered": gettext_lazy("Tour de garde proposé à un confrère"),
    "duty.accepted": gettext_lazy("Tour de garde repris par un confrère"),
    "duty.declined": gettext_lazy("Tour de garde non repris"),
    "availability.chosen": gettext_lazy("Choix des questions prises par un médecin"),
    "profile.acknowledged": gettext_lazy("Lecture du droit en vigueur, acte pris par un médecin"),
    "alert.read": gettext_lazy("Alerte lue par le médecin de garde"),
    "alert.acknowledged": gettext_lazy("Alerte prise en compte"),
    "physician.enrolled": gettext_lazy("Dossier de médecin ouvert"),
    "application.refused": gettext_lazy("Candidature de médecin refusée"),
    "physician.moved": gettext_lazy("Étape du dossier franchie"),
    "physician.held-back": gettext_lazy("Étape du dossier refusée"),
    "attestation.recorded": gettext_lazy("Attestation datée"),
    "register.changed": gettext_lazy("Répertoire national comparé"),
    "contract.recorded": gettext_lazy("Contrat enregistré"),
    "contract.item-proved": gettext_lazy("Pièces du contrat examinées"),
    "contract.sent": gettext_lazy("Contrat transmis au conseil"),
    "contract.answered": gettext_lazy("Avis du conseil reçu"),
    "contract.declared": gettext_lazy("Absence de contre-lettre déclarée"),
    "evidence.received": gettext_lazy("Pièce justificative reçue"),
    "evidence.read": gettext_lazy("Pièce justificative lue"),
    "expiry.warned": gettext_lazy("Échéance annoncée au médecin"),
    "quote.issued": gettext_lazy("Devis établi"),
    "quote.accepted": gettext_lazy("Devis accepté"),
    "gate.passed": gettext_lazy("Honoraires dus"),
    "gate.refused": gettext_lazy("Rien n’est dû"),
    "leg.opened": gettext_lazy("Paiement à prévoir"),
    "presence.began": gettext_lazy("Présence dans l’échange en direct"),
    "meter.stopped": gettext_lazy("Compteur arrêté"),
    "leg.opening": gettext_lazy("Page de paiement demandée"),
    "leg.authorising": gettext_lazy("Paiement en cours"),
    "leg.action-required": gettext_lazy("Confirmation demandée par la banque"),
    "leg.declined": gettext_lazy("Paiement refusé ou abandonné"),
    "leg.expired": gettext_lazy("Empreinte bancaire expirée"),
    "leg.capture-lost": gettext_lazy("Encaissement perdu"),
    "leg.authorised": gettext_lazy("Empreinte bancaire prise"),
    "leg.captured": gettext_lazy("Paiement encaissé"),
    "leg.refund-ordered": gettext_lazy("Remboursement demandé"),
    "leg.refunded": gettext_lazy("Remboursement fait"),
    "leg.refund-failed": gettext_lazy("Remboursement revenu"),
    "leg.disputed": gettext_lazy("Paiement contesté par le porteur de la carte"),
    "leg.dispute-closed": gettext_lazy("Contestation close"),
    "book.opened": gettext_lazy("Livre ouvert"),
    "book.extended": gettext_lazy("Comptes ajoutés à un livre"),
    "book.moved": gettext_lazy("Mouvement du solde chez le prestataire"),
    "book.unexplained": gettext_lazy("Mouvement inexpliqué du solde"),
    "leg.voided": gettext_lazy("Empreinte bancaire rendue"),
    "leg.acquitted": gettext_lazy("Honoraires acquittés"),
    "leg.waived": gettext_lazy("Le médecin renonce à ses honoraires"),
    "leg.reminded": gettext_lazy("Honoraires rappelés au patient"),
    "letterhead.set": gettext_lazy("En-tête des reçus du médecin"),
    "invoice.addressed": gettext_lazy("Destinataire de la facture indiqué"),
    "order.confirmed": gettext_lazy("Commande confirmée au patient"),
    "withdrawal.confirmed": gettext_lazy("Rétractation confirmée au patient"),
    "leg.release-ordered": gettext_lazy("Restitution demandée"),
    "leg.capture-ordered": gettext_lazy("Encaissement demandé"),
    "platform.judged": gettext_lazy("Réglages de la plateforme jugés"),
    "platform.refused": gettext_lazy("Réglages de la plateforme refusés"),
    "act.judged-again": gettext_lazy("Acte jugé à nouveau"),
    "incident.opened": gettext_lazy("Incident : facturé à tort, rendu"),
    "journal.posted": gettext_lazy("Écriture dans un livre"),
    "honoraires.set": gettext_lazy("Honoraires fixés par le médecin"),
    "schedule.published": gettext_lazy("Tarif de la plateforme publié"),
    "connected-account.opened": gettext_lazy("Compte de paiement du médecin ouvert"),
    "connected-account.changed": gettext_lazy("Compte de paiement du médecin modifié"),
    "connected-account.deauthorised": gettext_lazy("Compte de paiement coupé par le médecin"),
    "complaint.made": gettext_lazy("Réclamation déposée"),
    "complaint.read": gettext_lazy("Réclamation lue"),
    "complaint.answered": gettext_lazy("Réponse donnée à une réclamation"),
    "fee.question-asked": gettext_lazy("Explication des honoraires demandée"),
    "fee.question-answered": gettext_lazy("Honoraires expliqués"),
    "receipt.issued": gettext_lazy("Reçu établi"),
    "op.failed": gettext_lazy("Opération de paiement en échec"),
    "text.judged": gettext_lazy("Texte public jugé"),
    "text.refused": gettext_lazy("Texte public refusé"),
    "text.approved": gettext_lazy("Texte public approuvé"),
    "text.withdrawn": gettext_lazy("Texte public retiré"),
    "arrival.refused": gettext_lazy("Arrivée depuis un site d’arrêts de travail refusée"),
    "patient.enrolled": gettext_lazy("Dossier ouvert"),
    "patient.identified": gettext_lazy("Identité établie"),
    "patient.unidentified": gettext_lazy("Identité retirée"),
    "patient.corrected": gettext_lazy("Dossier corrigé"),
    "patient.handed-over": gettext_lazy("Dossier remis à la personne devenue majeure"),
    "terms.accepted": gettext_lazy("Conditions acceptées"),
    "authority.declared": gettext_lazy("Autorité parentale déclarée"),
    "authority.excepted": gettext_lazy("Exception au consentement des parents"),
    "invitation.issued": gettext_lazy("Invitation remise"),
    "invitation.used": gettext_lazy("Invitation utilisée"),
    "pathway.ended": gettext_lazy("Lien de soins terminé"),
    "pathway.chosen": gettext_lazy("Choix sur le médecin traitant"),
    "consent.given": gettext_lazy("Accord donné"),
    "consent.withdrawn": gettext_lazy("Accord retiré"),
    "erasure.asked": gettext_lazy("Effacement demandé"),
    "erasure.cancelled": gettext_lazy("Effacement annulé"),
    "erasure.ordered": gettext_lazy("Effacement ordonné"),
    "erasure.done": gettext_lazy("Clé détruite : contenu effacé"),
    "data.exported": gettext_lazy("Copie du dossier remise au patient"),
    "papers.linked": gettext_lazy("Lien vers les reçus établi"),
    "account.closed": gettext_lazy("Compte fermé"),
    "record.read": gettext_lazy("Lecture par un contrôleur"),
    "record.verified": gettext_lazy("Vérification par un contrôleur"),
    "record.replayed": gettext_lazy("Décisions rejouées par un contrôleur"),
    "record.downloaded": gettext_lazy("Preuves téléchargées par un contrôleur"),
}
ENDS: dict[str, Any] = {
    "billed": gettext_lazy("Honoraires dus"),
    "free": gettext_lazy("Gratuite"),
    "refused": gettext_lazy("Refusée"),
    "open": gettext_lazy("En cours"),
}
BADGES = {"billed": "good", "free": "info", "refused": "bad", "open": "quiet"}
PARTIES: dict[str, Any] = {
    "honoraires": gettext_lazy("Honoraires du médecin"),
    "platform": gettext_lazy("Frais de plateforme"),
}
OUTCOMES: dict[str, tuple[str, Any]] = {
    "billable": ("charged", gettext_lazy("Des honoraires peuvent être demandés")),
    "not_billable": ("free", gettext_lazy("Aucun honoraire ne peut être demandé")),
    "block_intake": ("refused", gettext_lazy("L’acte est refusé")),
}
HOLDS = {"billable": True, "not_billable": False, "block_intake": False}


def kind_name(kind: str) -> str:
    """Return what an entry type is called, or the type itself."""
    return str(KINDS.get(kind, kind))


def pseudonym(subject: UUID) -> str:
    """Return a short name for a random number: the same person never has two questions' names."""
    return f"Q-{subject.hex[:4]}-{subject.hex[4:8]}".upper()


@dataclass(frozen=True)
class ShownEntry:
    """One entry as the page shows it."""

    index: int | None
    n: int | None
    scope: str
    type: str
    name: str
    at: Any
    actor: str
    body: str
    verdict: dict[str, Any] | None
    sealed: int
    facts: list[dict[str, Any]] = field(default_factory=list)
    silent: tuple[str, ...] = ()
    replay: Replayed | None = None
    holds: bool | None = None
    path: tuple[str, ...] = ()
    checked: bool = False


def shown(
    entry: TrailEntry,
    *,
    checked: bool = False,
    holds: bool | None = None,
    path: Sequence[bytes] = (),
    replay: Replayed | None = None,
) -> ShownEntry:
    """Put one entry into words; with `checked`, what its proof said; with `replay`, that."""
    actor = entry.said["actor"]
    kind = str(ACTORS.get(actor.get("kind", ""), actor.get("kind", "")))
    own = str(actor.get("id", ""))[:8]
    return ShownEntry(
        index=entry.index,
        n=entry.n,
        scope=entry.scope,
        type=entry.type,
        name=kind_name(entry.type),
        at=entry.at,
        actor=kind if actor.get("kind") == "system" else f"{kind} {own}",
        body=json.dumps(entry.said, indent=2, ensure_ascii=False, sort_keys=True),
        verdict=verdict(entry.decision),
        sealed=sealed_count(entry.decision),
        facts=facts_of(entry.decision),
        silent=tuple((entry.decision or {}).get("silent", ())),
        replay=replay,
        checked=checked,
        holds=holds,
        path=tuple(node.hex() for node in path),
    )


def sealed_count(decision: dict[str, Any] | None) -> int:
    """Count the facts of a decision that the log only commits to."""
    return sum("sealed" in fact for fact in (decision or {}).get("facts", {}).values())


def verdict(decision: dict[str, Any] | None) -> dict[str, Any] | None:
    """Put a recorded decision into the words of its rules, with their articles."""
    if decision is None:
        return None
    kind, title = OUTCOMES[decision["outcome"]]
    fired = {one["outcome"] for one in decision["fired"]}
    if "act" not in decision["scopes"] and not fired & {"not_billable", "block_intake"}:
        # No fee was asked about: at intake or before a claim, silence means that all is well.
        kind, title = "charged", gettext_lazy("Rien ne s’y oppose")
    if decision["scopes"] == ["platform"] and kind == "refused":
        title = gettext_lazy("Ces réglages sont refusés")
    pack = decision["pack"]
    return {
        "kind": kind,
        "title": title,
        "says": _("Jugé selon %(pack)s, version %(version)s, profil %(profile)s.")
        % {"pack": pack["id"], "version": pack["version"], "profile": decision["profile"]},
        "findings": [finding(one["rule"], one["outcome"]) for one in decision["fired"]],
    }


def finding(rule: str, outcome: str) -> dict[str, Any]:
    """Put one recorded finding into words; an unknown rule keeps its id."""
    try:
        words = finding_text(rule, get_language() or "fr")
        text, article = words.reason, words.article
    except KeyError:
        text, article = rule, ""
    return {"holds": HOLDS.get(outcome), "text": text, "article": article, "rule": rule}


@dataclass
class Money:
    """What the entries say of the two payments: quoted, held or charged, and posted."""

    lines: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)


def money(entries: Iterable[TrailEntry]) -> Money:
    """Gather the money of a question from its entries alone."""
    said = Money()
    for entry in entries:
        data = entry.data
        if entry.type == "quote.issued":
            for party, name in PARTIES.items():
                cents = data.get(f"{party}_cents", 0)
                said.lines[party] = {"name": name, "quoted": cents, "state": "", "charged": 0}
        elif entry.type.startswith("leg.") and data.get("party") in said.lines:
            line = said.lines[data["party"]]
            line["state"] = kind_name(entry.type)
            if entry.type in ("leg.captured", "leg.acquitted"):
                line["charged"] = data.get("captured_cents") or data.get("cents", 0)
        said.rows.extend(data.get("journal", []))
    return said
