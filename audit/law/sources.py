"""What each source document asks for, and what answers it here: rule, screen, test, scene.

`sources.json` beside this module is the one table; the page `/sources/`, the README and a test
that nothing in it is an empty promise all read it.
"""

import json
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).parent / "sources.json"


@dataclass(frozen=True, slots=True)
class Demand:
    """One demand in a few words; `scene` is the demonstration's button that plays it."""

    fr: str
    en: str
    rule: str
    screen: str
    test: str
    scene: int | None
    done: bool


@dataclass(frozen=True, slots=True)
class Document:
    """One source document with its demands."""

    id: str
    dated: date
    title_fr: str
    title_en: str
    demands: tuple[Demand, ...]


@lru_cache(maxsize=1)
def documents() -> tuple[Document, ...]:
    """Every source document, in the order of the table."""
    return tuple(
        Document(
            id=row["id"],
            dated=date.fromisoformat(row["date"]),
            title_fr=row["title_fr"],
            title_en=row["title_en"],
            demands=tuple(Demand(**demand) for demand in row["demands"]),
        )
        for row in json.loads(FILE.read_text())
    )
