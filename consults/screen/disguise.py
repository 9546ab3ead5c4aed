"""Undo what hides words from a reader of letters: look-alikes, signs for letters, spaced letters.

People disguise words to pass a filter, or write them so by habit (`su1c1de`, `m o u r i r`). What
is not understood is left as it is. Everything here is cheap and bounded by the text's length.
"""

import re
import unicodedata
from collections.abc import Set

# Letters of other alphabets that look like ours.
_TWINS = str.maketrans(
    dict(zip("авекмнорстухіѕјԁһԛԝзё", "abekmhopctyxisjdhqw3e", strict=True))
    | dict(zip("αβεικνορτυχηγωμ", "abeiknoptuxnywm", strict=True))
    | {"œ": "oe", "æ": "ae", "’": "'", "ʼ": "'", "`": "'", "´": "'", "‘": "'", "ı": "i", "ł": "l",
       "ø": "o", "ß": "ss", "\u3164": None, "\u2800": " "}
)  # fmt: skip
# Signs that people use instead of a word.
_SIGNS = {
    "💊": "cachets", "🔪": "couteau", "🔫": "pistolet", "🩸": "sang", "⚰": "cercueil",
    "💀": "mort", "🪦": "tombe", "🤰": "enceinte", "👶": "bebe", "🚑": "urgence", "🤮": "vomi",
    "🤢": "nausee", "🌡": "temperature", "🖕": "connard", "🐝": "abeille",
}  # fmt: skip
_INSIDE = re.compile(r"(?<=[a-z])[@$€!|*](?=[a-z])")
_INSIDE_FOR = {"@": "a", "$": "s", "€": "e", "!": "i", "|": "l", "*": ""}
_SPACED = re.compile(r"(?<![a-z0-9'])(?:[a-z0-9][ ._*|-]{1,3}){3,}[a-z0-9](?![a-z0-9'])")
_FIGURES = str.maketrans("0134578", "oieastb")
_FIGURES_OTHERWISE = str.maketrans("0134578", "oleastb")
_LONGEST = 20  # letters of a word; spaced letters are read as words no longer than this
_SHORTEST = ("a", "d", "j", "l", "m", "n", "s", "t", "y")


def bare(text: str) -> str:
    """Lower case, no accents, look-alikes and signs written in plain letters, nothing unseen."""
    for sign, word in _SIGNS.items():
        if sign in text:
            text = text.replace(sign, f" {word} ")
    text = unicodedata.normalize("NFKC", text).lower().translate(_TWINS)
    text = "".join(
        sign
        for sign in unicodedata.normalize("NFKD", text)
        if sign.isascii() or unicodedata.category(sign) not in ("Mn", "Me", "Cf")
    )
    return _INSIDE.sub(lambda found: _INSIDE_FOR[found.group()], text)


def unspaced(text: str, known: Set[str]) -> str:
    """Letters written apart brought together, and parted again into known words."""

    def joined(found: re.Match[str]) -> str:
        words = re.split(r"[ ._*|-]{2,}", found.group())
        letters = [re.sub(r"[ ._*|-]", "", word) for word in words]
        return " ".join(parted(word.translate(_FIGURES), known) for word in letters)

    return _SPACED.sub(joined, text)


def parted(letters: str, known: Set[str]) -> str:
    """`jeveuxmourir` as `je veux mourir`, in as few words as can be; as it is when it cannot."""
    best: list[tuple[int, list[str]] | None] = [(0, [])]
    for end in range(1, len(letters) + 1):
        found = None
        for start in range(max(0, end - _LONGEST), end):
            word, before = letters[start:end], best[start]
            if before is None or not (word in known if len(word) > 1 else word in _SHORTEST):
                continue
            if found is None or before[0] + 1 < found[0]:
                found = (before[0] + 1, [*before[1], word])
        best.append(found)
    last = best[-1]
    return " ".join(last[1]) if last is not None else letters


def unfigured(word: str, known: Set[str]) -> str:
    """`su1c1de` as `suicide`: figures read as letters where that makes a known word."""
    if word.isalpha() or word.isdigit() or len(word) < 4:
        return word
    for table in (_FIGURES, _FIGURES_OTHERWISE):
        read = word.translate(table)
        if read in known:
            return read
    return word
