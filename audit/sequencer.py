"""Place entries in the tree: drained by presence, one sequencer at a time, in batches.

Draining by presence (what waits in `audit_pending`), never by a cursor over ids: an entry whose
transaction commits late has a lower id than entries already placed, and a cursor would skip it.
"""

import logging
import threading
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import InterfaceError, OperationalError, connections, transaction
from django.db.backends.utils import CursorWrapper

from audit import merkle
from audit.protocol import leaf_bytes

log = logging.getLogger(__name__)

LOCK = 0x7E1EC045
BATCH = 5_000
WAKE, GROWN = "audit_wake", "audit_grown"
REST_SECONDS = 0.2
RETRY_SECONDS = 1.0

Waiting = tuple[int, bytes, str, int]
Placed = tuple[int, int, str, int, bytes]


def alias() -> str:
    """Return the database alias of the log's own programs."""
    return "sequencer" if "sequencer" in connections else "default"


def drain(*, using: str, batch: int = BATCH) -> int:
    """Place up to one batch of waiting entries, in one transaction; return how many."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        # The lock comes first, so that what follows sees all that the last holder committed.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        waiting = _waiting(cursor, batch)
        if not waiting:
            return 0
        size = _size(cursor)
        edge = merkle.Edge(size, edge_rows(cursor, size))
        placed = _placed(waiting, size, _counts(cursor, {row[2] for row in waiting}))
        _copy_leaves(cursor, placed)
        _grow(cursor, edge.extend([row[4] for row in placed]))
        _move_head(cursor, edge)
        cursor.execute(
            "DELETE FROM audit_pending WHERE entry_id = ANY(%s)", [[row[0] for row in waiting]]
        )
        cursor.execute(f"NOTIFY {GROWN}")
        return len(waiting)


def _waiting(cursor: CursorWrapper, batch: int) -> list[Waiting]:
    cursor.execute(
        "SELECT e.id, e.body, e.scope, (extract(epoch FROM e.at) * 1000000)::bigint"
        " FROM audit_pending p JOIN audit_entry e ON e.id = p.entry_id"
        " ORDER BY p.entry_id LIMIT %s",
        [batch],
    )
    rows: list[Waiting] = cursor.fetchall()
    return rows


def _size(cursor: CursorWrapper) -> int:
    cursor.execute("SELECT size FROM audit_head")
    row = cursor.fetchone()
    return row[0] if row else 0


def edge_rows(cursor: CursorWrapper, size: int) -> list[bytes]:
    """Read the partial tile of each level of a tree of this size."""
    rows = []
    for level, width in enumerate(merkle.edge_widths(size)):
        row = b""
        if width:
            cursor.execute(
                "SELECT hashes FROM audit_tile WHERE level = %s AND index = %s",
                [level, size >> merkle.TILE_HEIGHT * (level + 1)],
            )
            row = bytes(cursor.fetchone()[0])
        rows.append(row)
    return rows


def _counts(cursor: CursorWrapper, scopes: Iterable[str]) -> dict[str, int]:
    counts = {}
    for scope in scopes:
        cursor.execute("SELECT max(n) FROM audit_leaf WHERE scope = %s", [scope])
        last = cursor.fetchone()[0]
        counts[scope] = 0 if last is None else last + 1
    return counts


def _placed(waiting: Sequence[Waiting], size: int, counts: dict[str, int]) -> list[Placed]:
    """Give each entry its index, its number within its scope, and its hash."""
    placed = []
    for index, (entry, body, scope, moment) in enumerate(waiting, start=size):
        n = counts[scope]
        counts[scope] = n + 1
        hashed = merkle.leaf_hash(leaf_bytes(index, moment, scope, n, bytes(body)))
        placed.append((index, entry, scope, n, hashed))
    return placed


def _copy_leaves(cursor: CursorWrapper, placed: Sequence[Placed]) -> None:
    raw: Any = cursor.cursor
    with (
        cursor.db.wrap_database_errors,
        raw.copy("COPY audit_leaf (index, entry_id, scope, n, hash) FROM STDIN") as copy,
    ):
        for index, entry, scope, n, hashed in placed:
            copy.write(f"{index}\t{entry}\t{scope}\t{n}\t\\\\x{hashed.hex()}\n")


def _grow(cursor: CursorWrapper, tiles: dict[tuple[int, int], bytes]) -> None:
    cursor.executemany(
        "INSERT INTO audit_tile (level, index, hashes) VALUES (%s, %s, %s)"
        " ON CONFLICT (level, index) DO UPDATE SET hashes = excluded.hashes",
        [(level, index, hashes) for (level, index), hashes in tiles.items()],
    )


def _move_head(cursor: CursorWrapper, edge: merkle.Edge) -> None:
    cursor.execute(
        "INSERT INTO audit_head (id, size, root, at) VALUES (1, %s, %s, clock_timestamp())"
        " ON CONFLICT (id) DO UPDATE SET size = excluded.size, root = excluded.root,"
        " at = excluded.at",
        [edge.size, edge.root()],
    )


def wait(*, using: str, channel: str, seconds: float) -> None:
    """Rest until the channel is notified or the time is over; needs an earlier LISTEN."""
    connection = connections[using]
    connection.ensure_connection()
    raw: Any = connection.connection
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {channel}")
    # Django gives its own names to what its cursors raise, and to nothing else.
    with connection.wrap_database_errors:
        for _ in raw.notifies(timeout=seconds, stop_after=1):
            return


def run(*, stop: threading.Event, using: str | None = None) -> None:
    """Drain until told to stop; a lost database is tried again every second.

    Writers do not notify: NOTIFY takes a lock of the whole cluster at commit, which would put
    all acts in one line. A rest of 200 ms, or a NOTIFY on `audit_wake` by whoever waits for an
    entry to be placed, costs nobody anything.
    """
    chosen = using or alias()
    while not stop.is_set():
        try:
            if drain(using=chosen) < BATCH:
                wait(using=chosen, channel=WAKE, seconds=REST_SECONDS)
        except (OperationalError, InterfaceError) as error:
            log.warning("sequencer: the database is away: %s", type(error).__name__)
            connections[chosen].close()
            stop.wait(RETRY_SECONDS)
    connections[chosen].close()
