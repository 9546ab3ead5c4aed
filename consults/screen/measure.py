"""How well the screen hears: precision and recall for each label, with exact 95 % bounds."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb

from consults.screen import DANGER, LABELS, ORDINARY


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `tries`, and between which shares the truth lies with 95 % confidence."""

    hits: int
    tries: int

    @property
    def value(self) -> float | None:
        """The share itself; None of nothing."""
        return self.hits / self.tries if self.tries else None

    @property
    def bounds(self) -> tuple[float, float]:
        """The exact interval of Clopper and Pearson (Biometrika 26, 1934)."""
        return clopper_pearson(self.hits, self.tries)


def clopper_pearson(hits: int, tries: int, risk: float = 0.05) -> tuple[float, float]:
    """The shares that a binomial test at that risk does not exclude."""
    if not tries:
        return 0.0, 1.0
    low = _crossing(lambda p: at_least(hits, tries, p) - risk / 2) if hits else 0.0
    high = _crossing(lambda p: risk / 2 - at_most(hits, tries, p)) if hits < tries else 1.0
    return low, high


def at_least(hits: int, tries: int, share: float) -> float:
    """The chance of as many hits or more."""
    return sum(_chance(k, tries, share) for k in range(hits, tries + 1))


def at_most(hits: int, tries: int, share: float) -> float:
    """The chance of as many hits or fewer."""
    return sum(_chance(k, tries, share) for k in range(hits + 1))


def _chance(hits: int, tries: int, share: float) -> float:
    return float(comb(tries, hits) * share**hits * (1 - share) ** (tries - hits))


def _crossing(rising: Callable[[float], float]) -> float:
    """Where a rising function of a share passes zero, by halving."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2


@dataclass(frozen=True, slots=True)
class Measured:
    """Recall and precision a label; dangers that raised an alarm; ordinary ones stopped.

    A danger heard as the other danger raised an alarm all the same.
    """

    recall: dict[str, Share]
    precision: dict[str, Share]
    danger_heard: Share
    wrongly_stopped: Share


def measured(pairs: Sequence[tuple[str, str]]) -> Measured:
    """Compare pairs of (true label, label heard)."""
    seen = Counter(pairs)
    right = {label: seen[label, label] for label in LABELS}
    meant = Counter(true for true, _ in pairs)
    said = Counter(heard for _, heard in pairs)
    return Measured(
        recall={label: Share(right[label], meant[label]) for label in LABELS},
        precision={label: Share(right[label], said[label]) for label in LABELS},
        danger_heard=Share(
            sum(true in DANGER and heard in DANGER for true, heard in pairs),
            sum(meant[label] for label in DANGER),
        ),
        wrongly_stopped=Share(meant[ORDINARY] - right[ORDINARY], meant[ORDINARY]),
    )
