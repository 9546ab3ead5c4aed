"""What patients agree to: dated words in two languages, named by the hash of what was read.

A version is never changed: other words are a new version, with its own day.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

FILE = Path(__file__).with_name("consents.json")
LANGUAGES = ("fr", "en")


@dataclass(frozen=True)
class Words:
    """One version of one agreement in one language; `sha256` is over kind, version and words."""

    kind: str
    version: str
    language: str
    in_force_from: date
    articles: str
    title: str
    text: str

    @property
    def sha256(self) -> str:
        """The name of exactly these words."""
        said = [self.kind, self.version, self.language, self.articles, self.title, self.text]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


@lru_cache(maxsize=1)
def load() -> Mapping[str, tuple[Words, ...]]:
    """Every version of every agreement, the oldest first; ValueError names what is malformed."""
    raw = json.loads(FILE.read_text(encoding="utf-8"))
    return MappingProxyType({kind: tuple(_versions(kind, rows)) for kind, rows in raw.items()})


def _versions(kind: str, rows: list[dict[str, object]]) -> list[Words]:
    found = []
    for row in sorted(rows, key=lambda one: str(one["in_force_from"])):
        for language in LANGUAGES:
            said = row.get(language)
            if not isinstance(said, dict) or not said.get("title") or not said.get("text"):
                raise ValueError(f"{FILE.name}: {kind} {row.get('version')}: no {language} words")
            found.append(
                Words(
                    kind=kind,
                    version=str(row["version"]),
                    language=language,
                    in_force_from=date.fromisoformat(str(row["in_force_from"])),
                    articles=str(row["articles"]),
                    title=said["title"],
                    text=said["text"],
                )
            )
    return found


def words(kind: str, on: date, language: str) -> Words:
    """The words of an agreement that are in force on a day, in the reader's language or French."""
    wanted = language[:2] if language[:2] in LANGUAGES else "fr"
    return [one for one in load()[kind] if one.language == wanted and one.in_force_from <= on][-1]
