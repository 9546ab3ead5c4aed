"""What a small model, trained on our own labelled messages, thinks of a plain message.

Multinomial logistic regression over words, pairs of words, pieces of words, ideas, pairs of ideas,
the signals heard and how long the message is, brought to one length so that a long message weighs
no more than a short one; `weights.json` is written by `tests/screen/train.py` from the files it
names, and by nothing else.
"""

import json
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from math import exp, fsum, sqrt
from pathlib import Path
from typing import Any

from consults.screen.concepts import ideas

FILE = Path(__file__).parent / "weights.json"
SCALE = 100  # weights are kept as whole hundredths
LENGTH = 8.0  # of every message as the model sees it
# How much a feature says by its kind: pieces of words less, an idea or a signal heard more.
STRENGTH = {"w": 1.0, "b": 1.0, "c": 0.4, "s": 1.5, "g": 2.0, "p": 1.0, "l": 1.0}
Model = dict[str, Any]  # labels, biases, and weights: feature -> one number a label
MOST_WORDS = 600  # what follows is read sentence by sentence only


def features(message: str, heard: Iterable[tuple[str, str]]) -> set[str]:
    """What the model sees of a plain message and of the (label, name) signals heard in it."""
    words = message.split()[:MOST_WORDS]
    found = {f"w {word}" for word in words}
    found.update(f"b {one} {other}" for one, other in pairwise(words))
    for word in set(words):
        framed = f"<{word[:40]}>"
        for length in (3, 4, 5):
            found.update(f"c {framed[i : i + length]}" for i in range(len(framed) - length + 1))
    single, pairs = ideas(" ".join(words))
    found.update(f"g {idea}" for idea in single)
    found.update(f"p {pair}" for pair in pairs)
    found.add(f"l {min(len(words) // 4, 8)}")
    for label, name in heard:
        found.update((f"s {label}", f"s {name}"))
    return found


def shares(found: Iterable[str]) -> dict[str, float]:
    """Each feature with its share of the message, the whole brought to one length."""
    strengths = {feature: STRENGTH[feature[0]] for feature in found}
    # Exact sums: a set has no order of its own, and the same message must say the same each time.
    whole = sqrt(fsum(one * one for one in strengths.values())) or 1.0
    return {feature: one * LENGTH / whole for feature, one in strengths.items()}


def chances(found: Iterable[str], model: Model) -> dict[str, float]:
    """The chance of each label, summing to one."""
    weights = model["weights"]
    known = [(share, weights[name]) for name, share in shares(found).items() if name in weights]
    totals = [
        fsum((bias, *(share * row[i] for share, row in known)))
        for i, bias in enumerate(model["biases"])
    ]
    return dict(zip(model["labels"], softmax([total / SCALE for total in totals]), strict=True))


def softmax(totals: Sequence[float]) -> list[float]:
    """Totals as chances that sum to one."""
    most = max(totals)
    raised = [exp(total - most) for total in totals]
    whole = sum(raised)
    return [one / whole for one in raised]


def sentences(message: str, *, by_clause: bool = False) -> list[str]:
    """The sentences of a plain message that say something, where there are several.

    By clause, commas part them too: what is cried between two insults is heard by itself.
    """
    parts = re.split(r" [.,] " if by_clause else r" \. ", message)
    told = [part for part in parts if len(part.split()) >= 3]
    return told if len(told) > 1 or len(parts) > 2 else []


@lru_cache(maxsize=1)
def load() -> Model:
    """The model as trained."""
    model: Model = json.loads(FILE.read_text(encoding="utf-8"))
    return model
