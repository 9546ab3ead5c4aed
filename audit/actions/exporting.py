"""Take the log out: recorded first, then written in tlog-tiles layout with its entries."""

import hashlib
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


def export_log(*, folder: Path, export_id: UUID, actor: Actor, now: datetime) -> tree.Signed:
    """Write a whole export of what is signed, with the rule packs its decisions rest on.

    That it leaves is committed to the log before the first byte is written. Openings of sealed
    facts stay behind. Raises `audit.queries.tree.NothingSigned`.
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
            data={"size": signed.size, "part": "whole"},
        )
    target = Folder(folder)
    _tiles(target, signed.size, using)
    for index, gathered in enumerate(_bundles(tree.leaves(using=using, start=0, end=signed.size))):
        target.place(merkle.tile_path("entries", index, len(gathered)), bundle(gathered))
    for pack in RulePack.objects.all():
        body = bytes(pack.body)
        target.place(f"packs/{hashlib.sha256(body).hexdigest()}.json", body)
    target.place(CHECKPOINT, signed.note.encode())
    return signed


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
