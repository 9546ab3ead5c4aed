"""All pairs: few rows in which every two facts meet in every combination of their values."""

import random
from itertools import combinations


def rows(values, *, seed=1):
    """Rows (name -> value) so that each pair of values of each pair of names is in one of them.

    `values` is name -> the values it takes. Greedy: each row takes up a pair that is still
    missing, then gives every other name the value that brings the most missing pairs in.
    """
    chance = random.Random(seed)
    names = sorted(values)
    missing = {
        ((one, a), (other, b))
        for one, other in combinations(names, 2)
        for a in range(len(values[one]))
        for b in range(len(values[other]))
    }
    made = []
    while missing:
        row = dict(min(missing))
        rest = [name for name in names if name not in row]
        chance.shuffle(rest)
        for name in rest:
            picks = list(range(len(values[name])))
            chance.shuffle(picks)
            row[name] = max(picks, key=lambda pick: brought(row, name, pick, missing))
        missing -= {
            ((one, row[one]), (other, row[other])) for one, other in combinations(names, 2)
        }
        made.append({name: values[name][pick] for name, pick in row.items()})
    return made


def brought(row, name, pick, missing):
    """How many missing pairs this value would bring into the row."""
    mine = (name, pick)
    return sum(
        (((other, at), mine) if other < name else (mine, (other, at))) in missing
        for other, at in row.items()
    )
