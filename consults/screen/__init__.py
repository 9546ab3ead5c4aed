"""Listen to a patient's message before anyone is asked to answer it. Pure: text in, label out.

The screen may add an alert and never clears a message: what it calls ordinary has still passed
the red-flag list that is asked before any free text. `spelling` brings a message to one plain
form, `signals` hears the phrases of `signals.json` in it, `measure` says how well that works.
"""

from dataclasses import dataclass

from consults.screen.signals import Heard, heard_in

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
    heard: list[Heard] = heard_in(text)
    labels = {one.label for one in heard}
    label = next((name for name in ACTIONS if name in labels), ORDINARY)
    return Screening(
        label=label,
        action=ACTIONS[label],
        alerts=tuple(ALERTS[name] for name in ACTIONS if name in labels and name in ALERTS),
        because=tuple(dict.fromkeys(one.name for one in heard)),
    )
