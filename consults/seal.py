"""Texts of care as sealed bytes: what is stored, what the log may hold, what tells a resend."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from audit import seal

SALT_BYTES = 32


@dataclass(frozen=True)
class Sealed:
    """A text as it is stored: ciphertext, salted commitment, resend mark and length in bytes."""

    body: bytes
    commitment: bytes
    mac: bytes
    size: int


def sealed(
    key: bytes, text: str, *, question: UUID, seq: int, field: str, author: UUID, client_id: UUID
) -> Sealed:
    """Seal a text for its one place. The salt of the commitment is sealed with it."""
    plain = text.encode("utf-8")
    salt = secrets.token_bytes(SALT_BYTES)
    return Sealed(
        body=seal.seal(key, salt + plain, question=question, seq=seq, field=field, author=author),
        commitment=seal.commitment(salt, plain),
        mac=resend_mark(key, text, client_id=client_id),
        size=len(plain),
    )


def opened(key: bytes, body: bytes, *, question: UUID, seq: int, field: str, author: UUID) -> str:
    """Give back the text sealed for this place; raises `audit.seal.Unreadable` elsewhere."""
    whole = seal.unseal(key, body, question=question, seq=seq, field=field, author=author)
    return whole[SALT_BYTES:].decode("utf-8")


def resend_mark(key: bytes, text: str, *, client_id: UUID) -> bytes:
    """The same id with the same text gives the same mark; ciphertexts always differ."""
    return seal.mac(seal.derived(key, "resend"), client_id.bytes + text.encode("utf-8"))
