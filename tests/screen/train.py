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
from pathlib import Path

from consults.screen import DANGER, LABELS, ORDINARY, decided
from consults.screen.learned import FILE, SCALE, features, softmax, strength
from consults.screen.signals import heard_in
from consults.screen.spelling import plain

DATA = Path(__file__).parents[1] / "data"
TRAINED_ON = ("messages-tuning.jsonl", "messages-training.jsonl")
ROUNDS, STEP, PULL = 24, 0.5, 2e-4
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
    """The features of a text."""
    message = plain(text)
    return features(message, [(one.label, one.name) for one in heard_in(message)])


def trained(messages):
    """Weights by feature and a bias, by stochastic gradient with a step that shrinks (AdaGrad)."""
    chance = random.Random(SEED)
    samples = [(seen(row["text"]), LABELS.index(row["label"])) for row in messages]
    samples += [
        (seen(misspelt(row["text"], chance)), LABELS.index(row["label"])) for row in messages
    ]
    known = Counter(feature for found, _ in samples for feature in found)
    kept = sorted(feature for feature, times in known.items() if times >= 3)
    number = {feature: i for i, feature in enumerate(kept)}
    by = [strength(feature) for feature in kept]
    weights = [[0.0] * len(LABELS) for _ in kept]
    squares = [[1e-2] * len(LABELS) for _ in kept]
    bias = [0.0] * len(LABELS)
    rows_of = [
        (sorted(number[feature] for feature in found if feature in number), label)
        for found, label in samples
    ]
    for round_number in range(ROUNDS):
        chance.shuffle(rows_of)
        for found, label in rows_of:
            learn(found, label, weights, squares, by, bias, STEP / (1 + round_number / 4))
    return kept, weights, bias


def learn(found, label, weights, squares, by, bias, step):
    """One step towards the label of one message."""
    totals = list(bias)
    for i in found:
        factor = by[i]
        for k, weight in enumerate(weights[i]):
            totals[k] += factor * weight
    slopes = [chance - (k == label) for k, chance in enumerate(softmax(totals))]
    loud = [(k, slope) for k, slope in enumerate(slopes) if abs(slope) > 0.002]
    for k, slope in loud:
        bias[k] -= 0.02 * step * slope
    for i in found:
        row, square, factor = weights[i], squares[i], by[i]
        for k, slope in loud:
            pull = factor * slope + PULL * row[k]
            square[k] += pull * pull
            row[k] -= 0.1 * step * pull / square[k] ** 0.5


def as_file(kept, weights, bias):
    """The model as whole hundredths, near-silent features left out."""
    table = {}
    for feature, row in zip(kept, weights, strict=True):
        whole = [round(SCALE * weight) for weight in row]
        if max(map(abs, whole)) >= 3:
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
        meant = [heard for true, heard in pairs if true == label]
        right = sum(heard == label for heard in meant)
        sys.stdout.write(f"{label:28} {right}/{len(meant)} = {right / len(meant):.3f}\n")
    for label in (*DANGER, ORDINARY):
        meant = [heard for true, heard in pairs if true == label]
        stopped = sum(heard != ORDINARY for heard in meant)
        sys.stdout.write(f"{label:28} not queued: {stopped / len(meant):.3f}\n")


if __name__ == "__main__":
    main()
