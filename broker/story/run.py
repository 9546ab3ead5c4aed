"""Play a whole story against a service that runs: lines side by side, each ground its patients."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from broker.story.cast import ANSWERS, Cast, Lane
from broker.story.line import Line
from broker.story.play import play
from broker.story.played import Played

LANES = 4
# Told of the line's number and of the step it has reached; the last step is `done`.
Progress = Callable[[int, str], None]


def run(
    cast: Cast,
    lines: Sequence[Line],
    progress: Progress,
    *,
    patients: Mapping[str, str] | None = None,
    lanes: int = LANES,
) -> list[Played]:
    """Play every line and return them in order; `patients` names who asks, by ground.

    Lines of one patient follow each other; lines of different patients are played side by side.
    """
    queues: dict[str, list[tuple[int, Line]]] = {}
    turns: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        named = (patients or {}).get(line.pathway)
        extras = [named] if named else cast.extras(line.pathway)
        turn = turns[line.pathway] = turns.get(line.pathway, -1) + 1
        queues.setdefault(extras[turn % len(extras)], []).append((number, line))

    def follow(patient: str) -> list[Played]:
        lane = Lane(cast)
        found = []
        for number, line in queues[patient]:
            played = Played(number, line)
            play(lane, patient, played, partial(progress, number))
            found.append(played)
            progress(number, "done")
        return found

    longest_first = sorted(queues, key=lambda patient: -len(queues[patient]))
    with ThreadPoolExecutor(max_workers=lanes) as pool:
        played = [one for some in pool.map(follow, longest_first) for one in some]
    return sorted(played, key=lambda one: one.number)


def books(cast: Cast, physicians: Iterable[str] = ANSWERS.values()) -> list[dict[str, Any]]:
    """The platform's book and these physicians'; each party shows its own, nobody has both."""
    found = []
    for role in ("operateur", *sorted(set(physicians))):
        book = cast.sign_in(role).json("/livres/")
        if book["rows"]:
            found.append(dict(book))
    return found
