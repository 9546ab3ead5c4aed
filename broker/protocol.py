"""The words spoken over a thread's socket: frames, limits, error codes and close codes.

This is the one place that says them; the documentation and the tests read these tables.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from consults import states

MAX_FRAME_BYTES = 16 * 1024
MAX_DEPTH = 4
MAX_BODY_CHARS = 4000
MAX_SEQ = 2**53 - 1
# Frames a client may send: a full bucket, and how fast it fills again.
RATE_BURST = 40
RATE_PER_SECOND = 10
# Frames the server sends ahead of a client's last word before it gives that client up.
MAX_FRAMES_AHEAD = 512
REPLAY_BATCH = 200
HEARTBEAT_SECONDS = 5


def gettext_noop(text: str) -> str:
    """Mark a sentence for translation where it stands; the door translates it."""
    return text


# Every error a frame or a form can meet, with the sentence shown to people.
ERRORS: Mapping[str, str] = {
    **states.ERRORS,
    "NOT_JUDGEABLE": gettext_noop("Cet acte n'est pas signé, ou ses faits sont effacés."),
    "FRAME_TOO_LARGE": gettext_noop("Ce message est trop volumineux."),
    "FRAME_NOT_TEXT": gettext_noop("Seules les trames de texte sont acceptées."),
    "FRAME_NOT_JSON": gettext_noop("Cette trame n'est pas du JSON valide."),
    "FRAME_TOO_DEEP": gettext_noop("Cette trame est trop imbriquée."),
    "FRAME_DUPLICATE_KEY": gettext_noop("Une clé figure deux fois dans cette trame."),
    "FRAME_NOT_OBJECT": gettext_noop("Une trame est un objet JSON."),
    "FRAME_TYPE_UNKNOWN": gettext_noop("Ce type de trame est inconnu."),
    "FRAME_FIELD_MISSING": gettext_noop("Il manque un champ à cette trame."),
    "FRAME_FIELD_UNKNOWN": gettext_noop("Cette trame contient un champ inconnu."),
    "FRAME_FIELD_INVALID": gettext_noop("Un champ de cette trame n'a pas la forme attendue."),
    "TEXT_EMPTY": gettext_noop("Le texte est vide."),
    "TEXT_TOO_LONG": gettext_noop("Le texte est trop long (4 000 caractères au plus)."),
    "TEXT_NUL": gettext_noop("Le texte contient un caractère nul."),
    "TEXT_SURROGATE": gettext_noop("Le texte contient un caractère Unicode incomplet."),
    "TEXT_CONTROL": gettext_noop("Le texte contient un caractère de contrôle."),
    "TEXT_BIDI": gettext_noop(
        "Le texte contient des caractères qui inversent le sens de lecture."
    ),
    "RATE_LIMITED": gettext_noop("Trop de messages en peu de temps : patientez un instant."),
    "NOT_FOUND": gettext_noop("Cette question n'existe pas, ou ne vous est pas accessible."),
    "SIGNED_OUT": gettext_noop("Votre session est terminée : reconnectez-vous."),
    "SEQ_AHEAD": gettext_noop("Ce numéro dépasse le dernier message de l'échange."),
    "LEASE_LOST": gettext_noop(
        "Cette question ne vous est plus réservée ; votre texte est conservé en brouillon."
    ),
    "QUOTE_CHANGED": gettext_noop("Le devis a changé : relisez-le avant d'accepter."),
    "NO_SETTLEMENT_CHOSEN": gettext_noop("Choisissez un mode de règlement."),
    "BEGINNING_NOT_ASKED": gettext_noop(
        "Demandez, en cochant la case, que la réponse n'attende pas la fin des quatorze jours."
    ),
    "INVOICE_ISSUED": gettext_noop("La facture est établie : son destinataire ne change plus."),
    "RECEIVED_TOO_SOON": gettext_noop("Ce jour est avant la réponse, ou pas encore venu."),
    "QUOTE_EXPIRED": gettext_noop("Ce devis n'est plus valable : demandez-en un nouveau."),
    "QUOTE_ALREADY_ACCEPTED": gettext_noop("Ce devis est déjà accepté."),
    "NO_CONNECTED_ACCOUNT": gettext_noop(
        "Ce médecin n'encaisse pas par carte : choisissez le règlement au cabinet."
    ),
    "LEG_NOT_PAYABLE": gettext_noop("Ce paiement n'attend pas de carte."),
    "RENEWAL_NOT_DUE": gettext_noop("Cette réservation n’est pas, ou plus, à refaire."),
    "COMPLAINT_OPEN": gettext_noop("Une réclamation du même ordre attend déjà sa réponse."),
    "COMPLAINT_ANSWERED": gettext_noop("Cette réclamation a déjà sa réponse."),
    "WRONG_ADDRESSEE": gettext_noop("Cette réclamation ne s'adresse pas à vous."),
    "NOT_REFUNDABLE": gettext_noop(
        "Rien ne peut être rendu ici pour l’instant : rien n’est encaissé, ou la somme est déjà"
        " rendue, en train de l’être ou contestée auprès de la banque."
    ),
    "ACT_NOT_IN_CATALOGUE": gettext_noop(
        "Ce type d'échange n'est pas proposé à cette date, ou pas par ce médecin."
    ),
    "CAP_NOT_SET": gettext_noop("Fixez d’abord la durée à ne pas dépasser."),
    "CAP_UNFIT": gettext_noop("Cette durée n’est pas proposée."),
    "METER_NOT_RUNNING": gettext_noop("Il n’y a pas de compteur ici."),
    "NOT_DUE": gettext_noop("Rien n'est dû sur ce paiement."),
    "NO_ELIGIBLE_PRESENT": gettext_noop(
        "Aucun médecin ne peut répondre dans ce délai actuellement."
    ),
    "NO_FILE": gettext_noop("Ouvrez d'abord votre dossier : nom, date de naissance."),
    "ACCOUNT_OF_ANOTHER_KIND": gettext_noop("Cette adresse a déjà un compte d'une autre sorte."),
    "INVITATION_SPENT": gettext_noop(
        "Ce lien a déjà servi, a expiré ou a été remplacé : demandez-en un nouveau."
    ),
    "IDENTITY_NOT_PROVEN": gettext_noop(
        "Votre identité numérique n'a pas pu être vérifiée : rien n'a été enregistré. Recommencez."
    ),
    "IDENTITY_PROVIDER_AWAY": gettext_noop(
        "Le fournisseur d'identité ne répond pas : rien n'a été enregistré. Réessayez plus tard."
    ),
    "FIELD_INVALID": gettext_noop("Ce formulaire contient une erreur."),
    "ALREADY_ASKED": gettext_noop("Cette question est déjà enregistrée."),
    "NOT_ELIGIBLE": gettext_noop("Vous ne pouvez pas prendre cette question actuellement."),
    "PAYMENT_UNAVAILABLE": gettext_noop(
        "Le service de paiement ne répond pas. Rien n'a été débité : réessayez."
    ),
    "LIABILITY_DENIED": gettext_noop(
        "Une réponse qui dit n’engager personne ne peut pas être signée comme un acte : retirez"
        " cette phrase, ou classez-la en simple conseil."
    ),
    "TEXT_UNKNOWN": gettext_noop("Cette version de texte n’existe pas."),
    "TEXT_REFUSED": gettext_noop("Les règles refusent ce texte : il ne peut pas être approuvé."),
    "OWN_TEXT": gettext_noop(
        "Un texte est approuvé par une autre personne que celle qui l’écrit."
    ),
    "NOT_AN_APPROVER": gettext_noop("Votre compte n’a pas le droit d’approuver un texte public."),
    "ALREADY_APPROVED": gettext_noop("Ce texte est déjà approuvé."),
    "TEXT_WITHDRAWN": gettext_noop("Ce texte a été retiré."),
    "ERASED": gettext_noop("Ce contenu a été effacé, à la demande du patient."),
    "HAND_OVER_FIRST": gettext_noop(
        "Un dossier de ce compte est celui d’une personne majeure : remettez-le-lui d’abord."
    ),
    "NOT_FINISHED": gettext_noop(
        "Une réponse attend encore votre décision sur son compte rendu : terminez-la d’abord."
    ),
    "LATER": gettext_noop("Le service est momentanément indisponible : réessayez."),
}

# Why the server closes a socket. 1012 (service restart) comes from the web process itself.
CLOSE_CODES: Mapping[str, int] = {
    "SIGNED_OUT": 4401,
    "NOT_FOUND": 4404,
    "RATE_LIMITED": 4429,
    "TOO_FAR_BEHIND": 1013,
}

SERVER_FRAMES = (
    "event", "current", "accepted", "error", "head", "typing", "seen", "state", "pong",
    "meter",
)  # fmt: skip
EVENT_KINDS = ("message", "answer", "state")


class FrameError(Exception):
    """A frame or a text that is refused at the door: a stable code and a detail for the log."""

    def __init__(self, code: str, detail: str = "", frame_id: str | None = None) -> None:
        assert code in ERRORS
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.frame_id = frame_id


@dataclass(frozen=True)
class Frame:
    """One frame of a client, parsed: its type and the fields that the type allows."""

    type: str
    fields: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.fields[name]

    def optional(self, name: str) -> Any:
        """The field's value, or None when the client left it out."""
        return self.fields.get(name)


def _seq(value: object) -> int:
    if type(value) is not int or not 0 <= value <= MAX_SEQ:
        raise FrameError("FRAME_FIELD_INVALID", "seq")
    return value


def _uuid(value: object) -> UUID:
    if not isinstance(value, str) or not UUID_FORM.fullmatch(value):
        raise FrameError("FRAME_FIELD_INVALID", "id")
    return UUID(value)


def _body(value: object) -> str:
    if not isinstance(value, str):
        raise FrameError("FRAME_FIELD_INVALID", "body")
    return plain_text(value)


UUID_FORM = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# What a client may say: type -> (fields that must be there, fields that may be).
Reader = Callable[[object], Any]
CLIENT_FRAMES: Mapping[str, tuple[Mapping[str, Reader], Mapping[str, Reader]]] = {
    "resume": ({"after": _seq}, {}),
    "send": ({"id": _uuid, "body": _body}, {}),
    "seen": ({"seq": _seq}, {}),
    "typing": ({}, {}),
    # `seq` is the last event received: it tells the server how far behind this reader is.
    "ping": ({}, {"seq": _seq}),
}
# Overrides and isolates reorder what is read; the plain marks U+200E and U+200F do not.
BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain_text(text: str, *, longest: int = MAX_BODY_CHARS, empty: bool = False) -> str:
    """The text in NFC with its outer white space gone, or a FrameError that says what is wrong."""
    if "\x00" in text:
        raise FrameError("TEXT_NUL")
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise FrameError("TEXT_SURROGATE")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if any(unicodedata.category(char) == "Cc" and char not in "\n\t" for char in text):
        raise FrameError("TEXT_CONTROL")
    if not BIDI_OVERRIDES.isdisjoint(text):
        raise FrameError("TEXT_BIDI")
    text = unicodedata.normalize("NFC", text).strip()
    if not text and not empty:
        raise FrameError("TEXT_EMPTY")
    if len(text) > longest:
        raise FrameError("TEXT_TOO_LONG")
    return text


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen = dict(pairs)
    if len(seen) != len(pairs):
        raise FrameError("FRAME_DUPLICATE_KEY")
    return seen


def _no_constant(name: str) -> Any:
    raise FrameError("FRAME_NOT_JSON", name)


def _depth(raw: str) -> int:
    """How deep brackets nest, strings aside; counted before parsing so that nothing recurses."""
    deepest = depth = 0
    in_string = escaped = False
    for char in raw:
        if in_string:
            in_string = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char == '"':
            in_string = True
        elif char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest


def parse_json(raw: str) -> dict[str, Any]:
    """A JSON object read strictly: bounded depth, no duplicate key, no NaN; else FrameError."""
    if len(raw) > MAX_FRAME_BYTES or len(raw.encode("utf-8", "surrogatepass")) > MAX_FRAME_BYTES:
        raise FrameError("FRAME_TOO_LARGE")
    if _depth(raw) > MAX_DEPTH:
        raise FrameError("FRAME_TOO_DEEP")
    try:
        value = json.loads(raw, object_pairs_hook=_once, parse_constant=_no_constant)
    except ValueError as wrong:
        raise FrameError("FRAME_NOT_JSON", type(wrong).__name__) from None
    if not isinstance(value, dict):
        raise FrameError("FRAME_NOT_OBJECT")
    return value


def parse(raw: str | None) -> Frame:
    """One frame as a client sent it; raises FrameError with a code of ERRORS."""
    if raw is None:
        raise FrameError("FRAME_NOT_TEXT")
    value = parse_json(raw)
    kind = value.pop("type", None)
    if not isinstance(kind, str) or kind not in CLIENT_FRAMES:
        raise FrameError("FRAME_TYPE_UNKNOWN")
    required, optional = CLIENT_FRAMES[kind]
    given = value.get("id")
    frame_id = given if isinstance(given, str) and UUID_FORM.fullmatch(given) else None
    if missing := sorted(required.keys() - value.keys()):
        raise FrameError("FRAME_FIELD_MISSING", missing[0], frame_id)
    if value.keys() - required.keys() - optional.keys():
        raise FrameError("FRAME_FIELD_UNKNOWN", "", frame_id)
    readers = {**required, **optional}
    try:
        return Frame(kind, {name: readers[name](field) for name, field in value.items()})
    except FrameError as wrong:
        raise FrameError(wrong.code, wrong.detail, frame_id) from None


def dump(frame: Mapping[str, Any]) -> str:
    """A server's frame as text; its type is one of SERVER_FRAMES."""
    assert frame["type"] in SERVER_FRAMES
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"), default=str)
