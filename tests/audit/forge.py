"""Writes an export out of made-up entries, so that the verifier is tested without a service."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import merkle, note, protocol
from audit.facts import canonical
from audit.law import packs
from audit.publisher import Folder

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ORIGIN = "journal.exemple/essai"
START = datetime(2026, 11, 21, 9, tzinfo=UTC)
VKEY = note.vkey(ORIGIN, note.public_bytes(KEY))
# A pack small enough for a test to bill with two facts, both open.
RULES = ("ground-on-call-duty", "pathway-link-required", "treating-physician-informed")
SMALL = packs.from_body(
    {
        **packs.load().body,
        "version": "small",
        "rules": [rule for rule in packs.load().body["rules"] if rule["id"] in RULES],
    }
)
SYSTEM = {"kind": "system", "id": str(UUID(int=0))}


def entry(type, subject, *, data=None, decision=None, scope="75", actor=SYSTEM):
    """Return (scope, body) of an entry."""
    body = {"v": 1, "type": type, "subject": str(subject), "actor": actor, "data": data or {}}
    if decision is not None:
        body["decision"] = decision
    return scope, body


def written(folder: Path, entries, *, numbers=None) -> Path:
    """Write a signed export of these entries in their order; return its folder."""
    leaves, counts = [], dict(numbers or {})
    for index, (scope, body) in enumerate(entries):
        at = START + timedelta(seconds=index)
        n = counts.get(scope, 0)
        counts[scope] = n + 1
        if "at" in body:
            at = datetime.fromisoformat(body["at"])
        else:  # an act is judged at its own moment
            body = {**body, "at": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
            if "decision" in body:
                body["decision"] = {**body["decision"], "at": body["at"]}
        whole = canonical(body)
        leaves.append(protocol.leaf_bytes(index, int(at.timestamp() * 1_000_000), scope, n, whole))
    return sealed(folder, leaves)


def sealed(folder: Path, leaves: list[bytes]) -> Path:
    """Write bundles, tiles, packs and a signed checkpoint over these leaves."""
    target, edge = Folder(folder), merkle.Edge()
    tiles = edge.extend([merkle.leaf_hash(leaf) for leaf in leaves])
    for (level, index), hashes in tiles.items():
        target.place(merkle.tile_path(level, index, len(hashes) // 32), hashes)
    for index in range(0, len(leaves), 256):
        part = leaves[index : index + 256]
        target.place(merkle.tile_path("entries", index // 256, len(part)), protocol.bundle(part))
    for pack in (packs.load(), SMALL):
        target.place(f"packs/{pack.ref.sha256}.json", packs.canonical_bytes(pack))
    text = note.Checkpoint(ORIGIN, len(leaves), edge.root()).text()
    target.place("checkpoint", note.sign(text, ORIGIN, KEY).encode())
    return folder


def bodies(folder: Path):
    """Read all entries of an export back."""
    for path in sorted((folder / "tile" / "entries").rglob("*")):
        if path.is_file():
            for leaf in protocol.unbundled(path.read_bytes()):
                yield json.loads(leaf)
