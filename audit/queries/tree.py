"""Reads of the tree: checkpoints, leaves as exact bytes, tiles and proofs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connections

from audit import merkle
from audit.protocol import STORED_LEAVES, leaf_bytes

PAGE = merkle.TILE_WIDTH * 20


class NothingSigned(LookupError):
    """The log has no signed checkpoint yet."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed checkpoint: how many leaves, which root, and the note itself."""

    size: int
    root: bytes
    note: str


def reading(preferred: str = "reader") -> str:
    """Return the alias to read with when it is configured, else the service's own."""
    return preferred if preferred in connections else "default"


def _row(using: str, query: str, values: list[Any] | None = None) -> Any:
    with connections[using].cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone()


def latest_checkpoint(*, using: str) -> Signed:
    """Return the newest signed checkpoint; raises `NothingSigned`."""
    row = _row(using, "SELECT size, root, note FROM audit_checkpoint ORDER BY size DESC LIMIT 1")
    if row is None:
        raise NothingSigned("nothing is signed yet")
    return Signed(row[0], bytes(row[1]), row[2])


def written_and_signed(*, using: str) -> tuple[int, int]:
    """Return how many entries are written, and how many of them a signed checkpoint covers."""
    row = _row(
        using,
        "SELECT (SELECT count(*) FROM audit_pending) + coalesce((SELECT size FROM audit_head), 0),"
        " coalesce((SELECT max(size) FROM audit_checkpoint), 0)",
    )
    return row[0], row[1]


def leaves(*, using: str, start: int, end: int) -> Iterator[bytes]:
    """Return the exact bytes of the leaves [start, end), in order, a page at a time."""
    for first in range(start, end, PAGE):
        with connections[using].cursor() as cursor:
            cursor.execute(STORED_LEAVES, [first, min(first + PAGE, end)])
            rows = cursor.fetchall()
        for index, scope, n, _, body, _, moment in rows:
            yield leaf_bytes(index, moment, scope, n, bytes(body))


def tile(*, using: str, level: int, index: int) -> bytes:
    """Return the hashes of one tile, one after another."""
    row = _row(
        using, "SELECT hashes FROM audit_tile WHERE level = %s AND index = %s", [level, index]
    )
    if row is None:
        raise LookupError(f"there is no tile {level}/{index}")
    return bytes(row[0])


def tile_reader(*, using: str) -> merkle.Read:
    """Return a reader of nodes that fetches each tile once."""
    held: dict[tuple[int, int], bytes] = {}

    def of(level: int, number: int) -> bytes:
        if (level, number) not in held:
            held[level, number] = tile(using=using, level=level, index=number)
        return held[level, number]

    return merkle.reader(of)
