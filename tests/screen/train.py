"""Train the small model of the screen on our own messages, in plain Python, the same each time.

Run by hand: `python tests/screen/train.py` rewrites `consults/screen/weights.json` (minutes);
`python tests/screen/train.py --folds 5` measures by cross-validation instead and writes nothing.
The held-out messages are never read here.
"""

import json
import random
import sys
import unicodedata
from collections import Counter
from math import sqrt
from operator import mul
from pathlib import Path

from consults.screen import DANGER, LABELS, ORDINARY, decided
from consults.screen.learned import FILE, SCALE, features, sentences, shares, softmax
from consults.screen.signals import heard_in
from consults.screen.spelling import plain

DATA = Path(__file__).parents[1] / "data"
TRAINED_ON = tuple(
    f"messages-{name}.jsonl"
    for name in ("tuning", "training", "blind", "blind-2", "blind-3", "blind-4")
)
ROUNDS, STEP, PULL = 8, 0.05, 5e-4
SEED = 15112


def rows():
    """Every labelled message that may be learnt from."""
    return [
        json.loads(line) for name in TRAINED_ON for line in (DATA / name).read_text().splitlines()
    ]


def misspelt(text, chance):
    """The message as a hurried hand types it: no accents, letters swapped, lost or doubled."""
    text = unicodedata.normalize("NFKD", text.lower())
    words = "".join(sign for sign in text if not unicodedata.combining(sign)).split()
    for number, word in enumerate(words):
        if len(word) > 4 and chance.random() < 0.2:
            at = chance.randrange(1, len(word) - 1)
            slips = (word[:at] + word[at + 1] + word[at] + word[at + 2 :],
                     word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:])  # fmt: skip
            words[number] = chance.choice(slips)
    return " ".join(words)


def seen(text):
    """The features of a text, each with its share."""
    message = plain(text)
    found = shares(features(message, [(one.label, one.name) for one in heard_in(message)]))
    return dict(sorted(found.items()))


def samples(messages):
    """What is learnt from: each message, the same misspelt, and the sentences of ordinary ones.

    A sentence of an ordinary message is ordinary too, so that one read alone is no alarm.
    """
    chance = random.Random(SEED)
    texts = [(row["text"], meant(row)) for row in messages]
    texts += [(misspelt(text, chance), label) for text, label in list(texts)]
    texts += [(part, meant(row)) for row in messages if row["label"] == ORDINARY
              for part in sentences(plain(row["text"]))]  # fmt: skip
    return [(seen(text), label) for text, label in texts]


def meant(row):
    """How much of each label a message means: all of its own, or most where it has others too."""
    others = row.get("also", ())
    share = 0.7 if others else 1.0
    return [share if label == row["label"] else 0.3 / len(others) if label in others else 0.0
            for label in LABELS]  # fmt: skip


def trained(messages):
    """Weights by label and a bias, by stochastic gradient with a step that shrinks (AdaGrad)."""
    learnt = samples(messages)
    known = Counter(feature for found, _ in learnt for feature in found)
    kept = sorted(feature for feature, times in known.items() if times >= 3)
    number = {feature: i for i, feature in enumerate(kept)}
    weights = [[0.0] * len(kept) for _ in LABELS]
    squares = [[1e-2] * len(kept) for _ in LABELS]
    bias = [0.0] * len(LABELS)
    rows_of = [
        ([number[one] for one in found if one in number],
         [share for one, share in found.items() if one in number], label)
        for found, label in learnt
    ]  # fmt: skip
    chance = random.Random(SEED)
    for _ in range(ROUNDS):
        chance.shuffle(rows_of)
        for found, by, label in rows_of:
            learn(found, by, label, weights, squares, bias)
    return kept, list(zip(*weights, strict=True)), bias


def learn(found, by, label, weights, squares, bias):
    """One step towards what one message means."""
    totals = [
        start + sum(map(mul, [row[i] for i in found], by))
        for start, row in zip(bias, weights, strict=True)
    ]
    for k, chance in enumerate(softmax(totals)):
        slope = chance - label[k]
        if abs(slope) <= 0.002:
            continue
        bias[k] -= 0.01 * slope
        row, square = weights[k], squares[k]
        for i, share in zip(found, by, strict=True):
            pull = share * slope + PULL * row[i]
            square[i] += pull * pull
            row[i] -= STEP * pull / sqrt(square[i])


def as_file(kept, weights, bias):
    """The model as whole hundredths, near-silent features left out."""
    table = {}
    for feature, row in zip(kept, weights, strict=True):
        whole = [round(SCALE * weight) for weight in row]
        if max(map(abs, whole)) >= 6:
            table[feature] = whole
    return {
        "labels": list(LABELS),
        "biases": [round(SCALE * one) for one in bias],
        "weights": table,
    }


def written(model):
    """One feature a line, so that a change can be read."""
    lines = [f" {json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}"
             for k, v in model["weights"].items()]  # fmt: skip
    head = json.dumps({"labels": model["labels"], "biases": model["biases"]})[:-1]
    return head + ',\n"weights": {\n' + ",\n".join(lines) + "\n}}\n"


def main():
    """Train and write, or cross-validate."""
    messages = rows()
    if "--folds" not in sys.argv:
        FILE.write_text(written(as_file(*trained(messages))))
        return
    folds = int(sys.argv[sys.argv.index("--folds") + 1])
    random.Random(SEED).shuffle(messages)
    pairs = []
    for fold in range(folds):
        model = as_file(*trained([row for i, row in enumerate(messages) if i % folds != fold]))
        for row in messages[fold::folds]:
            pairs.append((row["label"], decided(row["text"], model).label))
    for label in LABELS:
        told = [heard for true, heard in pairs if true == label]
        right = sum(heard == label for heard in told)
        sys.stdout.write(f"{label:28} {right}/{len(told)} = {right / len(told):.3f}\n")
    for label in (*DANGER, ORDINARY):
        told = [heard for true, heard in pairs if true == label]
        stopped = sum(heard != ORDINARY for heard in told)
        sys.stdout.write(f"{label:28} not queued: {stopped / len(told):.3f}\n")


if __name__ == "__main__":
    main()
