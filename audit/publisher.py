"""Write the log as files in tlog-tiles layout, so that a reader never sees half a file.

The public folder has hash tiles and the checkpoint; entries leave only through exports.
"""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from audit import merkle

CHECKPOINT = "checkpoint"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of files that are replaced whole: a crash leaves the old content or the new."""

    path: Path

    def holds(self, name: str) -> bool:
        """Say whether there is such a file."""
        return (self.path / name).exists()

    def read(self, name: str) -> bytes:
        """Return a file's content."""
        return (self.path / name).read_bytes()

    def write(self, name: str, content: bytes, *, mode: int = 0o644) -> None:
        """Write a file for good before its name shows it; then that name is there for good."""
        target = self.path / name
        _make(target.parent)
        fresh = target.with_name(f".{target.name}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
        _sync(target.parent)

    @contextmanager
    def alone(self, name: str) -> Iterator[bool]:
        """Whether nobody else holds this name; it is free again once its holder has died."""
        _make(self.path)
        descriptor = os.open(self.path / name, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                mine = True
            except BlockingIOError:
                mine = False
            yield mine

    def place(self, name: str, content: bytes) -> None:
        """Write a file of an export that nobody reads before its checkpoint is there."""
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def publish_tiles(self, tiles: Mapping[tuple[int, int], bytes]) -> None:
        """Write tiles that changed; a full tile takes the place of its partial ones."""
        for (level, index), hashes in tiles.items():
            width = len(hashes) // merkle.HASH_BYTES
            name = merkle.tile_path(level, index, width)
            self.write(name, hashes)
            if width == merkle.TILE_WIDTH:
                shutil.rmtree(self.path / f"{name}.p", ignore_errors=True)


def _make(folder: Path) -> None:
    """Make a folder, and those above it, for good."""
    if not folder.exists():
        _make(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync(folder.parent)


def _sync(folder: Path) -> None:
    """Bring a folder's names to disk: without it a power loss may undo a rename."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # a file system that knows no such
            raise
    finally:
        os.close(descriptor)
