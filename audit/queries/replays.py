"""Recorded decisions judged again by the very pack they name, for a reviewer's one click."""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache

from audit.law import packs
from audit.law.model import Pack
from audit.law.replay import Difference, compared
from audit.models import RulePack
from audit.queries.trail import TrailEntry


@dataclass(frozen=True)
class Replayed:
    """What judging again said: nothing else, or where it differs; `sealed` facts were not read."""

    differences: tuple[Difference, ...]
    sealed: int
    lost: bool = False  # the pack is not kept here, or is not the one that the entry names

    @property
    def identical(self) -> bool:
        """Whether every rule that could be asked said the same again."""
        return not self.differences and not self.lost


def replay_of(entry: TrailEntry) -> Replayed | None:
    """Judge an entry's decision again; None when it carries none."""
    decision = entry.decision
    if decision is None:
        return None
    sealed = sum("sealed" in fact for fact in decision["facts"].values())
    pack = pack_named(decision["pack"]["sha256"])
    if pack is None:
        return Replayed((), sealed, lost=True)
    return Replayed(tuple(compared(decision, pack)), sealed)


def pack_named(sha256: str) -> Pack | None:
    """The pack of that hash as it was kept; None when there is none, or its bytes are others."""
    try:
        return _kept(sha256)
    except LookupError:
        return None


@lru_cache(maxsize=8)
def _kept(sha256: str) -> Pack:
    row = RulePack.objects.filter(pk=sha256).first()
    if row is None or hashlib.sha256(bytes(row.body)).hexdigest() != sha256:
        raise LookupError(sha256)
    return packs.from_body(json.loads(bytes(row.body)))
