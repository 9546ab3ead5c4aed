"""The laws of the product, checked on a story from outside: nothing here asks the service's rules.

What must be free is read off the line itself, so that a gate that lets too much through is seen.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from broker.story.played import Played

LAWS = {
    "LINE_FAILED": "every question is played to its end",
    "NOT_SETTLED": "no payment is left standing once the verdict is known",
    "BOOK_NOT_ZERO": "every book sums to zero",
    "BOOKS_DISAGREE": "the books hold what the people saw",
    "CHARGED_WITHOUT_GROUND": "nothing is charged that is not personal, traced and in the pathway",
    "CHARGED_WITHOUT_VERDICT": "a charge follows a verdict that allows it",
    "QUOTE_NOT_CHARGE": "what is charged is what was quoted, line by line",
    "FEE_WITHOUT_ACT": "the platform's fee follows the physician's",
    "REFUSED_BUT_QUOTED": "a question that is turned away is never quoted or charged",
    "REFUSED_WITHOUT_CODE": "every refusal says its code",
    "CHARGED_WITHOUT_PASS": "every charge has its pass in the log",
    "REFUSED_WITHOUT_ENTRY": "every refusal has its entry in the log",
    "VERIFIER_FAILED": "the log verifies",
}


@dataclass(frozen=True)
class Violation:
    """One law broken, by which question (0: the whole), and how."""

    law: str
    question: int
    detail: str

    def as_json(self) -> dict[str, Any]:
        """The violation as the result carries it."""
        return {**asdict(self), "means": LAWS[self.law]}


def violations(
    played: Sequence[Played],
    books: Sequence[Mapping[str, Any]],
    entries: Iterable[Mapping[str, Any]] | None,
    verifier: int | None,
) -> list[Violation]:
    """Every law that this story breaks; without `entries` or `verifier` (None) theirs are left."""
    found = [one for line in played for one in _of_line(line)]
    for book in books:
        if book["sum_cents"] != 0:
            found.append(Violation("BOOK_NOT_ZERO", 0, f"{book['book']}: {book['sum_cents']}"))
    if entries is not None:
        found.extend(_of_log(played, entries))
    if verifier:
        found.append(Violation("VERIFIER_FAILED", 0, f"exit status {verifier}"))
    return found


def _of_line(line: Played) -> list[Violation]:
    checks = {
        "LINE_FAILED": line.failed,
        "NOT_SETTLED": "" if line.settled or line.failed else f"still {line.state}",
        "CHARGED_WITHOUT_GROUND": line.charged and must_be_free(line),
        "CHARGED_WITHOUT_VERDICT": line.charged
        and line.outcome != "billable"
        and (line.outcome or "no verdict"),
        "QUOTE_NOT_CHARGE": line.charged and _not_as_quoted(line),
        "FEE_WITHOUT_ACT": line.platform_cents > 0 and not line.physician_cents and "fee alone",
        "REFUSED_BUT_QUOTED": line.refused and (line.charged or line.quote) and "quoted",
        "REFUSED_WITHOUT_CODE": line.refused and not line.code and "no code",
    }
    return [Violation(law, line.number, str(why)) for law, why in checks.items() if why]


def must_be_free(line: Played) -> str:
    """Why this line can never be charged, read from what was asked and signed; else empty."""
    said = line.line
    by_card = said.settlement == "card" or bool(line.quote and line.quote[1])
    reasons = {
        "outside the pathway": said.pathway == "none",
        "simple advice": said.act_kind == "simple_advice",
        "no report": not said.report,
        "a red flag was ticked": bool(said.flags),
        "the card was declined": by_card and said.card in ("declined", "3ds-abandoned"),
    }
    return next((why for why, is_so in reasons.items() if is_so), "")


def _not_as_quoted(line: Played) -> str:
    received = (line.physician_cents, line.platform_cents)
    return "" if received == line.quote else f"quoted {line.quote}, received {received}"


def _of_log(played: Sequence[Played], entries: Iterable[Mapping[str, Any]]) -> list[Violation]:
    types: dict[str, set[str]] = {}
    for entry in entries:
        types.setdefault(str(entry["subject"]), set()).add(str(entry["type"]))
    found = []
    for line in played:
        written = types.get(line.subject, set())
        if line.charged and "gate.passed" not in written:
            found.append(Violation("CHARGED_WITHOUT_PASS", line.number, line.subject))
        if line.refused and f"question.{line.state}" not in written:
            found.append(Violation("REFUSED_WITHOUT_ENTRY", line.number, line.subject))
        if line.outcome and not line.refused and not {"gate.passed", "gate.refused"} & written:
            found.append(Violation("REFUSED_WITHOUT_ENTRY", line.number, line.subject))
    return found
