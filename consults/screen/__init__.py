"""Listen to a patient's message before anyone is asked to answer it. Pure: text in, label out.

The screen may add an alert and never clears a message: what it calls ordinary has still passed
the red-flag list that is asked before any free text. `spelling` brings a message to one plain
form, `signals` hears the phrases under `phrases/` in it, `learned` asks a small model trained on
our own messages, `measure` says how well that works.
"""

from dataclasses import dataclass

from consults.screen import learned
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
# Chosen by cross-validation on the tuning and training messages, to lose no danger there while
# fewer than one ordinary question in ten is stopped.
WHOLE_SOUNDS, SENTENCE_SOUNDS = 0.15, 0.6
SHORT_SOUNDS = 0.25  # a few words say little, and the phrases know the few that say all
REQUEST_SOUNDS = 0.5  # where phrases already hear a request of another kind
SURELY_ORDINARY = 0.9
LEANS, CERTAIN = 0.6, 1.5  # how much likelier self-harm must be than another emergency
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


def screen(text: str) -> Screening:
    """Label a message by the gravest thing heard in it; alerts list all that is urgent."""
    return decided(text, learned.load())


def decided(text: str, model: learned.Model) -> Screening:
    """What the phrases and the model make of a message together.

    Danger is danger when a phrase says so, when the whole message sounds like it, or one sentence
    of it does loudly. Any other label is the likeliest one, phrases weighing in.
    """
    message = plain(text)
    if not any(len(word) > 2 and word.isalpha() for word in message.split()):
        return Screening(ORDINARY, ACTIONS[ORDINARY], (), ())
    heard = heard_in(message)
    told = learned.chances(_features(message, heard), model)
    said = {one.label for one in heard}
    urgent = _danger(message, said, told, model)
    label = urgent or _likeliest(said, told)
    labels = {label, *(said & set(ALERTS))}
    return Screening(
        label=label,
        action=ACTIONS[label],
        alerts=tuple(ALERTS[name] for name in ACTIONS if name in labels and name in ALERTS),
        because=tuple(dict.fromkeys(one.name for one in heard if one.label in labels))
        or (() if label == ORDINARY else (RESEMBLES,)),
    )


def _danger(message: str, said: set[str], told: dict[str, float], model: learned.Model) -> str:
    """The danger that the message speaks of, or nothing."""
    suicidal, emergency = (told[name] for name in DANGER)
    enough = SHORT_SOUNDS if len(message.split()) < 6 else WHOLE_SOUNDS
    loud = suicidal + emergency > (REQUEST_SOUNDS if said - set(DANGER) else enough)
    for sentence in () if loud else learned.sentences(message):
        parts = learned.chances(_features(f" {sentence} ", heard_in(f" {sentence} ")), model)
        if sum(parts[name] for name in DANGER) > SENTENCE_SOUNDS:
            suicidal, emergency, loud = *(parts[name] for name in DANGER), True
    if "suicidal" in said:
        return "suicidal"
    if not loud and "emergency_red_flag" not in said:
        return ""
    weight = CERTAIN if "emergency_red_flag" in said else LEANS
    return "suicidal" if suicidal > weight * emergency else "emergency_red_flag"


def _likeliest(said: set[str], told: dict[str, float]) -> str:
    """The label that is no danger: what a phrase asks for, unless it sounds quite ordinary."""
    calm = [name for name in ACTIONS if name not in DANGER]
    asked = [name for name in calm if name in said]
    if asked and told[ORDINARY] < SURELY_ORDINARY:
        return max(asked, key=lambda name: told[name])
    return max(calm, key=lambda name: told[name])


def _features(message: str, heard: list[Heard]) -> set[str]:
    return learned.features(message, [(one.label, one.name) for one in heard])
