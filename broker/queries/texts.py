"""The register of public texts: what is published now, what waits, and every version there was.

A page's words live in `broker/texts/<language>/<key>.md` as shipped, and in the register as
approved. Only the register is shown: a shipped text that nobody approved is not.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from broker.models import PublicText, TextStep

FOLDER = Path(__file__).parents[1] / "texts"
LANGUAGES = ("fr", "en")
# Gathered from templates by `tests.catalogues`: registered and approved, changed in the code only.
WRITTEN_IN_CODE = ("interface",)
# What the pages fill in: settings, amounts and the computed statement. Nothing else is replaced.
BLANKS = ("publisher", "mediator", "fees", "statement", "statement_source")


@dataclass(frozen=True, slots=True)
class Shipped:
    """A text as it came with this version of the program."""

    key: str
    language: str
    body: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Published:
    """The approved words of a page, with who answers for them and since when."""

    key: str
    language: str
    version: int
    body: str
    sha256: str
    approver: str
    approved_at: datetime


def digest(body: str) -> str:
    """What stands for a text in the register and in the log."""
    return hashlib.sha256(body.encode()).hexdigest()


@lru_cache(maxsize=1)
def shipped() -> tuple[Shipped, ...]:
    """Every text of this version of the program, in order of key."""
    return tuple(
        Shipped(path.stem, language, body, digest(body))
        for language in LANGUAGES
        for path in sorted((FOLDER / language).glob("*.md"))
        for body in [path.read_text(encoding="utf-8")]
    )


def page_keys() -> list[str]:
    """The pages that have words of their own."""
    return sorted({one.key for one in shipped()})


def published(key: str, language: str, at: datetime) -> Published | None:
    """The words to show, in that language or else in French; None when none are approved."""
    for tongue in dict.fromkeys((language, "fr")):
        if found := _newest_approved(key, tongue, at):
            return found
    return None


def _newest_approved(key: str, language: str, at: datetime) -> Published | None:
    # The newest version that was ever approved counts: when it is withdrawn, no older one returns.
    step = (
        TextStep.objects.filter(
            text__key=key, text__language=language, kind="approved", valid_from__lte=at
        )
        .select_related("text")
        .order_by("-text__version")
        .first()
    )
    if step is None or digest(step.text.body) != step.text.sha256:
        return None
    if TextStep.objects.filter(text=step.text_id, kind="withdrawn", at__lte=at).exists():
        return None
    text = step.text
    return Published(
        key, language, text.version, text.body, text.sha256, step.approver, step.valid_from
    )


def unpublished(at: datetime) -> list[tuple[str, str]]:
    """Pages of this version with nothing approved to show: the operator's alarm."""
    return [
        (one.key, one.language)
        for one in shipped()
        if _newest_approved(one.key, one.language, at) is None
    ]


def unregistered() -> list[Shipped]:
    """Texts shipped with this version whose hash no approval covers."""
    known = set(
        TextStep.objects.filter(kind="approved").values_list(
            "text__key", "text__language", "text__sha256"
        )
    )
    return [one for one in shipped() if (one.key, one.language, one.sha256) not in known]


def version_of(text_id: UUID) -> PublicText | None:
    """One version."""
    return PublicText.objects.filter(pk=text_id).first()


def with_hash(sha256: str) -> PublicText | None:
    """The version whose words still hash to this; None when there is none."""
    for text in PublicText.objects.filter(sha256=sha256):
        if digest(text.body) == sha256:
            return text
    return None


def newest(key: str, language: str) -> PublicText | None:
    """The last version laid into the register, whatever became of it."""
    found = PublicText.objects.filter(key=key, language=language)
    return found.order_by("-version").first()


def register(at: datetime, key: str = "", language: str = "") -> list[dict[str, Any]]:
    """Every version in order, with its judgment, its approval and where it stands now."""
    texts = PublicText.objects.order_by("key", "language", "-version")
    if key:
        texts = texts.filter(key=key, language=language)
    steps: dict[UUID, dict[str, TextStep]] = {}
    for step in TextStep.objects.filter(text__in=texts):
        steps.setdefault(step.text_id, {})[step.kind] = step
    reached: set[tuple[str, str]] = set()
    return [_row(text, steps.get(text.pk, {}), reached, at) for text in texts]


def _row(
    text: PublicText, steps: dict[str, TextStep], reached: set[tuple[str, str]], at: datetime
) -> dict[str, Any]:
    approved, withdrawn = steps.get("approved"), steps.get("withdrawn")
    place = (text.key, text.language)
    in_force = approved is not None and approved.valid_from <= at
    superseded = in_force and place in reached
    if in_force:
        reached.add(place)
    return {
        "id": str(text.pk),
        "key": text.key,
        "language": text.language,
        "version": text.version,
        "sha256": text.sha256,
        "source": text.source,
        "proposed_by": str(text.proposed_by),
        "proposed_at": text.proposed_at,
        "refused_by": text.refused_by,
        "flags": text.flags.split(),
        "approver": approved.approver if approved else "",
        "approved_at": approved.at if approved else None,
        "valid_from": approved.valid_from if approved else None,
        "withdrawn_at": withdrawn.at if withdrawn else None,
        "state": _state(text, in_force, approved is not None, withdrawn is not None, superseded),
        "subject": str(text.subject),
        "body": text.body,
    }


def _state(
    text: PublicText, in_force: bool, approved: bool, withdrawn: bool, superseded: bool
) -> str:
    if withdrawn:
        return "withdrawn"
    if superseded:
        return "superseded"
    if in_force:
        return "published"
    if approved:
        return "coming"
    return "refused" if text.refused_by else "proposed"
