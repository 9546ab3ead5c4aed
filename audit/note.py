"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint), with Ed25519.

A note is text, an empty line, then one line a signature: `— <name> <base64 of id and bytes>`.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_ALGORITHM = b"\x01"
_NAME = re.compile(r"^[^\s+]+$")


class BadNote(ValueError):
    """A note, a key or a checkpoint is not of the agreed form, or is not signed by its key."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: which log, how many leaves, which root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def key_id(name: str, public: bytes) -> bytes:
    """Return the four bytes by which a signature line names its key."""
    return hashlib.sha256(name.encode() + b"\n" + _ALGORITHM + public).digest()[:4]


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """Return the 32 bytes of the public key."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def vkey(name: str, public: bytes) -> str:
    """Write a verifier key: `name+id in hex+base64 of algorithm and key`."""
    if not _NAME.match(name):
        raise BadNote("a key's name has no space and no plus sign")
    encoded = base64.b64encode(_ALGORITHM + public).decode()
    return f"{name}+{key_id(name, public).hex()}+{encoded}"


def parse_vkey(text: str) -> tuple[str, bytes]:
    """Read a verifier key back: its name and the 32 bytes of the public key."""
    name, _, rest = text.strip().partition("+")
    said, _, encoded = rest.partition("+")
    try:
        decoded = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise BadNote("a verifier key is base64") from error
    public = decoded[1:]
    if decoded[:1] != _ALGORITHM or len(public) != 32 or key_id(name, public).hex() != said:
        raise BadNote("not an Ed25519 verifier key")
    return name, public


def sign(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """Sign a text that ends in a newline; return the whole note."""
    if not text.endswith("\n"):
        raise BadNote("the text of a note ends in a newline")
    signature = key_id(name, public_bytes(key)) + key.sign(text.encode())
    return f"{text}\n\u2014 {name} {base64.b64encode(signature).decode()}\n"


def opened(note: str, name: str, public: bytes) -> str:
    """Return the text of a note signed by this key, or raise `BadNote`."""
    text, gap, signatures = note.rpartition("\n\n")
    text += "\n"
    if not gap or not signatures.endswith("\n"):
        raise BadNote("a note has a text, an empty line and signatures")
    for line in signatures.splitlines():
        dash, _, rest = line.partition(" ")
        signer, _, encoded = rest.partition(" ")
        if dash != "\u2014" or signer != name:
            continue
        raw = base64.b64decode(encoded)
        if raw[:4] != key_id(name, public):
            continue
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], text.encode())
        except InvalidSignature as error:
            raise BadNote("the signature does not fit the text") from error
        return text
    raise BadNote(f"no signature by {name}")


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint."""
    lines = text.split("\n")
    if len(lines) < 4 or not re.fullmatch(r"0|[1-9][0-9]*", lines[1]):
        raise BadNote("a checkpoint has an origin, a size and a root")
    root = base64.b64decode(lines[2], validate=True)
    if len(root) != hashlib.sha256().digest_size:
        raise BadNote("a root has 32 bytes")
    return Checkpoint(lines[0], int(lines[1]), root)
