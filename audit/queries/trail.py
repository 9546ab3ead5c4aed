"""The entries of one question, and the questions that a reviewer may look into."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import connection

from audit.facts import NATIONAL
from audit.protocol import leaf_bytes

PAGE = 40
NEWEST = 2**62
ENDS = {
    "billed": "bool_or(type = 'gate.passed')",
    "free": "bool_or(type = 'gate.refused')",
    "refused": "bool_or(type = 'question.refused')",
}


@dataclass(frozen=True)
class TrailEntry:
    """One entry as it was written, with its place in the tree once it has one."""

    id: int
    at: datetime
    moment: int
    type: str
    scope: str
    body: bytes
    index: int | None
    n: int | None

    @cached_property
    def said(self) -> dict[str, Any]:
        """The body as JSON."""
        read: dict[str, Any] = json.loads(self.body)
        return read

    @property
    def data(self) -> dict[str, Any]:
        """What the entry says beside who, when and about what."""
        found: dict[str, Any] = self.said["data"]
        return found

    @property
    def decision(self) -> dict[str, Any] | None:
        """The decision that the act rests on."""
        return self.said.get("decision")

    @property
    def leaf(self) -> bytes:
        """The exact bytes in the tree; only for an entry that has its place."""
        assert self.index is not None and self.n is not None
        return leaf_bytes(self.index, self.moment, self.scope, self.n, self.body)


@dataclass(frozen=True, slots=True)
class Listed:
    """A question as a list shows it: a random number, what became of it, never who."""

    subject: UUID
    first: int
    opened_at: datetime
    moved_at: datetime
    count: int
    state: str
    end: str


_TRAIL = """
SELECT e.id, e.at, (extract(epoch FROM e.at) * 1000000)::bigint, e.type, e.scope, e.body,
       l.index, l.n
FROM audit_entry e LEFT JOIN audit_leaf l ON l.entry_id = e.id
WHERE e.subject = %s AND (%s OR e.scope = ANY(%s))
ORDER BY l.index NULLS LAST, e.id
"""

_LIST = """
SELECT subject, min(id), min(at), max(at), count(*),
       coalesce((array_agg(type ORDER BY id DESC)
                 FILTER (WHERE type LIKE 'question.%%' OR type = 'answer.given'))[1], ''),
       CASE WHEN {billed} THEN 'billed' WHEN {free} THEN 'free' WHEN {refused} THEN 'refused'
            ELSE 'open' END
FROM audit_entry
WHERE subject IN (SELECT subject FROM audit_entry
                  WHERE (%s OR scope = ANY(%s))
                    AND (type LIKE 'question.%%' OR type = 'answer.given'))
GROUP BY subject HAVING min(id) < %s {having} ORDER BY min(id) DESC LIMIT %s
"""


def trail_of(subject: UUID, *, codes: Sequence[str] = (), whole: bool = False) -> list[TrailEntry]:
    """Return a question's entries in the order of the tree, then those that wait for a place.

    `codes` are the scopes within reach; what happened before a physician was named is national
    and part of the same story. `whole` asks for every scope.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TRAIL, [subject, whole, [*codes, NATIONAL]])
        return [
            TrailEntry(id, at, moment, type, scope, bytes(body), index, n)
            for id, at, moment, type, scope, body, index, n in cursor.fetchall()
        ]


def questions(
    *, codes: Sequence[str], whole: bool, end: str = "", before: int = NEWEST
) -> list[Listed]:
    """Return a page of questions with an entry in one of these scopes, the newest first."""
    having = f"AND {ENDS[end]}" if end in ENDS else ""
    with connection.cursor() as cursor:
        cursor.execute(_LIST.format(having=having, **ENDS), [whole, list(codes), before, PAGE + 1])
        return [Listed(*row) for row in cursor.fetchall()]
