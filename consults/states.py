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

# How long a question that is late is left to the physician who has it in hand.
LATE_LEFT = timedelta(hours=24)
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
ATTESTATIONS = (
    "registration", "insurance", "training", "sector", "directory", "status", "onboarding",
)  # fmt: skip
# The first had details said by the operator; contracts have rows of their own since.
ATTESTATIONS_KEPT = ("visa", *ATTESTATIONS)
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
    "unclaim": ("lease-lost", "declined", "transferred", "paused", "suspended"),
}

# The career of a physician here: only the active are offered, claim and send.
APPLIED, VETTED, CONTRACT_SENT, VISA = "applied", "vetted", "contract-sent", "visa"
ACTIVE, SUSPENDED, TURNED_DOWN = "active", "suspended", "turned-down"
CAREER_MOVES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        APPLIED: frozenset({VETTED, TURNED_DOWN}),
        VETTED: frozenset({CONTRACT_SENT, TURNED_DOWN}),
        CONTRACT_SENT: frozenset({VISA, VETTED, TURNED_DOWN}),
        VISA: frozenset({ACTIVE, VETTED, TURNED_DOWN}),
        ACTIVE: frozenset({SUSPENDED}),
        SUSPENDED: frozenset({ACTIVE, TURNED_DOWN}),
        TURNED_DOWN: frozenset({APPLIED}),
    }
)
CAREER = tuple(CAREER_MOVES)
# Whose identity and registration were checked: they may confirm links and read reports here.
KNOWN_PHYSICIANS = (VETTED, CONTRACT_SENT, VISA, ACTIVE, SUSPENDED)
_FIT = ("IDENTITY_NOT_VERIFIED", "NOT_REGISTERED", "INSURANCE_LAPSED", "STATUS_UNPROVED")
_SENT = ("CONTRACT_MISSING", "PAID_BY_OUTPUT", "CONTRACT_NOT_SENT")
_SEEN = ("CONTRACT_SENT_LATE", "CONTRACT_INCOMPLETE", "VISA_MISSING", "EFFECTIVE_BEFORE_VISA")
# What forbids a move while it is so, by its stable code.
MOVE_NEEDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        VETTED: _FIT,
        CONTRACT_SENT: _SENT,
        VISA: (*_SENT, *_SEEN),
        ACTIVE: (
            *_FIT, "TRAINING_MISSING", *_SENT, *_SEEN,
            "COUNTER_LETTER_UNDECLARED", "CONTRACT_NOT_EFFECTIVE",
        ),
    }
)  # fmt: skip
MOVE_REASONS = (
    "file-complete", "sent-to-council", "council-favourable", "council-silent", "activated",
    "resumed", "contract-replaced", "council-decision", "insurance", "complaint", "inquiry",
    "own-request", "identity", "registration", "status", "applied-again",
)  # fmt: skip
REASONS_OF: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        APPLIED: ("applied-again",),
        VETTED: ("file-complete", "contract-replaced"),
        CONTRACT_SENT: ("sent-to-council",),
        VISA: ("council-favourable", "council-silent"),
        ACTIVE: ("activated", "resumed"),
        SUSPENDED: ("council-decision", "insurance", "complaint", "inquiry", "own-request"),
        TURNED_DOWN: ("identity", "registration", "status", "own-request"),
    }
)
# How a physician practises, and the dated evidence that it takes here beside the registration.
STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "private": "",
        "hospital": "employer-authorisation",
        "locum": "replacement-contract",
        "eu-provider": "free-provision-receipt",
    }
)
# Who may not work here, or may not be paid by a patient here, and the code that says why.
STATUSES_REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "salaried": "STATUS_MAY_NOT_BILL",
        "intern": "STATUS_MAY_NOT_WORK",
        "not-practising": "STATUS_MAY_NOT_WORK",
    }
)
SECTORS = ("1", "2", "none")
EVIDENCE_TYPES = ("application/pdf", "image/jpeg", "image/png")
# Below what a whole request may weigh.
EVIDENCE_MAX_BYTES = 1_000_000
# Days before an end at which a physician is warned, the furthest first.
WARN_DAYS = (60, 30, 7)

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
        "BIRTH_DATE_STANDS": "La date de naissance d'un enfant ne change plus après une première"
        " question.",
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
        "READER_REFUSES": "Le médecin traitant n'accepte pas de comptes rendus par ce moyen.",
        "ADDRESS_NOT_SECURE": "Cette adresse n'est pas une adresse de messagerie sécurisée de"
        " santé : une messagerie ordinaire ne transporte jamais un compte rendu.",
        "ADDRESS_REFUSED": "Cette adresse a déjà refusé un compte rendu : vérifiez-la, ou"
        " choisissez un autre moyen.",
        "WAY_CLOSED": "Ce moyen n'est pas possible ici.",
        "REPORT_WAY_NEEDED": "Dites comment votre médecin traitant sera informé.",
        "NOT_CLAIMED": "Cette question n'est pas, ou plus, entre vos mains.",
        "ALREADY_CLAIMED": "Un autre médecin a pris cette question.",
        "NAMED_OTHER": "Le patient a choisi un autre médecin.",
        "WRONG_STATE": "La question n'en est plus là.",
        "NOT_THE_ATTESTOR": "Seul le médecin désigné peut confirmer.",
        "ATTESTOR_UNFIT": "Ce lien se confirme par le médecin concerné ou, pour un adressage, par"
        " le médecin traitant qui vous a adressé.",
        "RPPS_UNLISTED": "Ce numéro ne figure pas au répertoire national chargé ici.",
        "SEARCH_TOO_LONG": "La recherche par nom prend trop de temps : donnez le numéro RPPS.",
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
        "CAREER_WRONG_STATE": "Ce dossier n'en est pas, ou plus, à cette étape.",
        "CAREER_HELD": "Il manque des pièces pour cette étape : le détail suit.",
        "IDENTITY_NOT_VERIFIED": "L'identité n'est pas confirmée par le répertoire national.",
        "TERMS_NEEDED": "Acceptez de nouveau les conditions d’utilisation pour poser une"
        " question.",
        "NOT_REGISTERED": "Aucune inscription au tableau en cours n'est attestée.",
        "INSURANCE_LAPSED": "Aucune assurance en cours ne couvre le téléconseil.",
        "STATUS_UNPROVED": "La pièce que demande ce mode d'exercice manque ou est échue.",
        "TRAINING_MISSING": "La formation d'accueil n'est pas attestée.",
        "CONTRACT_MISSING": "Aucun contrat en cours n'est enregistré.",
        "PAID_BY_OUTPUT": "La rémunération dépend du rendement : l'article R.4127-83 l'interdit.",
        "CONTRACT_NOT_SENT": "Le contrat n'a pas été transmis au conseil départemental.",
        "CONTRACT_SENT_LATE": "Le contrat a été transmis plus d'un mois après sa signature.",
        "CONTRACT_INCOMPLETE": "Une des sept pièces de l'examen du contrat manque.",
        "COUNTER_LETTER_UNDECLARED": "L'absence de contre-lettre n'est pas déclarée.",
        "VISA_MISSING": "Le conseil départemental n'a pas rendu d'avis favorable.",
        "EFFECTIVE_BEFORE_VISA": "Le contrat prend effet avant l'avis de l'Ordre.",
        "CONTRACT_NOT_EFFECTIVE": "Le contrat n'a pas encore pris effet.",
        "DATE_IN_FUTURE": "Cette date est dans l'avenir.",
        "DATES_OUT_OF_ORDER": "Ces dates ne se suivent pas dans l'ordre.",
        "STATUS_MAY_NOT_BILL": "Un médecin exclusivement salarié ne reçoit pas d'honoraires ici.",
        "STATUS_MAY_NOT_WORK": "Il faut exercer et être inscrit, ou remplacer avec une licence.",
        "RPPS_INVALID": "Ce numéro RPPS n'a pas onze chiffres, ou sa clé est fausse.",
        "RPPS_TAKEN": "Un dossier existe déjà pour ce numéro RPPS.",
        "RPPS_UNKNOWN": "Ce numéro RPPS n'est pas celui d'un médecin du répertoire national.",
        "RPPS_NAME_DIFFERS": "Le répertoire national donne un autre nom pour ce numéro RPPS.",
        "EVIDENCE_TOO_LARGE": "Ce fichier dépasse 1 Mo.",
        "EVIDENCE_TYPE": "Seuls les fichiers PDF, JPEG et PNG sont acceptés.",
        "EVIDENCE_EMPTY": "Ce fichier est vide.",
    }
)


def may_move(state: str, to: str) -> bool:
    """Say whether a question may go from one state to another."""
    return to in MOVES[state]
