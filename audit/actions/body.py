"""The exact bytes of an entry: ASCII JSON with sorted keys, integers only, bounded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from audit.actions.sealing import shown
from audit.facts import Actor, Json, UnfitBody, canonical, instant
from audit.law.model import Decision
from audit.seal import seal

MAX_BODY_BYTES = 60_000


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry to be; see `audit.actions.record` for the fields."""

    type: str
    subject: UUID
    scope: str
    actor: Actor
    now: datetime
    data: Mapping[str, Json] = field(default_factory=dict)
    decision: Decision | None = None
    key: bytes | None = None


@dataclass(frozen=True, slots=True)
class SealedOpening:
    """What opens the commitments of an entry, sealed under the patient's key."""

    field: str
    author: UUID
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Prepared:
    """The values that go into the database for one entry."""

    body: bytes
    subject: UUID
    scope: str
    opening: SealedOpening | None


def prepared(*, entry: NewEntry) -> Prepared:
    """Turn an entry into the bytes and columns that are written."""
    whole: dict[str, Json] = {
        "v": 1,
        "type": entry.type,
        "at": instant(entry.now),
        "actor": {"kind": entry.actor.kind, "id": str(_actor_id(entry))},
        "subject": str(entry.subject),
        "data": dict(entry.data),
    }
    opening = None
    if entry.decision is not None:
        whole["decision"], openings = shown(decision=entry.decision)
        opening = _sealed(entry, openings) if openings else None
    body = canonical(whole)
    if len(body) > MAX_BODY_BYTES:
        raise UnfitBody(f"an entry has at most {MAX_BODY_BYTES} bytes")
    return Prepared(body, entry.subject, entry.scope, opening)


def _actor_id(entry: NewEntry) -> UUID:
    """Who acted, as the log says it: a patient is named by the subject alone.

    An id of the patient's own would join all their questions for whoever reads the log.
    """
    return entry.subject if entry.actor.kind == "patient" else entry.actor.id


def _sealed(entry: NewEntry, openings: dict[str, Json]) -> SealedOpening:
    """Seal what opens the commitments; without the patient's key nothing is written at all."""
    if entry.key is None:
        raise UnfitBody("a decision on sensitive facts needs the key that seals them")
    field, author = f"decision:{openings['decision']}", entry.actor.id
    sealed = seal(
        entry.key, canonical(openings), question=entry.subject, seq=0, field=field, author=author
    )
    return SealedOpening(field, author, sealed)
