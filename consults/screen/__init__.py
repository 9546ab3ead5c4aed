"""Listen to a patient's message before anyone is asked to answer it. Pure: text in, label out.

The screen may add an alert and never clears a message: what it calls ordinary has still passed
the red-flag list that is asked before any free text. `spelling` brings a message to one plain
form (`disguise` undoes hiding first), `signals` hears the phrases under `phrases/` in it,
`concepts` the ideas it touches, `learned` asks a small model trained on our own messages,
`measure` says how well that works.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from consults.screen import learned
from consults.screen.pieces import name_as_words, pieces
from consults.screen.signals import Heard, heard_in
from consults.screen.spelling import plain

ORDINARY = "ordinary_question"
# The gravest first: danger is acted upon whatever else a message says.
ACTIONS = {
    "suicidal": "redirect_3114_and_alert_human",
    "emergency_red_flag": "redirect_emergency",
    "abusive": "hold_for_human",
    "sick_leave_request": "block_sick_leave",
    "certificate_request": "block_certificate",
    "advertising_or_solicitation": "block_solicitation",
    "prescription_renewal": "route_to_own_prescriber_only",
    ORDINARY: "route_to_queue",
}
LABELS = tuple(ACTIONS)
# What the duty physician is told of.
ALERTS = {"suicidal": "suicidal", "emergency_red_flag": "emergency", "abusive": "abusive"}
DANGER = ("suicidal", "emergency_red_flag")
# Chosen by cross-validation on the messages learnt from, to lose as little danger as can be while
# fewer than one ordinary question in ten is stopped.
WHOLE_SOUNDS, SENTENCE_SOUNDS, CLAUSE_SOUNDS = 0.1, 0.8, 0.95
NAME_SOUNDS = 0.6  # a file's name says little
SURELY_ORDINARY = 0.9  # a phrase heard in what the model finds quite ordinary is not meant
HINTED, LEANS, CERTAIN = 0.2, 0.6, 1.5  # how much likelier self-harm must be than an emergency
ALSO_SOUNDS = 0.2  # what is said besides and alerts too
RESEMBLES = "ressemble à de tels messages"


@dataclass(frozen=True, slots=True)
class Screening:
    """What was heard. `because` names signals, in French, and never quotes the message."""

    label: str
    action: str
    alerts: tuple[str, ...]
    because: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """The screening as the command line prints it."""
        return {
            "label": self.label,
            "action": self.action,
            "alerts": list(self.alerts),
            "because": list(self.because),
        }


NOTHING = Screening(ORDINARY, ACTIONS[ORDINARY], (), ())


def screen(text: str) -> Screening:
    """Label a message by the gravest thing heard in it; alerts list all that is urgent.

    A text of any length is heard to its end, piece by piece, in memory that grows with it only.
    """
    model = learned.load()
    return together([decided(piece, model) for piece in pieces(text)])


def screen_name(name: str) -> Screening:
    """What the name of an attached file says: danger and abuse only, never a request.

    A file called `arret_de_travail.pdf` is a paper sent along, not a paper asked for.
    """
    message = plain(name_as_words(name))
    if not _says_something(message):
        return NOTHING
    heard, told = _understood(message, learned.load())
    grave = [one for one in heard if one.label in ALERTS]
    likely = max(ALERTS, key=lambda label: told[label])
    if grave and max(told[label] for label in ALERTS) > WHOLE_SOUNDS:
        label = min((one.label for one in grave), key=LABELS.index)
    elif told[likely] > NAME_SOUNDS:
        label = likely
    else:
        return NOTHING
    return _screening(label, {label}, grave)


def together(heard: Iterable[Screening]) -> Screening:
    """Several pieces of one message as one: the gravest label, every alert, every reason."""
    parts = list(heard)
    gravest = min(parts, key=lambda one: LABELS.index(one.label), default=NOTHING)
    alerts = {alert for one in parts for alert in one.alerts}
    return Screening(
        label=gravest.label,
        action=gravest.action,
        alerts=tuple(alert for alert in ALERTS.values() if alert in alerts),
        because=tuple(dict.fromkeys(reason for one in parts for reason in one.because)),
    )


def decided(text: str, model: learned.Model) -> Screening:
    """What the phrases and the model make of a message together.

    Danger is danger when the message sounds like it, when a phrase says so and the model does not
    find it quite ordinary, or when one sentence sounds like it loudly. Any other label is the
    likeliest one, phrases weighing in.
    """
    message = plain(text)
    if not _says_something(message):
        return NOTHING
    heard, told = _understood(message, model)
    said = {one.label for one in heard}
    urgent = _danger(message, said, told, model)
    label = urgent or _likeliest(said, told)
    likely = {name for name in ALERTS if told[name] > ALSO_SOUNDS}
    besides = said & set(ALERTS) if urgent else said & {"abusive"}
    return _screening(label, {label} | besides | (likely if urgent else set()), heard)


def _says_something(message: str) -> bool:
    return any(len(word) > 1 and word.isalpha() for word in message.split())


def _understood(message: str, model: learned.Model) -> tuple[list[Heard], dict[str, float]]:
    """The signals in a plain message, and the chance of each label."""
    heard = heard_in(message)
    return heard, _chances(message, heard, model)


def _chances(message: str, heard: list[Heard], model: learned.Model) -> dict[str, float]:
    found = learned.features(message, [(one.label, one.name) for one in heard])
    return learned.chances(found, model)


def _screening(label: str, labels: set[str], heard: list[Heard]) -> Screening:
    named = tuple(dict.fromkeys(one.name for one in heard if one.label in labels))
    return Screening(
        label=label,
        action=ACTIONS[label],
        alerts=tuple(alert for name, alert in ALERTS.items() if name in labels),
        because=named or (() if label == ORDINARY else (RESEMBLES,)),
    )


def _danger(message: str, said: set[str], told: dict[str, float], model: learned.Model) -> str:
    """The danger that the message speaks of, or nothing."""
    if sum(told[name] for name in DANGER) > WHOLE_SOUNDS:
        return _which(said, told)
    if said & set(DANGER) and told[ORDINARY] < SURELY_ORDINARY:
        return _which(said, told)
    calm = max(told, key=lambda name: told[name]) == ORDINARY
    enough = SENTENCE_SOUNDS if calm else CLAUSE_SOUNDS
    for sentence in learned.sentences(message, by_clause=not calm):
        # What no phrase is heard in, none is heard in a part of.
        heard = heard_in(f" {sentence} ") if said else []
        parts = _chances(f" {sentence} ", heard, model)
        if sum(parts[name] for name in DANGER) > enough:
            return _which({one.label for one in heard}, parts)
    return ""


def _which(said: set[str], told: dict[str, float]) -> str:
    """Self-harm or another emergency, whichever sounds likelier, phrases weighing in."""
    suicidal, emergency = (told[name] for name in DANGER)
    if said & set(DANGER) == {"suicidal"}:
        weight = HINTED
    else:
        weight = CERTAIN if "emergency_red_flag" in said else LEANS
    return "suicidal" if suicidal >= weight * emergency else "emergency_red_flag"


def _likeliest(said: set[str], told: dict[str, float]) -> str:
    """The label that is no danger: what a phrase asks for, unless it sounds quite ordinary."""
    calm = [name for name in ACTIONS if name not in DANGER]
    asked = [name for name in calm if name in said]
    if "abusive" in said and told["abusive"] > told[ORDINARY]:
        return "abusive"
    if asked and told[ORDINARY] < SURELY_ORDINARY:
        return max(asked, key=lambda name: told[name])
    return max(calm, key=lambda name: told[name])
