"""Copies a file into the database beside the load in use; nothing here makes it the register."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.db import connection

from consults.models import Register, RegisterEntry, RegisterLoad
from consults.register.layout import (
    KEPT,
    SHRUNKEN_SHARE,
    UNREADABLE_SHARE,
    Layout,
    RegisterRefused,
)
from consults.register.reading import Bad, Counts, blocks, first_look, rows_of

# Any number: one import at a time.
TURN = 7_403_222
COPY = (
    f"COPY consults_registerentry (load_id, rpps, line, {', '.join(KEPT)})"
    " FROM STDIN (FORMAT text, DELIMITER '|', NULL '\\N')"
)


@dataclass
class Reject:
    """The file of bad lines: `number<TAB>why<TAB>line`, made at the first one."""

    path: Path
    counts: Counts
    file: BinaryIO | None = None

    def __call__(self, bad: Bad) -> None:
        """Write one line out and count it."""
        self.counts.rejected += 1
        self.file = self.file or self.path.open("wb")
        self.file.write(b"%d\t%s\t%s\n" % (bad.number, bad.why.encode(), bad.raw))

    def close(self) -> None:
        """End the file, if any."""
        if self.file:
            self.file.close()


@contextmanager
def turn() -> Iterator[None]:
    """Hold the one turn to import; raises RegisterRefused when another import holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [TURN])
        if cursor.fetchone() != (True,):
            raise RegisterRefused("REGISTER_BUSY", "another import is under way")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [TURN])


def load_file(
    path: Path,
    *,
    rejected: Path,
    told: Callable[[int], None],
    now: datetime,
    fewer_allowed: bool = False,
) -> RegisterLoad:
    """Read a file into a new load, in the caller's transaction; raises RegisterRefused.

    `told` is called with the number of bytes read since the last call.
    """
    if rejected.exists() and rejected.samefile(path):
        raise RegisterRefused("REGISTER_UNREADABLE", "the bad lines would replace the file")
    layout = first_look(path)
    load = RegisterLoad.objects.create(file=path.name, encoding=layout.encoding, started_at=now)
    counts, digest = Counts(), hashlib.sha256()
    reject = Reject(rejected, counts)
    rejected.unlink(missing_ok=True)

    def seen(block: bytes) -> None:
        digest.update(block)
        told(len(block))

    try:
        with path.open("rb") as file:
            _copy(blocks(file, seen), layout, load.id, counts, reject)
    finally:
        reject.close()
    _believe(counts, fewer_allowed)
    load.sha256 = digest.hexdigest()
    load.lines, load.rows, load.rejected = counts.lines, counts.rows, counts.rejected
    load.save()
    return load


def _copy(
    read: Iterator[bytes], layout: Layout, load: int, counts: Counts, reject: Reject
) -> None:
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for block in read:
            copy.write(rows_of(block, layout, load, counts, reject))


def _believe(counts: Counts, fewer_allowed: bool) -> None:
    """Refuse what does not look like the register."""
    if counts.undecodable > UNREADABLE_SHARE * counts.lines:
        raise RegisterRefused(
            "REGISTER_ENCODING_UNKNOWN",
            f"{counts.undecodable} of {counts.lines} lines are not in the header's encoding",
        )
    if not counts.rows:
        raise RegisterRefused("REGISTER_TOO_FEW", "no line of a physician was found")
    last = Register.objects.select_related("current").first()
    if last is None or fewer_allowed:
        return
    read, before = counts.lines - counts.rejected, last.current.lines - last.current.rejected
    for what, now, then in (
        ("good lines", read, before),
        ("lines of physicians", counts.rows, last.current.rows),
    ):
        if now <= SHRUNKEN_SHARE * then:
            raise RegisterRefused("REGISTER_TOO_FEW", f"{now} {what}, {then} in the last load")


def prune(*, keep: set[int]) -> int:
    """Delete every load but these, whole or left over; return how many."""
    gone = RegisterLoad.objects.exclude(pk__in=keep)
    ids = list(gone.values_list("pk", flat=True))
    RegisterEntry.objects.filter(load_id__in=ids).delete()
    gone.delete()
    return len(ids)
