"""Play a whole story against a service that runs: lines side by side, each ground its patients."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from broker.story.cast import ANSWERS, Cast, Lane
from broker.story.client import Browser
from broker.story.line import Line
from broker.story.play import play
from broker.story.played import Played

LANES = 4
REVIEWER = "ordre-national"
SIGNED_AFTER_SECONDS = 3.0  # an entry is signed within two
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
    queues = _queues(cast, lines, patients or {})
    stopping = threading.Event()

    def follow(patient: str) -> list[Played]:
        lane = Lane(cast)
        found = []
        for number, line in queues[patient]:
            if stopping.is_set():
                break
            played = Played(number, line)
            play(lane, patient, played, partial(progress, number))
            found.append(played)
            progress(number, "done")
        return found

    longest_first = sorted(queues, key=lambda patient: -len(queues[patient]))
    with ThreadPoolExecutor(max_workers=lanes) as pool:
        try:
            played = [one for some in pool.map(follow, longest_first) for one in some]
        except BaseException:  # Ctrl-C: the lines under way end, no other begins
            stopping.set()
            raise
    return sorted(played, key=lambda one: one.number)


def _queues(
    cast: Cast, lines: Sequence[Line], patients: Mapping[str, str]
) -> dict[str, list[tuple[int, Line]]]:
    """The lines of each patient, numbered, in order."""
    queues: dict[str, list[tuple[int, Line]]] = {}
    turns: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        named = patients.get(line.pathway)
        extras = [named] if named else cast.extras(line.pathway)
        turn = turns[line.pathway] = turns.get(line.pathway, -1) + 1
        queues.setdefault(extras[turn % len(extras)], []).append((number, line))
    return queues


def books(cast: Cast, physicians: Iterable[str] = ANSWERS.values()) -> list[dict[str, Any]]:
    """The platform's book and these physicians'; each party shows its own, nobody has both."""
    found = []
    for role in ("operateur", *sorted(set(physicians))):
        book = cast.sign_in(role).json("/livres/")
        if book["rows"]:
            found.append(dict(book))
    return found


def recorded(cast: Cast, played: Sequence[Played]) -> list[Mapping[str, Any]] | None:
    """The signed entries of these questions, as a national reviewer may take them away; or None.

    A reviewer's door hands out one question at a time, so this is for a service whose whole log
    is not ours to export.
    """
    if REVIEWER not in cast.people:
        return None
    reviewer = cast.sign_in(REVIEWER)
    time.sleep(SIGNED_AFTER_SECONDS)
    return [entry for one in played if one.subject for entry in taken_away(reviewer, one.subject)]


def taken_away(reviewer: Browser, subject: str) -> list[Mapping[str, Any]]:
    """One question's entries out of the reviewer's file of proofs, each with its `index`."""
    found = reviewer.json(f"/ordre/{subject}/preuves.json")["entries"]
    leaves = [json.loads(base64.b64decode(one["leaf"])) for one in found]
    return [{**leaf["e"], "index": leaf["i"]} for leaf in leaves]
