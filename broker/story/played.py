"""What became of one line, as its people saw it at the doors."""

from dataclasses import dataclass, field
from typing import Any

from broker.story.line import Line


@dataclass
class Played:
    """One question's whole fate; `failed` says what kept the line from being played to its end.

    Amounts are what each party received, in cents. `code` says why nothing was charged.
    """

    number: int
    line: Line
    question: str = ""
    subject: str = ""
    label: str = ""
    action: str = ""
    state: str = ""
    code: str = ""
    quote: tuple[int, int] | None = None
    outcome: str = ""
    fired: tuple[str, ...] = ()
    findings: list[dict[str, Any]] = field(default_factory=list)
    settled: bool = False
    physician_cents: int = 0
    platform_cents: int = 0
    failed: str = ""

    @property
    def charged(self) -> bool:
        """Whether either party received anything."""
        return self.physician_cents + self.platform_cents > 0

    @property
    def refused(self) -> bool:
        """Whether the question was turned away before anything was quoted."""
        return self.state in ("refused", "held")

    def as_json(self) -> dict[str, Any]:
        """The line of the result; what did not happen is null."""
        screening = {"label": self.label, "action": self.action} if self.label else None
        quote = None
        if self.quote is not None:
            quote = {"honoraires_cents": self.quote[0], "platform_cents": self.quote[1]}
        verdict = {"outcome": self.outcome, "fired": list(self.fired)} if self.outcome else None
        return {
            "text": self.line.text,
            "screening": screening,
            "quote": quote,
            "verdict": verdict,
            "physician_received_cents": self.physician_cents,
            "platform_received_cents": self.platform_cents,
            "state": self.state,
            "code": self.code,
            "question": self.question,
        }
