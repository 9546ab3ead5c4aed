"""Sign the tree from outside the database: own process, own key, own memory of what it signed.

The signer hashes new entries itself and grows its own edge of the tree. It never signs a tree
that is smaller than, or does not continue, what it signed before: it stops instead.
"""

import json
import logging
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import InterfaceError, OperationalError, connections

from audit import merkle, note
from audit.protocol import STORED_LEAVES, leaf_bytes

log = logging.getLogger(__name__)

KEY, STATE, VKEY, CHECKPOINT = "signer.key", "signer.json", "signer.vkey", "checkpoint"
# Beside the memory: a lock of the database would be lost with its connection, amid the writing.
LOCK = "signer.lock"
PAGE = merkle.TILE_WIDTH * 20
RETRY_SECONDS = 1.0


class Refused(RuntimeError):
    """The database shows a tree that does not continue what was signed; nothing is signed."""


class Busy(RuntimeError):
    """Another signer holds the private folder."""


class Files(Protocol):
    """A folder whose files are replaced whole; `audit.publisher.Folder` is one."""

    def holds(self, name: str) -> bool: ...
    def read(self, name: str) -> bytes: ...
    def write(self, name: str, content: bytes, *, mode: int = 0o644) -> None: ...
    def publish_tiles(self, tiles: Mapping[tuple[int, int], bytes]) -> None: ...
    def alone(self, name: str) -> AbstractContextManager[bool]: ...


@dataclass(frozen=True, slots=True)
class Places:
    """Where the signer's files are: its key, its own memory, and what everybody may read."""

    key: Files
    private: Files
    public: Files
    key_name: str = KEY


@dataclass
class Memory:
    """What was signed last: the edge of the tree, its root, and the next number of each scope."""

    origin: str
    edge: merkle.Edge = field(default_factory=merkle.Edge)
    numbers: dict[str, int] = field(default_factory=dict)

    def text(self) -> bytes:
        """Write the memory as JSON."""
        return json.dumps(
            {
                "origin": self.origin,
                "size": self.edge.size,
                "root": self.edge.root().hex(),
                "frontier": [row.hex() for row in self.edge.rows],
                "numbers": self.numbers,
            },
            sort_keys=True,
        ).encode()

    @classmethod
    def read(cls, text: bytes) -> "Memory":
        """Read the memory back; raises `Refused` when it does not fit together."""
        said = json.loads(text)
        try:
            rows = [bytes.fromhex(row) for row in said["frontier"]]
            edge = merkle.Edge(said["size"], rows)
        except (ValueError, KeyError) as error:
            raise Refused("the signer's own state is damaged") from error
        if edge.root().hex() != said["root"]:
            raise Refused("the signer's own state is damaged")
        return cls(said["origin"], edge, dict(said["numbers"]))


def alias() -> str:
    """Return the database alias of the log's own programs."""
    return "sequencer" if "sequencer" in connections else "default"


def key_of(places: Places, origin: str) -> Ed25519PrivateKey:
    """Return the signing key, made at the first start in a file that only its owner reads."""
    if not places.key.holds(places.key_name):
        raw = secrets.token_bytes(32).hex().encode() + b"\n"
        places.key.write(places.key_name, raw, mode=0o600)
    secret = bytes.fromhex(places.key.read(places.key_name).decode().strip())
    key = Ed25519PrivateKey.from_private_bytes(secret)
    vkey = note.vkey(origin, note.public_bytes(key)).encode() + b"\n"
    if not places.private.holds(VKEY) or places.private.read(VKEY) != vkey:
        places.private.write(VKEY, vkey)
    return key


def memory_of(places: Places, *, using: str) -> Memory:
    """Return what was signed last; a log that was signed once must still be remembered."""
    if places.private.holds(STATE):
        return Memory.read(places.private.read(STATE))
    if _row(using, "SELECT count(*) FROM audit_checkpoint")[0]:
        raise Refused("this log was signed before and the signer's state is gone: start a new log")
    memory = Memory(f"journal.teleconseil.localhost/{secrets.token_hex(6)}")
    places.private.write(STATE, memory.text(), mode=0o600)
    return memory


def _row(using: str, query: str) -> Any:
    with connections[using].cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()


def sign_next(*, places: Places, using: str) -> int:
    """Sign the tree as it is now if it grew, and publish it; return the size that is signed.

    Raises `Refused`, and `Busy` while another signer is at work.
    """
    with places.private.alone(LOCK) as mine:
        if not mine:
            raise Busy("another signer is at work")
        return _sign_next(places, using)


def _sign_next(places: Places, using: str) -> int:
    """Sign and publish, alone: what is remembered and shown must not go back meanwhile.

    The memory is written before the signature exists, so that no crash can lead to two
    signatures of different trees.
    """
    memory = memory_of(places, using=using)
    key = key_of(places, memory.origin)
    head = _row(using, "SELECT size, root FROM audit_head") or (0, merkle.EMPTY_ROOT)
    size, root = head[0], bytes(head[1])
    if size < memory.edge.size:
        raise Refused(f"the tree has {size} leaves and {memory.edge.size} were signed")
    _restore_public(places, memory, using)
    tiles = grown(memory, using=using, end=size) if size > memory.edge.size else {}
    if memory.edge.root() != root:
        raise Refused(f"the root of {size} leaves is not what their entries hash to")
    if tiles:
        places.public.publish_tiles(tiles)
        places.private.write(STATE, memory.text(), mode=0o600)
    _publish(places, memory, key, using)
    return size


def _leaves(using: str, start: int, end: int) -> Iterator[tuple[Any, ...]]:
    for first in range(start, end, PAGE):
        with connections[using].cursor() as cursor:
            cursor.execute(STORED_LEAVES, [first, min(first + PAGE, end)])
            yield from cursor.fetchall()


def grown(memory: Memory, *, using: str, end: int) -> dict[tuple[int, int], bytes]:
    """Hash the entries up to `end` into the memory; return the tiles that changed."""
    tiles: dict[tuple[int, int], bytes] = {}
    hashes: list[bytes] = []
    expected = memory.edge.size
    for index, scope, n, placed, body, entry_scope, moment in _leaves(using, expected, end):
        if (index, n, scope) != (expected, memory.numbers.get(scope, 0), entry_scope):
            raise Refused(f"leaf {expected} is missing, misplaced or misnumbered")
        hashed = merkle.leaf_hash(leaf_bytes(index, moment, scope, n, bytes(body)))
        if hashed != bytes(placed):
            raise Refused(f"leaf {expected} does not hash to what was placed")
        memory.numbers[scope] = n + 1
        expected += 1
        hashes.append(hashed)
        if len(hashes) == PAGE:
            tiles |= memory.edge.extend(hashes)
            hashes = []
    tiles |= memory.edge.extend(hashes)
    if memory.edge.size != end:
        raise Refused(f"the tree has {end} leaves and only {memory.edge.size} were found")
    return tiles


def _restore_public(places: Places, memory: Memory, using: str) -> None:
    """Write the public tiles again where the public folder was lost."""
    if not memory.edge.size or places.public.holds(CHECKPOINT):
        return
    again = Memory(memory.origin)
    tiles = grown(again, using=using, end=memory.edge.size)
    if again.edge.root() != memory.edge.root():
        raise Refused("the entries no longer hash to the root that was signed")
    places.public.publish_tiles(tiles)


def _publish(places: Places, memory: Memory, key: Ed25519PrivateKey, using: str) -> None:
    """Sign what is remembered and publish it, unless that was done."""
    size, root = memory.edge.size, memory.edge.root()
    last = _row(using, "SELECT max(size) FROM audit_checkpoint")[0]
    if not size or (last == size and places.public.holds(CHECKPOINT)):
        return
    signed = note.sign(note.Checkpoint(memory.origin, size, root).text(), memory.origin, key)
    places.public.write(CHECKPOINT, signed.encode())
    with connections[using].cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_checkpoint (size, root, note, at)"
            " VALUES (%s, %s, %s, clock_timestamp()) ON CONFLICT (size) DO NOTHING",
            [size, root, signed],
        )


def run(
    *,
    stop: threading.Event,
    places: Places,
    rest: Callable[[str], None],
    using: str | None = None,
) -> None:
    """Sign whenever the tree grows, until told to stop; raises `Refused` and signs no more.

    One signer at a time: a second waits until the first has ended, in whatever way.
    """
    told = False
    while not stop.is_set():
        with places.private.alone(LOCK) as mine:
            if mine:
                _run_alone(stop, places, rest, using or alias())
            elif not told:
                log.warning("signer: another one is at work, this one waits its turn")
                told = True
        stop.wait(RETRY_SECONDS)


def _run_alone(
    stop: threading.Event, places: Places, rest: Callable[[str], None], using: str
) -> None:
    while not stop.is_set():
        try:
            _sign_next(places, using)
            rest(using)
        except (OperationalError, InterfaceError) as error:
            log.warning("signer: the database is away: %s", type(error).__name__)
            connections[using].close()
            stop.wait(RETRY_SECONDS)
    connections[using].close()
