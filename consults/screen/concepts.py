"""The ideas that a plain message touches: `breath`, `child`, `sudden`, whatever words say them.

Few messages to learn from name the same thing by the same word; ideas, and two ideas close
together, let the model carry what it learnt of one word to the others. `concepts.json` lists, for
each idea, words, beginnings of words (`*`) and phrases, French and English, without accents.
"""

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).parent / "concepts.json"
NEAR = 14  # words between two ideas that are still said together
LONGEST_PHRASE = 5
YEAR = re.compile(r"(19|20)\d\d")
Table = dict[str, frozenset[str]]


def ideas(message: str) -> tuple[set[str], set[str]]:
    """The ideas in a plain message, and the pairs of them that are said close together."""
    touched = list(_touched(message.split()))
    single = {idea for _, idea in touched}
    pairs = set()
    for number, (at, idea) in enumerate(touched):
        for where, other in touched[number + 1 :]:
            if where - at > NEAR:
                break
            if other != idea:
                pairs.add(f"{idea}+{other}" if idea < other else f"{other}+{idea}")
    return single, pairs


def _touched(words: Sequence[str]) -> Iterator[tuple[int, str]]:
    phrases = _tables()[2]
    for at, word in enumerate(words):
        for idea in of_word(word):
            yield at, idea
        for end in range(at + 2, min(at + LONGEST_PHRASE, len(words)) + 1):
            for idea in phrases.get(" ".join(words[at:end]), ()):
                yield at, idea


@lru_cache(maxsize=20_000)
def of_word(word: str) -> tuple[str, ...]:
    """The ideas of one word, by itself or by how it begins."""
    whole, begun, _ = _tables()
    found = set(whole.get(word, ()))
    for end in range(2, min(len(word), 24) + 1):
        found |= begun.get(word[:end], frozenset())
    if YEAR.fullmatch(word):
        found.add("past")
    return tuple(sorted(found))


def vocabulary() -> frozenset[str]:
    """Every whole word that some idea lists, by itself or in a phrase."""
    whole, _, phrases = _tables()
    return frozenset(whole) | {word for phrase in phrases for word in phrase.split()}


@lru_cache(maxsize=1)
def _tables() -> tuple[Table, Table, Table]:
    """Ideas by whole word, by the beginning of a word, and by phrase."""
    whole: Table = {}
    begun: Table = {}
    phrases: Table = {}
    for idea, words in json.loads(FILE.read_text(encoding="utf-8")).items():
        for word in words:
            table = phrases if " " in word else begun if word.endswith("*") else whole
            key = word.rstrip("*")
            table[key] = table.get(key, frozenset()) | {idea}
    return whole, begun, phrases
