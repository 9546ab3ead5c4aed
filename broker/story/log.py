"""The log of a story's service: taken out whole, verified by the verifier alone, read back."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.protocol import unbundled


@dataclass(frozen=True)
class Verified:
    """What the verifier said of an export: its exit status and its own words."""

    status: int
    said: str
    entries: int = 0

    def as_json(self) -> dict[str, Any]:
        """The verifier's part of the result."""
        return {"exit_status": self.status, "entries": self.entries, "said": self.said}


def take_out(folder: Path, environ: Mapping[str, str]) -> None:
    """Export the whole log of the service with these variables; its key goes to `DIR.vkey`."""
    done = _ours("export_log", str(folder), environ=environ)
    if done.returncode or not key_of(folder).exists():
        raise OSError(f"the log cannot be taken out: {done.stderr.strip()[-500:]}")


def verify(folder: Path) -> Verified:
    """Run the verifier on an export as an outsider would: a file, a folder and a key."""
    verifier = Path(__file__).parents[2] / "audit" / "verifier.py"
    done = subprocess.run(
        [sys.executable, str(verifier), str(folder), "--key", str(key_of(folder))],
        capture_output=True, text=True,
    )  # fmt: skip
    said = (done.stdout + done.stderr).strip()
    return Verified(done.returncode, said)


def key_of(folder: Path) -> Path:
    """Where the verifier key of an export lies: beside it, never in it."""
    return folder.with_name(folder.name + ".vkey")


def bundles(folder: Path) -> list[Path]:
    """The files of an export that carry entries, in order."""
    found = (folder / "tile" / "entries").rglob("*")
    return sorted(path for path in found if path.is_file())


def entries(folder: Path) -> Iterator[Mapping[str, Any]]:
    """Every entry of an export as it was recorded, with its `index`."""
    for path in bundles(folder):
        for leaf in unbundled(path.read_bytes()):
            read = json.loads(leaf)
            yield {**read["e"], "index": read["i"]}


def _ours(*arguments: str, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    # Told of a parent that is not its own, the program would think itself orphaned.
    own = {name: value for name, value in environ.items() if name != "TELECONSEIL_PARENT"}
    return subprocess.run(
        [sys.executable, "-m", "config", *arguments],
        env=own, capture_output=True, text=True,
    )  # fmt: skip


def flip(folder: Path) -> int:
    """Change one byte inside the entry in the middle of an export; the index of that entry."""
    files = bundles(folder)
    places = [(path, at, leaf) for path in files for at, leaf in _placed(path.read_bytes())]
    path, at, leaf = places[len(places) // 2]
    raw = bytearray(path.read_bytes())
    # The last digit of the entry's own moment: still valid JSON, no longer what was recorded.
    digit = at + leaf.rindex(b'"at":"') + len('"at":"2026-01-01T00:00:0')
    raw[digit] = ord("0") + (raw[digit] - ord("0") + 1) % 10
    path.write_bytes(bytes(raw))
    return int(json.loads(leaf)["i"])


def _placed(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    for leaf in unbundled(content):
        yield at + 2, leaf
        at += 2 + len(leaf)
