"""Bring a message to one plain form: no accents, no text-message spelling, known words."""

import json
import re
from functools import lru_cache
from pathlib import Path

from consults.screen.concepts import vocabulary
from consults.screen.disguise import bare, unfigured, unspaced

FILE = Path(__file__).parent / "spelling.json"
PHRASES = Path(__file__).parent / "phrases"
_WORDS = re.compile(r"[a-z0-9]+(?:[.,][0-9]+)?|[.!?;:\n,()]")


def plain(text: str) -> str:
    """Lower case, no accents, no apostrophes, one space between words; stops as ` . ` and ` , `.

    A question mark stays, before its stop: it tells a question from a cry.

    Disguises are undone, text-message spellings are written out, letters repeated for effect are
    dropped, and a word that is nearly one of the words listened for becomes that word.
    """
    words = [_stop(word) for word in _WORDS.findall(unspaced(bare(text), _vocabulary()))]
    written_out = " ".join(_spelt(word) for word in words)
    return " " + " ".join(_known(word) for word in written_out.split()) + " "


def _stop(word: str) -> str:
    return "? ." if word == "?" else "." if word in ".!;\n" else "," if word in ":,()" else word


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[str, str], frozenset[str], dict[str, str]]:
    """Short spellings, words never corrected, and the words listened for by their sound."""
    read = json.loads(FILE.read_text(encoding="utf-8"))
    listened = set(read["listened"])
    phrases = " ".join(path.read_text(encoding="utf-8") for path in PHRASES.glob("*.json"))
    said = set(re.findall(r"[a-z]{4,}", phrases))
    sounds: dict[str, str] = {}
    for word in sorted(listened, key=len, reverse=True):
        sounds.setdefault(sound(word), word)
    return read["short"], frozenset(read["known"]) | listened | said | vocabulary(), sounds


@lru_cache(maxsize=1)
def _vocabulary() -> frozenset[str]:
    """Every word that letters written apart, or figures for letters, may stand for."""
    short, known, _ = _tables()
    return known | {word for phrase in short.values() for word in phrase.split()}


def _spelt(word: str) -> str:
    short, known, _ = _tables()
    if word in short:
        return short[word]
    if word not in known:
        word = unfigured(re.sub(r"([a-z])\1{2,}", r"\1", word), _vocabulary())
    return short.get(word, word)


@lru_cache(maxsize=20_000)
def _known(word: str) -> str:
    """The word, or the one listened for that sounds the same or is one slip away."""
    _, known, sounds = _tables()
    if len(word) < 5 or word in known or not word.isalpha():
        return word
    heard = sounds.get(sound(word))
    candidates = [heard] if heard is not None else _near(word)
    return next((one for one in candidates if one[0] == word[0]), word)


def _near(word: str) -> list[str]:
    """Listened-for words one slip away (two when long), nearest first."""
    # A word may have thousands of letters; none that long is near, and cutting it would be dear.
    if len(word) > _longest():
        return []
    found = []
    for candidate in {one for cut in cuts(word) for one in _by_cut().get(cut, ())}:
        limit = slips_allowed(min(word, candidate, key=len))
        slips = distance(word, candidate, limit)
        if slips <= limit:
            found.append((slips, candidate))
    return [candidate for _, candidate in sorted(found)]


@lru_cache(maxsize=1)
def _longest() -> int:
    """Letters of the longest word that may still be near one listened for."""
    return max(len(word) + slips_allowed(word) for word in _tables()[2].values())


def slips_allowed(word: str) -> int:
    """How many slips still leave a word of this length recognisable."""
    return 0 if len(word) < 6 else 1 if len(word) < 9 else 2


def cuts(word: str) -> set[str]:
    """The word, and what is left of it with as many letters dropped as slips are allowed."""
    left = {word}
    for _ in range(slips_allowed(word)):
        left |= {one[:i] + one[i + 1 :] for one in left for i in range(len(one))}
    return left


@lru_cache(maxsize=1)
def _by_cut() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for word in _tables()[2].values():
        for cut in cuts(word):
            found[cut] = (*found.get(cut, ()), word)
    return found


def distance(one: str, other: str, limit: int) -> int:
    """Letters to add, drop, change or swap to go from one word to the other, up to limit + 1."""
    before: list[int] = []
    line = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        following = [i]
        for j, wanted in enumerate(other, 1):
            cost = min(line[j] + 1, following[j - 1] + 1, line[j - 1] + (letter != wanted))
            if before and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, before[j - 2] + 1)
            following.append(cost)
        if min(following) > limit:
            return limit + 1
        before, line = line, following
    return line[-1]


_SOUNDS = (
    (r"ph", "f"), (r"eau|au", "o"), (r"ai|ei|et$|er$|ez$|ee", "e"), (r"qu|k|c(?=[aoulr]|$)", "k"),
    (r"c(?=[eiy])|ss|sc(?=[ei])", "s"), (r"z", "s"), (r"ge(?=[ao])|j", "g"), (r"y", "i"),
    (r"em|en|am|an", "an"), (r"in|ain|ein|im", "in"), (r"h", ""), (r"(.)\1+", r"\1"),
    (r"(ent|es|e|s|t|x|d|p)$", ""),
)  # fmt: skip


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """A rough key of how a French word sounds, equal for most honest misspellings of it."""
    for pattern, written in _SOUNDS:
        word = re.sub(pattern, written, word)
    return word
