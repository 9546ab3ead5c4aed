"""The life of a question, and every closed word that care writes down."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

OPENED, HELD, REFUSED = "opened", "held", "refused"
QUEUED, CLAIMED, ANSWERED, CLOSED = "queued", "claimed", "answered", "closed"
WITHDRAWN, EXPIRED = "withdrawn", "expired"

# Where a question may go from each state; the database holds the same list of states.
MOVES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        HELD: frozenset({OPENED, REFUSED, WITHDRAWN, EXPIRED}),
        OPENED: frozenset({QUEUED, WITHDRAWN, EXPIRED}),
        QUEUED: frozenset({CLAIMED, WITHDRAWN, EXPIRED}),
        CLAIMED: frozenset({QUEUED, ANSWERED, WITHDRAWN, EXPIRED}),
        ANSWERED: frozenset({CLOSED}),
        REFUSED: frozenset(),
        CLOSED: frozenset(),
        WITHDRAWN: frozenset(),
        EXPIRED: frozenset(),
    }
)
STATES = tuple(MOVES)
# Where the patient and the physicians of the question may still write.
WRITABLE = frozenset({OPENED, QUEUED, CLAIMED, ANSWERED})

# How long a text that was not accepted is kept for its author.
DRAFT_LIFE = timedelta(days=30)

GROUNDS = ("treating", "referral", "prescriber", "team", "long-term", "on-call", "none")
DECLARED_GROUNDS = ("treating", "referral", "prescriber", "team", "long-term")
# Who ended a link of care: the patient, or the attestor who takes their word back.
ENDED_BY = ("", "patient", "attestor")
# What a patient says of their treating physician: one who answers here, one who does not, none,
# or that they would rather not say.
TREATING_CHOICES = ("here", "elsewhere", "none", "unwilling")
# What a patient agrees to, each by itself; `consults.law.consents` holds the words.
CONSENTS = ("remote", "sharing", "terms")
# How long an erasure waits, so that it can be cancelled and nobody is taken by surprise.
ERASURE_WAITS = timedelta(days=7)
SEVERITIES = ("routine", "soon", "urgent")
IDENTIFIED_BY = ("", "physician", "identity-provider")
ATTESTATIONS = ("registration", "insurance", "visa", "training", "sector", "directory")
OUTCOMES = ("advised", "adapted-treatment", "see-physician", "emergency", "cannot-answer")
# What answers the question; the others send the patient elsewhere and are never an act performed.
PERFORMED = frozenset({"advised", "adapted-treatment"})
ACT_KINDS = ("simple_advice", "telemedicine_act")
# What the physician says of incidents during the exchange; "" means the field was left empty.
INCIDENTS = ("", "none", "technical", "identity", "comprehension", "other")
WAYS = ("in-product", "secure-mail", "printed", "objected")
# What only the patient can say: that they printed it, or that they do not want it to travel.
PATIENT_WAYS = frozenset({"printed", "objected"})
MAIL_STATES = ("waiting", "accepted", "refused")
READINGS = ("opened", "downloaded")
ALERTS = ("emergency", "suicidal", "abusive")
ALERT_LEVELS = ("next", "all", "operator")
DUTY_ROLES = ("on-call", "alerts")
DUTY_ENDS = ("ended", "cancelled", "refused", "handed-over")
# Whose questions a physician takes: their own patients', those of their on-call turns, any.
KINDS_TAKEN = ("own", "on-call", "any")
# What a question may be about, in the words of patients: code -> {"fr": ..., "en": ...}.
TOPICS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    json.loads((Path(__file__).parent / "topics.json").read_text(encoding="utf-8"))
)
ALERT_VERDICTS = ("called", "seen", "released", "refused")
# What a patient may give as the reason when they take a question back.
WITHDRAWN_BECAUSE = (
    "patient-changed-mind", "patient-saw-physician", "payment-abandoned", "other",
)  # fmt: skip
REASONS = {
    "withdraw": (*WITHDRAWN_BECAUSE, "consent-withdrawn", "account-closed"),
    "expire": ("deadline-passed", "hold-alone", "quote-lapsed", "no-physician", "not-reviewed"),
    "close": ("report-delivered", "patient-objected", "nothing-to-deliver", "term-reached"),
    "unclaim": ("lease-lost", "declined", "transferred", "paused"),
}

# What a patient ticks before writing. Any tick sends to the emergency services: the list is
# asked before free text because a keyword matcher alone misses most emergencies.
RED_FLAGS: Mapping[str, str] = MappingProxyType(
    {
        "chest-pain": "Douleur ou serrement dans la poitrine, maintenant ou aujourd'hui",
        "breathing": "Difficulté à respirer, lèvres bleues ou gonflées",
        "stroke": "Visage déformé, bras ou jambe faible, parole difficile, d'un coup",
        "bleeding": "Saignement abondant ou qui ne s'arrête pas",
        "consciousness": "Malaise, perte de connaissance, convulsions, confusion",
        "poisoning": "Produit toxique ou trop de médicaments avalés",
        "allergy": "Réaction allergique grave : gonflement du visage, gêne pour respirer",
        "headache": "Mal de tête brutal et violent, ou avec fièvre et nuque raide",
        "pregnancy": "Enceinte avec saignement, douleur forte ou bébé qui bouge moins",
        "infant": "Nourrisson de moins de trois mois avec de la fièvre ou très somnolent",
        "violence": "Danger immédiat, violence en cours",
        "suicide": "Idées de suicide, envie de se faire du mal",
    }
)

# What the patient is told of a question that a human reads first; a refusal has its rule's code.
HELD_FOR_REVIEW = "HELD_FOR_REVIEW"

# Every error code of care, with the sentence that the door shows.
ERRORS: Mapping[str, str] = MappingProxyType(
    {
        "EMERGENCY_REDIRECT": "Votre situation relève de l'urgence : appelez le 15 ou le 112.",
        "SUICIDE_REDIRECT": "Appelez le 3114, gratuit et ouvert à toute heure, ou le 15.",
        "SICK_NOTE_REQUEST": "Un arrêt de travail ne se demande pas par écrit.",
        "CERTIFICATE_REQUEST": "Un certificat demande un examen par le médecin.",
        "RENEWAL_TO_OWN_PRESCRIBER": "Un renouvellement se demande à votre prescripteur.",
        "SOLICITATION": "Ce message ressemble à une sollicitation commerciale.",
        "HELD_FOR_REVIEW": "Ce message est relu par une personne avant d'être transmis.",
        "INTAKE_REFUSED": "Cette question ne peut pas être prise en charge ici.",
        "MINOR_WITHOUT_PARENT": "Avant 18 ans, la question est posée par un parent, sauf si le"
        " médecin qui vous suit en décide autrement avec vous.",
        "ALREADY_ENROLLED": "Ce compte a déjà son dossier.",
        "NOT_A_MINOR": "Cette personne est majeure : son dossier n'appartient qu'à elle.",
        "NOT_THEIR_PATIENT": "Seul un médecin dont le lien avec ce patient est confirmé le peut.",
        "NOT_TO_HAND_OVER": "Ce dossier ne peut pas vous être remis ainsi.",
        "IDENTITY_MISMATCH": "Le nom ou la date de naissance de votre identité numérique ne sont"
        " pas ceux de votre dossier.",
        "IDENTITY_TAKEN": "Cette identité numérique est déjà celle d'un autre dossier.",
        "ALREADY_ASKED": "Cette question est déjà enregistrée.",
        "MESSAGE_CONFLICT": "Ce message existe déjà avec un autre contenu.",
        "THREAD_CLOSED": "Cet échange est terminé.",
        "STALE_VIEW": "De nouveaux messages sont arrivés : lisez-les avant de répondre.",
        "TREATMENT_UNTOLD": "Une adaptation nomme le médicament, l'ancienne dose et la nouvelle.",
        "NOT_CLAIMED": "Cette question n'est pas, ou plus, entre vos mains.",
        "ALREADY_CLAIMED": "Un autre médecin a pris cette question.",
        "NAMED_OTHER": "Le patient a choisi un autre médecin.",
        "WRONG_STATE": "La question n'en est plus là.",
        "NOT_THE_ATTESTOR": "Seul le médecin désigné peut confirmer.",
        "ATTESTOR_UNFIT": "Ce lien se confirme par le médecin concerné ou, pour un adressage, par"
        " le médecin traitant qui vous a adressé.",
        "LINK_ENDED": "Ce lien est déjà terminé.",
        "SHARING_REFUSED": "Le patient a retiré son accord : le compte rendu ne quitte pas son"
        " dossier.",
        "ERASURE_UNDER_WAY": "L’effacement de ce dossier est demandé : rien de nouveau ne s’y"
        " écrit.",
        "NOTHING_TO_CANCEL": "Aucun effacement ne peut plus être annulé.",
        "ALREADY_DECIDED": "Cette déclaration a déjà reçu une réponse.",
        "NOT_ON_DUTY": "Ce médecin n'est pas de garde, ou ce n'est pas l'heure de la garde.",
        "TURN_OUTSIDE_HOURS": "Ce tour est en dehors des heures de la permanence des soins.",
        "TURN_OVER": "Ce tour est terminé, annulé ou déjà transmis.",
        "HANDOVER_UNFIT": "Ce tour ne peut pas être proposé à ce médecin.",
        "PROFILE_NOT_ACKNOWLEDGED": "Prenez d'abord acte de la lecture du droit en vigueur ici.",
        "PROFILE_MOVED": "La lecture du droit vient de changer : relisez-la.",
        "NOT_TAKING": "Vous ne prenez pas de questions de cette sorte actuellement.",
    }
)


def may_move(state: str, to: str) -> bool:
    """Say whether a question may go from one state to another."""
    return to in MOVES[state]
