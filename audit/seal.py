"""Sealed content: AES-256-GCM bound to its place, salted commitments, wrapped keys.

Destroying a key makes what it sealed unreadable everywhere; commitments stay verifiable by
whoever holds an opening and tell nothing to others.
"""

import hashlib
import json
import secrets
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap_with_padding,
    aes_key_wrap_with_padding,
)

KEY_BYTES = 32
NONCE_BYTES = 12
SALT_BYTES = 32
_VERSION = b"\x01"
_COMMITMENT = b"teleconseil/commitment/v1\x00"


class Unreadable(ValueError):
    """The key, the place or the bytes are not those that were sealed."""


def _place(*, question: UUID, seq: int, field: str, author: UUID) -> bytes:
    """Return the bytes that tie a sealed text to where it belongs."""
    return json.dumps([str(question), seq, field, str(author)], separators=(",", ":")).encode()


def seal(
    key: bytes,
    plaintext: bytes,
    *,
    question: UUID,
    seq: int,
    field: str,
    author: UUID,
    nonce: bytes | None = None,
) -> bytes:
    """Seal a text under a 32-byte key; a `nonce` serves only once, so leave it to chance."""
    nonce = secrets.token_bytes(NONCE_BYTES) if nonce is None else nonce
    if len(key) != KEY_BYTES or len(nonce) != NONCE_BYTES:
        raise ValueError("a key has 32 bytes and a nonce 12")
    place = _place(question=question, seq=seq, field=field, author=author)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, plaintext, place)


def unseal(
    key: bytes, sealed: bytes, *, question: UUID, seq: int, field: str, author: UUID
) -> bytes:
    """Give back what `seal` sealed at this very place, or raise `Unreadable`."""
    if sealed[:1] != _VERSION:
        raise Unreadable("unknown version of sealed content")
    place = _place(question=question, seq=seq, field=field, author=author)
    nonce, rest = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, rest, place)
    except (InvalidTag, ValueError) as error:
        raise Unreadable("sealed content does not open here") from error


def commitment(salt: bytes, content: bytes) -> bytes:
    """Commit to a content with 32 random bytes: SHA-256 over a label, the salt and the content."""
    if len(salt) != SALT_BYTES:
        raise ValueError("a salt has 32 bytes")
    return hashlib.sha256(_COMMITMENT + salt + content).digest()


def wrap(master: bytes, key: bytes) -> bytes:
    """Wrap a content key under the master key (RFC 5649)."""
    return aes_key_wrap_with_padding(master, key)


def unwrap(master: bytes, wrapped: bytes) -> bytes:
    """Give back a wrapped content key, or raise `Unreadable`."""
    try:
        return aes_key_unwrap_with_padding(master, wrapped)
    except (InvalidUnwrap, ValueError) as error:
        raise Unreadable("this master key did not wrap this key") from error


def derived(key: bytes, purpose: str) -> bytes:
    """Derive a 32-byte key for one purpose, so that no key serves twice."""
    return mac(key, b"teleconseil/derived/v1\x00" + purpose.encode())


def mac(key: bytes, content: bytes) -> bytes:
    """Authenticate a content: equal contents under one key give equal bytes."""
    made = HMAC(key, SHA256())
    made.update(content)
    return made.finalize()
