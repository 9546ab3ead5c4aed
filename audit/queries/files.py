"""The physicians' files that a reviewer may look into, read from the log alone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

PAGE = 200

_FILES = """
SELECT subject, max(at), count(*),
       (array_agg(body ORDER BY id) FILTER (WHERE type = 'physician.enrolled'))[1],
       (array_agg(body ORDER BY id DESC) FILTER (WHERE type = 'physician.moved'))[1],
       (array_agg(body ORDER BY id DESC) FILTER (WHERE type = 'contract.recorded'))[1],
       (array_agg(body ORDER BY id DESC) FILTER (WHERE type = 'contract.sent'))[1],
       (array_agg(body ORDER BY id DESC) FILTER (WHERE type = 'contract.answered'))[1]
FROM audit_entry
WHERE subject IN (SELECT subject FROM audit_entry
                  WHERE type = 'physician.enrolled' AND (%s OR scope = ANY(%s)))
GROUP BY subject ORDER BY max(id) DESC LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A physician's file as entries tell it: the number, where it stands, the last papers."""

    subject: UUID
    moved_at: datetime
    count: int
    rpps: str
    departement: str
    state: str
    contract: dict[str, Any]
    sent: dict[str, Any]
    answered: dict[str, Any]
    visa: dict[str, Any]


def files(*, codes: Sequence[str], whole: bool) -> list[ListedFile]:
    """The files of the physicians of these councils, those that moved last first."""
    with connection.cursor() as cursor:
        cursor.execute(_FILES, [whole, list(codes), PAGE])
        return [_listed(*row) for row in cursor.fetchall()]


def _listed(
    subject: UUID, at: datetime, count: int, enrolled: Any, moved: Any, *papers: Any
) -> ListedFile:
    first, last = _data(enrolled), _data(moved)
    contract, sent, answered = (_data(paper) for paper in papers)
    return ListedFile(
        subject=subject,
        moved_at=at,
        count=count,
        rpps=first.get("rpps", ""),
        departement=first.get("departement", ""),
        state=last.get("to", "applied"),
        contract=contract,
        sent=sent,
        answered=answered,
        visa=last.get("visa", {}),
    )


def _data(body: Any) -> dict[str, Any]:
    """What an entry says, or nothing where there is no entry."""
    said: dict[str, Any] = json.loads(bytes(body))["data"] if body is not None else {}
    return said
