"""Whether the record's guards still stand: triggers fire always, rights are no wider."""

import json
from typing import Any

from django.db import connections

# What the running service must not be able to do to the log.
_FORBIDDEN = tuple(
    (table, right)
    for table in ("audit_entry", "audit_leaf", "audit_tile", "audit_checkpoint", "audit_head")
    for right in ("UPDATE", "DELETE", "TRUNCATE")
) + tuple((table, "INSERT") for table in ("audit_leaf", "audit_tile", "audit_checkpoint"))


def weaknesses(*, using: str) -> list[str]:
    """Return what stands lower than at the installation; an empty list is what one wants."""
    with connections[using].cursor() as cursor:
        return weaknesses_seen(cursor)


def weaknesses_seen(cursor: Any) -> list[str]:
    """Return the same, as a given connection sees it."""
    return [*_triggers(cursor), *_rights(cursor)]


def _triggers(cursor: Any) -> list[str]:
    cursor.execute("SELECT value FROM audit_setting WHERE name = 'guards'")
    row = cursor.fetchone()
    if row is None:
        return ["the guards were never installed"]
    cursor.execute(
        "SELECT c.relname, t.tgname, t.tgenabled::text FROM pg_trigger t"
        " JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE NOT t.tgisinternal AND t.tgname LIKE 'audit\\_%%'"
    )
    standing = {(table, name): enabled for table, name, enabled in cursor.fetchall()}
    return [
        f"{table}: {name} is {standing.get((table, name), 'gone')}, not A"
        for table, name in map(tuple, json.loads(row[0]))
        if standing.get((table, name)) != "A"
    ]


def _rights(cursor: Any) -> list[str]:
    found = []
    for table, right in _FORBIDDEN:
        cursor.execute("SELECT has_table_privilege('teleconseil_app', %s, %s)", [table, right])
        if cursor.fetchone()[0]:
            found.append(f"{table}: the service may {right}")
    cursor.execute("SELECT has_schema_privilege('teleconseil_app', 'public', 'CREATE')")
    if cursor.fetchone()[0]:
        found.append("public: the service may CREATE")
    cursor.execute(
        "SELECT rolsuper OR pg_has_role(rolname, 'teleconseil_owner', 'MEMBER') FROM pg_roles"
        " WHERE rolname = 'teleconseil_app'"
    )
    row = cursor.fetchone()
    if row is None or row[0]:
        found.append("the service is the owner, or may become it")
    return found
