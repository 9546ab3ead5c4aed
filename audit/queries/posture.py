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
    return [*_triggers(cursor), *_rights(cursor), *planted(cursor)]


def planted(cursor: Any) -> list[str]:
    """Return what the running roles own in schema public: it may run as whoever uses the log.

    They can make nothing there; whatever they made with a right that was given by hand stays when
    the right is taken back. An operator, for one, is found before PostgreSQL's own by its types:
    so both sides of each one here are cast to what PostgreSQL's own takes. A schema of the owner's
    name would be looked into before public.
    """
    cursor.execute(
        "SELECT what || ' belongs to ' || pg_get_userbyid(owner)::text FROM ("
        " SELECT 'table ' || oid::regclass::text, relowner FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace::oid"
        " UNION ALL SELECT 'function ' || oid::regprocedure::text, proowner FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace::oid"
        " UNION ALL SELECT 'operator ' || oid::regoperator::text, oprowner FROM pg_operator"
        " WHERE oprnamespace = 'public'::regnamespace::oid"
        " UNION ALL SELECT 'type ' || oid::regtype::text, typowner FROM pg_type"
        " WHERE typnamespace = 'public'::regnamespace::oid AND typelem = 0::oid"
        " AND typtype = ANY(ARRAY['b', 'd', 'e', 'r']::\"char\"[])"
        " UNION ALL SELECT 'schema ' || nspname::text, nspowner FROM pg_namespace"
        ") AS made (what, owner)"
        " WHERE pg_get_userbyid(owner)::text = ANY(%s::text[]) ORDER BY 1",
        [["teleconseil_app", "teleconseil_sequencer", "teleconseil_reader"]],
    )
    return [row[0] for row in cursor.fetchall()]


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
        "SELECT has_database_privilege('teleconseil_app', current_database(), 'CREATE')"
    )
    if cursor.fetchone()[0]:
        found.append("the database: the service may CREATE")
    cursor.execute(
        "SELECT rolsuper OR pg_has_role(rolname, 'teleconseil_owner', 'MEMBER') FROM pg_roles"
        " WHERE rolname = 'teleconseil_app'"
    )
    row = cursor.fetchone()
    if row is None or row[0]:
        found.append("the service is the owner, or may become it")
    return found
