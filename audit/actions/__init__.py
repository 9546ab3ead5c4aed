"""Acts of the record: add entries inside the caller's transaction, and install its guards."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection
from django.db.backends.utils import CursorWrapper

from audit.actions.body import NewEntry, Prepared, prepared
from audit.actions.governance import installed
from audit.facts import Actor, Json
from audit.law.model import Decision
from audit.schemas import Registries


class OutsideTransaction(RuntimeError):
    """An entry was about to be written outside the transaction of the act that it records."""


class ActTooOld(RuntimeError):
    """The act took longer than the record allows between its moment and its entry."""


def record(
    *,
    type: str,
    subject: UUID,
    scope: str,
    actor: Actor,
    now: datetime,
    data: Mapping[str, Json] | None = None,
    decision: Decision | None = None,
    key: bytes | None = None,
) -> int:
    """Add one entry in the caller's transaction and return its id.

    `scope` is the council of the physician at that act ("75"), else "national". `key` is the
    patient's content key; it is needed when the decision rests on sensitive facts.
    """
    entry = NewEntry(
        type=type,
        subject=subject,
        scope=scope,
        actor=actor,
        now=now,
        data=data or {},
        decision=decision,
        key=key,
    )
    return record_many(entries=[entry])[0]


def record_many(*, entries: Sequence[NewEntry]) -> list[int]:
    """Add several entries in one statement, in the caller's transaction; return their ids.

    Raises `ActTooOld` when the database's clock is too far from an act's moment.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction("record() belongs in the transaction of the act it records")
    ready = [prepared(entry=entry) for entry in entries]
    if not ready:
        return []
    with connection.cursor() as cursor:
        ids = _insert_entries(cursor, ready)
        _insert_openings(cursor, ids, ready)
    return ids


def _insert_entries(cursor: CursorWrapper, ready: Sequence[Prepared]) -> list[int]:
    # Three columns are all that the service may write; the rest is stamped by the database.
    rows = ", ".join(["(%s, %s, %s)"] * len(ready))
    values = [value for entry in ready for value in (entry.body, entry.subject, entry.scope)]
    try:
        cursor.execute(
            f"INSERT INTO audit_entry (body, subject, scope) VALUES {rows} RETURNING id", values
        )
    except IntegrityError as refused:
        if "the clock says otherwise" in str(refused):
            raise ActTooOld("the act's moment is too far from the record's clock") from refused
        raise
    return [row[0] for row in cursor.fetchall()]


def _insert_openings(cursor: CursorWrapper, ids: Sequence[int], ready: Sequence[Prepared]) -> None:
    rows = [
        (entry_id, entry.subject, entry.opening.field, entry.opening.author, entry.opening.sealed)
        for entry_id, entry in zip(ids, ready, strict=True)
        if entry.opening is not None
    ]
    if rows:
        cursor.executemany(
            "INSERT INTO audit_opening (entry_id, subject, field, author, sealed)"
            " VALUES (%s, %s, %s, %s, %s)",
            rows,
        )


def install_governance(*, cursor: Any, registries: Registries) -> None:
    """Install the record's triggers and every table's guard and grants; the owner does this.

    `registries` is `audit.schemas.gather([...])` over the apps' `schemas`. Running it again
    changes nothing but what was changed by hand since. Raises `Ungoverned` when a table of the
    catalogue is in no registry.
    """
    installed(cursor=cursor, registries=registries)
