"""One line of a story's file: what is asked, by what ground, how it is paid and answered.

The whole file is read before anything is played, so that a wrong line costs nothing.
"""

import json
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from billing.money import TIERS
from broker.protocol import FrameError, plain_text
from consults.states import RED_FLAGS

MAX_FILE_BYTES = 10_000_000
MAX_LINES = 2000
# What a wrong file is told, by code; `{}` takes the detail.
ERRORS = {
    "FILE_NOT_READ": "the file cannot be read: {}",
    "FILE_TOO_LARGE": "the file is longer than {}",
    "FILE_NOT_UTF8": "the file is not UTF-8 text: {}",
    "FILE_EMPTY": "the file holds no question",
    "LINE_NOT_JSON": "not valid JSON: {}",
    "LINE_FIELD_UNKNOWN": "no such field: {}",
    "LINE_FIELD_MISSING": "a field is missing: {}",
    "LINE_FIELD_INVALID": "{}",
    "LINE_TEXT_REFUSED": "this text is not accepted at the door: {}",
}

Pathway = Literal["treating", "referral", "prescriber", "team", "long-term", "on-call", "none"]
DEFAULT_ANSWER = (
    "Bonjour, j'ai lu votre question et votre dossier. Gardez le traitement actuel, surveillez "
    "l'évolution pendant deux jours et écrivez-moi ici si cela ne s'améliore pas."
)


class BadStory(Exception):
    """The file cannot be played: a stable code, the line's number (0: the file), and why."""

    def __init__(self, code: str, detail: str = "", *, number: int = 0) -> None:
        self.code = code
        self.number = number
        where = f"line {number}: " if number else ""
        super().__init__(f"{where}{code}: {ERRORS[code].format(detail)}")


class Line(BaseModel):
    """One question with everything that happens to it; every field but `text` has a default."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    text: str
    flags: tuple[str, ...] = ()
    pathway: Pathway = "treating"
    tier: str = ""
    settlement: Literal["card", "off_platform"] = "card"
    card: Literal["ok", "declined", "3ds", "3ds-abandoned"] = "ok"
    answer: str = DEFAULT_ANSWER
    act_kind: Literal["telemedicine_act", "simple_advice"] = "telemedicine_act"
    outcome: Literal[
        "advised", "adapted-treatment", "see-physician", "emergency", "cannot-answer"
    ] = "advised"
    report: bool = True

    @field_validator("flags", mode="before")
    @classmethod
    def known_flags(cls, value: Any) -> Any:
        """A list of names from the red-flag list; JSON has no tuples."""
        if not isinstance(value, list | tuple):
            return value
        if unknown := [flag for flag in value if flag not in tuple(RED_FLAGS)]:
            raise ValueError(f"not a red flag: {unknown[0]!r} (known: {', '.join(RED_FLAGS)})")
        return tuple(value)

    @field_validator("text", "answer")
    @classmethod
    def readable(cls, value: str) -> str:
        """Text as the door reads it, refused here under the door's own code."""
        try:
            return plain_text(value)
        except FrameError as wrong:
            raise ValueError(wrong.code) from None

    @model_validator(mode="after")
    def offered_tier(self) -> Self:
        """A tier that the platform has, or none: then the pathway says which."""
        if self.tier and self.tier not in TIERS:
            raise ValueError(f"no such tier: {self.tier!r} (known: {', '.join(TIERS)})")
        return self

    @property
    def asked_tier(self) -> str:
        """The tier to ask for: the person's own physician has one of their own."""
        return self.tier or ("own-physician" if self.pathway == "treating" else "async-48h")


def read_line(raw: str, *, number: int) -> Line:
    """A line that starts with a brace is JSON, any other is the text itself; BadStory if wrong."""
    fields: Any = {"text": raw}
    if raw.lstrip().startswith("{"):
        try:
            fields = json.loads(raw, object_pairs_hook=_once)
        except (ValueError, RecursionError) as wrong:
            raise BadStory("LINE_NOT_JSON", str(wrong), number=number) from None
    try:
        return Line.model_validate(fields)
    except ValidationError as wrong:
        raise _bad(wrong, number) from None


def read_file(path: Path) -> list[Line]:
    """Every question of the file, empty lines left out; BadStory names the first wrong line."""
    try:
        raw = path.read_bytes()
    except OSError as wrong:
        raise BadStory("FILE_NOT_READ", wrong.strerror or type(wrong).__name__) from None
    if len(raw) > MAX_FILE_BYTES:
        raise BadStory("FILE_TOO_LARGE", f"{MAX_FILE_BYTES} bytes")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        number = raw.count(b"\n", 0, wrong.start) + 1
        raise BadStory("FILE_NOT_UTF8", f"byte {wrong.start}", number=number) from None
    # Only real line ends: a text may hold the separators that `splitlines` also takes.
    lines = [
        read_line(line.strip(), number=number)
        for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1)
        if line.strip()
    ]
    if not lines:
        raise BadStory("FILE_EMPTY")
    if len(lines) > MAX_LINES:
        raise BadStory("FILE_TOO_LARGE", f"{MAX_LINES} questions")
    return lines


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen = dict(pairs)
    if len(seen) != len(pairs):
        raise ValueError("a field is there twice")
    return seen


def _bad(wrong: ValidationError, number: int) -> BadStory:
    first = wrong.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    said = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        return BadStory("LINE_FIELD_UNKNOWN", name, number=number)
    if first["type"] == "missing":
        return BadStory("LINE_FIELD_MISSING", name, number=number)
    if name in ("text", "answer") and said.startswith("TEXT_"):
        return BadStory("LINE_TEXT_REFUSED", f"{name}: {said}", number=number)
    detail = f"{name}: {said}" if name else said
    return BadStory("LINE_FIELD_INVALID", detail, number=number)
