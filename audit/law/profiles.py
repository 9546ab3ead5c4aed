"""What each profile of the pack means for a physician, in plain words, under one hash.

The hash covers the words, the profile's definition and the grounds on which it lets written
advice be billed: when any of them changes, what a physician acknowledged is no longer in force.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from audit.law.model import Pack

WORDS = Path(__file__).parent / "profiles.json"
GROUND = "ground-"


@dataclass(frozen=True)
class Meaning:
    """One profile explained: `says` and `title` by language, `grounds` the rules it asks."""

    profile: str
    title: Mapping[str, str]
    says: Mapping[str, tuple[str, ...]]
    grounds: tuple[str, ...]
    sha256: str


def meaning(pack: Pack, profile: str) -> Meaning:
    """What a profile means under a pack; KeyError for a profile that nobody explained."""
    words = _words()[profile]
    chosen = pack.profiles[profile]
    grounds = sorted(
        {one.id for one in pack.rules if one.id.startswith(GROUND) and chosen.counts(one)}
    )
    covered = {
        "profile": profile,
        "definition": pack.body["profiles"][profile],
        "grounds": grounds,
        "words": words,
    }
    raw = json.dumps(covered, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return Meaning(
        profile=profile,
        title={"fr": words["title_fr"], "en": words["title_en"]},
        says={"fr": tuple(words["says_fr"]), "en": tuple(words["says_en"])},
        grounds=tuple(grounds),
        sha256=hashlib.sha256(raw.encode()).hexdigest(),
    )


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = json.loads(WORDS.read_text(encoding="utf-8"))
    return loaded
