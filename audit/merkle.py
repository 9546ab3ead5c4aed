"""The tree over the entries: RFC 6962 hashing and proofs, and the arithmetic of its tiles.

A tile holds up to 256 hashes of one level; level L of tiles holds the nodes of height 8·L
(C2SP tlog-tiles). Reading is handed in: `read(height, index)` returns the hash of the complete
subtree of 2**height leaves that starts at leaf index·2**height.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
HASH_BYTES = 32
TILE_BYTES = TILE_WIDTH * HASH_BYTES
EMPTY_ROOT = hashlib.sha256(b"").digest()

Read = Callable[[int, int], bytes]


class BadProof(ValueError):
    """A proof does not lead to the root that it was given for."""


def leaf_hash(leaf: bytes) -> bytes:
    """Hash a leaf (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash an inner node (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """Return the largest power of two smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _subtree(read: Read, start: int, size: int) -> bytes:
    """Hash the leaves [start, start + size), where `start` is a multiple of the split."""
    if size & (size - 1) == 0:
        height = size.bit_length() - 1
        return read(height, start >> height)
    left = _split(size)
    return node_hash(_subtree(read, start, left), _subtree(read, start + left, size - left))


def root(read: Read, size: int) -> bytes:
    """Return the root of the first `size` leaves."""
    return _subtree(read, 0, size) if size else EMPTY_ROOT


def inclusion_proof(read: Read, index: int, size: int) -> list[bytes]:
    """Return the audit path of one leaf in a tree (RFC 6962, 2.1.1)."""
    if not 0 <= index < size:
        raise BadProof("the leaf is not in the tree")
    path: list[bytes] = []
    start = 0
    while size > 1:
        left = _split(size)
        if index - start < left:
            path.append(_subtree(read, start + left, size - left))
            size = left
        else:
            path.append(_subtree(read, start, left))
            start, size = start + left, size - left
    return path[::-1]


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root that a leaf's hash and its audit path lead to (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        raise BadProof("the leaf is not in the tree")
    at, last, reached = index, size - 1, leaf
    for beside in path:
        if last == 0:
            raise BadProof("the path is too long")
        if at & 1 or at == last:
            reached = node_hash(beside, reached)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            reached = node_hash(reached, beside)
        at, last = at >> 1, last >> 1
    if last:
        raise BadProof("the path is too short")
    return reached


def consistency_proof(read: Read, older: int, newer: int) -> list[bytes]:
    """Return the proof that one tree is the beginning of another (RFC 6962, 2.1.2)."""
    if not 0 < older <= newer:
        raise BadProof("the older tree is not the beginning of the newer one")
    path: list[bytes] = []
    start, size, within = 0, newer, older
    whole = True
    while within != size:
        left = _split(size)
        if within <= left:
            path.append(_subtree(read, start + left, size - left))
            size = left
        else:
            path.append(_subtree(read, start, left))
            start, size, within = start + left, size - left, within - left
            whole = False
    if not whole:
        path.append(_subtree(read, start, size))
    return path[::-1]


def verify_consistency(
    older: int, newer: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> None:
    """Check a consistency proof (RFC 9162, 2.1.4.2), or raise `BadProof`."""
    if older == newer and old_root == new_root and not path:
        return
    if not 0 < older < newer:
        raise BadProof("the older tree is not the beginning of the newer one")
    nodes = [old_root, *path] if older & (older - 1) == 0 else list(path)
    if not nodes:
        raise BadProof("the proof is empty")
    at, last = older - 1, newer - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            raise BadProof("the proof is too long")
        if at & 1 or at == last:
            first, second = node_hash(node, first), node_hash(node, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, node)
        at, last = at >> 1, last >> 1
    if last or first != old_root or second != new_root:
        raise BadProof("the two trees do not share their beginning")


class Edge:
    """The right edge of a growing tree: the hashes of the partial tile of each level.

    `rows[level]` holds fewer than 256 hashes; it is all that adding and signing need.
    """

    def __init__(self, size: int = 0, rows: Sequence[bytes] = ()) -> None:
        """Take up a tree of `size` leaves."""
        self.size = size
        self.rows = list(rows)
        for level, width in enumerate(edge_widths(size)):
            if level >= len(self.rows) or len(self.rows[level]) != width * HASH_BYTES:
                raise BadProof("the edge does not fit the size of the tree")

    def extend(self, hashes: Sequence[bytes]) -> dict[tuple[int, int], bytes]:
        """Append leaves' hashes; return each tile that changed, by (level, index)."""
        changed: dict[tuple[int, int], bytes] = {}
        added, level, before = b"".join(hashes), 0, self.size
        while added:
            if level == len(self.rows):
                self.rows.append(b"")
            row, first = self.rows[level] + added, before >> TILE_HEIGHT
            full = len(row) // TILE_BYTES
            for number in range(full):
                changed[level, first + number] = row[number * TILE_BYTES :][:TILE_BYTES]
            self.rows[level] = row[full * TILE_BYTES :]
            if self.rows[level]:
                changed[level, first + full] = self.rows[level]
            added = b"".join(tile_root(changed[level, first + i]) for i in range(full))
            before, level = first, level + 1
        self.size += len(hashes)
        return changed

    def root(self) -> bytes:
        """Return the root of the leaves added so far."""
        return root(reader(lambda level, _: self.rows[level]), self.size)


def edge_widths(size: int) -> list[int]:
    """Return how many hashes the partial tile of each level holds, lowest level first."""
    widths = []
    while size:
        widths.append(size % TILE_WIDTH)
        size >>= TILE_HEIGHT
    return widths


def tile_root(hashes: bytes) -> bytes:
    """Return the hash of a full tile: one entry of the tile above it."""
    row = [hashes[i : i + HASH_BYTES] for i in range(0, len(hashes), HASH_BYTES)]
    while len(row) > 1:
        row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)]
    return row[0]


def tile_of(height: int, index: int) -> tuple[int, int, int, int]:
    """Say where a node lies: (tile level, tile index, first hash, count of hashes under it)."""
    level, rest = divmod(height, TILE_HEIGHT)
    first = index << rest
    return level, first >> TILE_HEIGHT, first & (TILE_WIDTH - 1), 1 << rest


def reader(tile: Callable[[int, int], bytes]) -> Read:
    """Make a `read` out of tiles: `tile(level, index)` returns its hashes, one after another."""

    def read(height: int, index: int) -> bytes:
        level, number, first, count = tile_of(height, index)
        hashes = tile(level, number)
        return tile_root(hashes[first * HASH_BYTES : (first + count) * HASH_BYTES])

    return read


def tiles_of(size: int) -> Iterator[tuple[int, int, int]]:
    """List the tiles of a tree as (level, index, width); only the last of a level is partial."""
    level = 0
    while size:
        full, rest = divmod(size, TILE_WIDTH)
        for index in range(full):
            yield level, index, TILE_WIDTH
        if rest:
            yield level, full, rest
        size, level = full, level + 1


def tile_path(level: int | str, index: int, width: int) -> str:
    """Return the path of a tile (tlog-tiles): `tile/0/x001/067.p/8`; level may be "entries"."""
    parts = [f"{index % 1000:03d}"]
    while index := index // 1000:
        parts.insert(0, f"x{index % 1000:03d}")
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(parts)}{partial}"
