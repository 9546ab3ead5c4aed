"""Changed => recorded: triggers and grants over every table, made from the registries."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from audit.law import packs
from audit.queries.posture import weaknesses_seen
from audit.schemas import Registries, RegistryConflict

SQL = Path(__file__).parents[1] / "sql"
APPLICATION, SEQUENCER, READER = (
    "teleconseil_app",
    "teleconseil_sequencer",
    "teleconseil_reader",
)
# Tables of the log that the running service reads and only the log's own programs write.
PIPELINE = {
    "audit_pending": "SELECT, DELETE",
    "audit_leaf": "SELECT, INSERT",
    "audit_tile": "SELECT, INSERT, UPDATE",
    "audit_head": "SELECT, INSERT, UPDATE",
    "audit_checkpoint": "SELECT, INSERT",
}
READABLE = ("audit_entry", "audit_leaf", "audit_tile", "audit_head", "audit_checkpoint")
# (table, trigger, when, what it runs)
LOG_TRIGGERS = (
    ("audit_entry", "audit_stamp", "BEFORE INSERT", "FOR EACH ROW", "audit_stamp_entry"),
    ("audit_entry", "audit_queue", "AFTER INSERT",
     "REFERENCING NEW TABLE AS added FOR EACH STATEMENT", "audit_queue_entries"),
    ("audit_pending", "audit_keep", "AFTER DELETE",
     "REFERENCING OLD TABLE AS gone FOR EACH STATEMENT", "audit_keep_pending"),
    ("audit_pending", "audit_refuse", "BEFORE UPDATE OR TRUNCATE", "FOR EACH STATEMENT",
     "audit_refuse"),
    ("audit_tile", "audit_grow", "BEFORE INSERT OR UPDATE", "FOR EACH ROW", "audit_grow_tile"),
    ("audit_tile", "audit_refuse", "BEFORE DELETE OR TRUNCATE", "FOR EACH STATEMENT",
     "audit_refuse"),
    ("audit_head", "audit_move", "BEFORE UPDATE", "FOR EACH ROW", "audit_move_head"),
    ("audit_head", "audit_refuse", "BEFORE DELETE OR TRUNCATE", "FOR EACH STATEMENT",
     "audit_refuse"),
)  # fmt: skip


class Ungoverned(LookupError):
    """A table of the catalogue is in no registry, so nothing would notice its changes."""


def installed(*, cursor: Any, registries: Registries) -> None:
    """Install triggers and grants; see `audit.actions.install_governance`."""
    columns = _catalogue(cursor)
    _check(registries, columns)
    script = "\n".join(
        [
            (SQL / "log.sql").read_text(encoding="utf-8"),
            *(_trigger(*row) for row in LOG_TRIGGERS),
            *(_refusal(table) for table in registries.append_only if table in columns),
            *(
                _guard(table, names, registries)
                for table, names in columns.items()
                if not _free(table, registries)
            ),
            *_grants(columns, registries),
        ]
    )
    digest = hashlib.sha256((script + repr(registries)).encode()).hexdigest()
    _keep_pack(cursor)
    stands = {"governance": digest, "rights": _rights_in_force(cursor)}
    cursor.execute("SELECT name, value FROM audit_setting WHERE name = ANY(%s)", [[*stands]])
    if dict(cursor.fetchall()) == stands and not weaknesses_seen(cursor):
        return
    cursor.execute(script)
    _write_types(cursor, registries.entry_types)
    guards = [
        *((row[0], row[1]) for row in LOG_TRIGGERS),
        *((table, "audit_refuse") for table in registries.append_only if table in columns),
        *((table, "audit_guard") for table in columns if not _free(table, registries)),
    ]
    _remember(cursor, "guards", json.dumps(guards))
    _remember(cursor, "governance", digest)
    _remember(cursor, "rights", _rights_in_force(cursor))


def _catalogue(cursor: Any) -> dict[str, list[str]]:
    """Return every table of schema public with its columns, in order."""
    cursor.execute(
        "SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)"
        " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
        " AND a.attnum > 0 AND NOT a.attisdropped GROUP BY c.relname ORDER BY c.relname"
    )
    return dict(cursor.fetchall())


def _free(table: str, registries: Registries) -> bool:
    """Say whether no entry is demanded for this table's changes."""
    return table in registries.ungoverned or table in registries.owner_only


def _check(registries: Registries, columns: Mapping[str, Sequence[str]]) -> None:
    """Refuse a catalogue that the registries do not cover, or registries that it belies."""
    named = {table for allowed in registries.entry_types.values() for table in allowed}
    left_out = [
        table
        for table, names in columns.items()
        if not _free(table, registries)
        and (
            table not in named
            or not ("subject" in names or table in {*registries.subject_of, *registries.auto})
        )
    ]
    if left_out:
        raise Ungoverned(
            "no entry type accounts for, or no subject is known for: " + ", ".join(left_out)
        )
    for kind, allowed in registries.entry_types.items():
        for table, cols in allowed.items():
            known = {"*", "+", "-", *columns.get(table, cols)}
            if strange := sorted(set(cols) - known):
                raise RegistryConflict(f"{kind}: {table} has no column {', '.join(strange)}")


def _trigger(table: str, name: str, when: str, each: str, function: str) -> str:
    return (
        f'DROP TRIGGER IF EXISTS {name} ON "{table}";\n'
        f'CREATE TRIGGER {name} {when} ON "{table}" {each} EXECUTE FUNCTION {function}();\n'
        f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER {name};'
    )


def _refusal(table: str) -> str:
    when = "BEFORE UPDATE OR DELETE OR TRUNCATE"
    return _trigger(table, "audit_refuse", when, "FOR EACH STATEMENT", "audit_refuse")


def _guard(table: str, columns: Sequence[str], registries: Registries) -> str:
    kind, subject = registries.auto.get(table, ("", registries.subject_of.get(table, "r.subject")))
    watched = [name for name in columns if f"{table}.{name}" not in registries.ungoverned]
    changes = "\n".join(
        f'    IF NEW."{name}" IS DISTINCT FROM OLD."{name}" THEN'
        f" columns := columns || '{name}'::text; END IF;"
        for name in watched
    )
    if kind:
        subject = f"coalesce({subject}, '00000000-0000-0000-0000-000000000000'::uuid)"
        demand = (
            f"  IF audit_unaccounted('{table}', of, columns, '{kind}') IS NOT NULL THEN\n"
            f"    PERFORM audit_note_change('{kind}', of, '{table}', TG_OP, columns);\n  END IF;"
        )
    else:
        demand = (
            f"  missing := audit_unaccounted('{table}', of, columns, NULL);\n"
            "  IF missing IS NOT NULL THEN\n"
            f"    RAISE EXCEPTION 'audit: % of {table} (%) without an entry that accounts for it',"
            " TG_OP, missing\n      USING ERRCODE = 'check_violation', TABLE = "
            f"'{table}';\n  END IF;"
        )
    template = (SQL / "guard.sql").read_text(encoding="utf-8")
    filled = {"table": table, "changes": changes, "subject": subject, "demand": demand}
    for word, text in filled.items():
        template = template.replace(f"@{word}@", text)
    return template


def _grants(columns: Mapping[str, Sequence[str]], registries: Registries) -> list[str]:
    """Give each role what it needs; whatever is not named here is taken away."""
    script = [
        (SQL / "rights.sql").read_text(encoding="utf-8"),
        f"GRANT USAGE ON SCHEMA public TO {APPLICATION}, {SEQUENCER}, {READER};",
    ]
    for table in columns:
        script.append(f'GRANT {_rights(table, registries)} ON "{table}" TO {APPLICATION};')
    script += [f"GRANT {rights} ON {table} TO {SEQUENCER};" for table, rights in PIPELINE.items()]
    script.append(f"GRANT SELECT ON audit_entry TO {SEQUENCER};")
    script.append(f"GRANT SELECT ON {', '.join(READABLE)} TO {READER};")
    return script


def _rights(table: str, registries: Registries) -> str:
    """Return what the running service may do with a table."""
    if table in registries.owner_only or table in PIPELINE:
        return "SELECT"
    if table == "audit_entry":
        return "SELECT, INSERT (body, subject, scope)"
    if table in registries.append_only:
        return "SELECT, INSERT"
    return "SELECT, INSERT, UPDATE, DELETE"


def _rights_in_force(cursor: Any) -> str:
    """Return a digest of who may do what in schema public: one given or taken by hand shows."""
    cursor.execute(
        "SELECT md5(string_agg(concat_ws(' ', name, rights), E'\n' ORDER BY name)) FROM ("
        " SELECT 'public' AS name, nspacl::text AS rights FROM pg_namespace"
        " WHERE oid = 'public'::regnamespace"
        " UNION ALL SELECT relname, relacl::text FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'S')"
        " UNION ALL SELECT relname || '.' || attname, attacl::text FROM pg_attribute"
        " JOIN pg_class c ON c.oid = attrelid"
        " WHERE relnamespace = 'public'::regnamespace AND attacl IS NOT NULL"
        " UNION ALL SELECT oid::regprocedure::text, proacl::text FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace) AS named"
    )
    return str(cursor.fetchone()[0])


def _write_types(cursor: Any, entry_types: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
    cursor.execute("DELETE FROM audit_allowed")
    cursor.executemany(
        "INSERT INTO audit_entrytype (name) VALUES (%s) ON CONFLICT DO NOTHING",
        [(name,) for name in entry_types],
    )
    cursor.executemany(
        'INSERT INTO audit_allowed ("type", "table", "column") VALUES (%s, %s, %s)',
        [
            (name, table, column)
            for name, allowed in entry_types.items()
            for table, columns in allowed.items()
            for column in columns
        ],
    )


def _keep_pack(cursor: Any) -> None:
    """Keep this version of the rules, so that its decisions can be judged again for ever."""
    pack = packs.load()
    cursor.execute(
        "INSERT INTO audit_rulepack (sha256, version, body) VALUES (%s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        [pack.ref.sha256, pack.ref.version, packs.canonical_bytes(pack)],
    )


def _remember(cursor: Any, name: str, value: str) -> None:
    cursor.execute(
        "INSERT INTO audit_setting (name, value) VALUES (%s, %s)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        [name, value],
    )
