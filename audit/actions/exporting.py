"""Take the log out: recorded first, then written in tlog-tiles layout with its entries."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import transaction

from audit import merkle
from audit.actions import record
from audit.facts import NATIONAL, Actor
from audit.models import RulePack
from audit.protocol import bundle
from audit.publisher import CHECKPOINT, Folder
from audit.queries import tree
from audit.queries.openings import KeyOf, openings_under

OPENINGS = "openings.json"


def export_log(
    *, folder: Path, export_id: UUID, actor: Actor, now: datetime, key_of: KeyOf | None = None
) -> tree.Signed:
    """Write a whole export of what is signed, with the rule packs its decisions rest on.

    That it leaves is committed to the log before the first byte is written. Openings of sealed
    facts stay behind unless `key_of` is handed in: then they lie beside the folder, never in it.
    Raises `audit.queries.tree.NothingSigned`.
    """
    using = tree.reading()
    signed = tree.latest_checkpoint(using=using)
    with transaction.atomic(durable=True):
        record(
            type="log.exported",
            subject=export_id,
            scope=NATIONAL,
            actor=actor,
            now=now,
            data={"size": signed.size, "part": "whole", "openings": key_of is not None},
        )
    target = Folder(folder)
    _tiles(target, signed.size, using)
    for index, gathered in enumerate(_bundles(tree.leaves(using=using, start=0, end=signed.size))):
        target.place(merkle.tile_path("entries", index, len(gathered)), bundle(gathered))
    for pack in RulePack.objects.all():
        body = bytes(pack.body)
        target.place(f"packs/{hashlib.sha256(body).hexdigest()}.json", body)
    if key_of is not None:
        _write_openings(openings_beside(folder=folder), signed.size, key_of)
    target.place(CHECKPOINT, signed.note.encode())
    return signed


def openings_beside(*, folder: Path) -> Path:
    """Where the openings of an export lie: they travel by another way than the export."""
    return folder.with_name(f"{folder.name}.{OPENINGS}")


def _write_openings(path: Path, size: int, key_of: KeyOf) -> None:
    """Write index -> opening, for its reader alone; an erased one says that it is erased."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    found = {str(index): said for index, said in openings_under(size=size, key_of=key_of)}
    path.write_text(json.dumps(found), encoding="ascii")


def _tiles(target: Folder, size: int, using: str) -> None:
    for level, index, width in merkle.tiles_of(size):
        hashes = tree.tile(using=using, level=level, index=index)
        target.place(merkle.tile_path(level, index, width), hashes[: width * merkle.HASH_BYTES])


def _bundles(leaves: Iterator[bytes]) -> Iterator[list[bytes]]:
    gathered: list[bytes] = []
    for leaf in leaves:
        gathered.append(leaf)
        if len(gathered) == merkle.TILE_WIDTH:
            yield gathered
            gathered = []
    if gathered:
        yield gathered
