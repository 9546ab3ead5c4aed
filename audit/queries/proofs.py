"""Inclusion proofs of entries against the signed checkpoint, and whether they hold."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from audit import merkle, note
from audit.facts import Json
from audit.queries import tree
from audit.queries.trail import TrailEntry


@dataclass(frozen=True, slots=True)
class Proof:
    """An entry, its path to the root, and whether that path leads to the signed one.

    `holds` is None for an entry that no signed checkpoint covers yet.
    """

    entry: TrailEntry
    path: tuple[bytes, ...]
    holds: bool | None


def proofs_of(entries: Sequence[TrailEntry], signed: tree.Signed | None) -> list[Proof]:
    """Prove each entry that the checkpoint covers, from the tiles, and follow its path back."""
    read = tree.tile_reader(using="default")
    found = []
    for entry in entries:
        if signed is None or entry.index is None or entry.index >= signed.size:
            found.append(Proof(entry, (), None))
            continue
        path = tuple(merkle.inclusion_proof(read, entry.index, signed.size))
        hashed = merkle.leaf_hash(entry.leaf)
        reached = merkle.root_from_inclusion(hashed, entry.index, signed.size, path)
        found.append(Proof(entry, path, reached == signed.root))
    return found


def signature_holds(signed: tree.Signed, vkey: str) -> bool:
    """Say whether this key signed the checkpoint, and it says this size and root."""
    try:
        name, public = note.parse_vkey(vkey)
        said = note.parse_checkpoint(note.opened(signed.note, name, public))
    except note.BadNote:
        return False
    return (said.size, said.root) == (signed.size, signed.root)


def as_json(proofs: Sequence[Proof], signed: tree.Signed) -> Json:
    """Return what a verifier needs to check these entries away from here."""
    return {
        "checkpoint": signed.note,
        "entries": [
            {
                "index": proof.entry.index,
                "leaf": base64.b64encode(proof.entry.leaf).decode(),
                "path": [base64.b64encode(node).decode() for node in proof.path],
            }
            for proof in proofs
            if proof.holds is not None
        ],
    }
