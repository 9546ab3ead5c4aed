"""Brings a file's lines in blocks of constant size, and says before anything whether it ends."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from consults.register.layout import PHYSICIAN, Layout, RegisterRefused, layout_of, rpps_of

BLOCK = 1 << 20
TAIL = 1 << 16


@dataclass(frozen=True)
class Bad:
    """A line that was not believed: its number in the file, why, and its bytes."""

    number: int
    why: str
    raw: bytes


@dataclass
class Counts:
    """What was read so far; the header is line 1 and is not counted."""

    lines: int = 0
    rows: int = 0
    rejected: int = 0
    undecodable: int = 0


def first_look(path: Path) -> Layout:
    """The layout of a file whose end is there; raises RegisterRefused."""
    try:
        with path.open("rb") as file:
            header = file.readline(BLOCK)
            layout = layout_of(header)
            size = file.seek(0, 2)
            file.seek(max(len(header), size - TAIL))
            tail = file.read()
    except OSError as error:
        raise RegisterRefused("REGISTER_UNREADABLE", f"{path}: {error.strerror}") from None
    last = tail.rstrip(b"\r\n").rpartition(b"\n")[2]
    if not (tail or header).endswith(b"\n"):
        raise RegisterRefused("REGISTER_TRUNCATED", "the last line has no end")
    if last and last.count(b"|") < layout.bars:
        raise RegisterRefused("REGISTER_TRUNCATED", "the last line is short")
    return layout


def blocks(file: BinaryIO, seen: Callable[[bytes], None]) -> Iterator[bytes]:
    """Whole lines, about a block at a time; `seen` is shown every byte, the header's too."""
    seen(file.readline())
    while block := file.read(BLOCK):
        rest = file.readline(BLOCK)
        if len(rest) == BLOCK and not rest.endswith(b"\n"):
            raise RegisterRefused("REGISTER_UNREADABLE", "a line is longer than a block")
        block += rest
        seen(block)
        yield block


def rows_of(
    block: bytes, layout: Layout, load: int, counts: Counts, refuse: Callable[[Bad], None]
) -> str:
    """The block's physicians as lines for COPY (`|` between fields); `counts` moves on."""
    number, rows = counts.lines + 1, []
    lines = _lines(block, layout.encoding)
    counts.lines += len(lines)
    rpps, before = "", tuple[str, ...]()
    for line in lines:
        number += 1
        if isinstance(line, bytes):
            counts.undecodable += 1
            refuse(Bad(number, "encoding", line))
            continue
        if not layout.is_whole(line):
            refuse(Bad(number, "fields", line.encode(layout.encoding)))
            continue
        if line.split("|", layout.profession + 1)[layout.profession] != PHYSICIAN:
            continue
        fields = line.split("|")
        identity = layout.identity(fields)
        if identity != before:
            before, rpps = identity, rpps_of(identity)
        if not rpps or "\0" in line:
            why = "control-character" if rpps else "identifier"
            refuse(Bad(number, why, line.encode(layout.encoding)))
            continue
        rows.append(f"{load}|{rpps}|{number}|{'|'.join(layout.kept(fields))}\n")
    counts.rows += len(rows)
    return "".join(rows).replace("\\", "\\\\").replace("\r", "\\r")


def _lines(block: bytes, encoding: str) -> Sequence[str | bytes]:
    """The lines of a block, decoded but for those that cannot be."""
    if b"\r\n" in block:
        block = block.replace(b"\r\n", b"\n")
    block = block.removesuffix(b"\n")
    try:
        return block.decode(encoding).split("\n")
    except UnicodeDecodeError:
        return [_decoded(line, encoding) for line in block.split(b"\n")]


def _decoded(line: bytes, encoding: str) -> str | bytes:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return line
