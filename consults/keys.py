"""The key store: one content key a patient, wrapped by the master key, in a second database.

No transaction spans both databases. A key commits first, on its own connection, so that a row
never names a key that does not exist; an orphan key left by a crash is harmless.
"""

import secrets
from uuid import UUID, uuid4

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from audit import seal

KEY_BYTES = 32


class KeyErased(Exception):
    """The content key is gone, and with it every text sealed under it."""

    code = "ERASED"


def new_key() -> UUID:
    """Make and commit a content key; return its id."""
    connection = connections["keys"]
    assert not connection.in_atomic_block, "a key commits before the row that names it"
    key_id = uuid4()
    wrapped = seal.wrap(_master(), secrets.token_bytes(KEY_BYTES))
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO content_key (id, wrapped) VALUES (%s, %s)", [key_id, wrapped])
    return key_id


def content_key(key_id: UUID) -> bytes:
    """Return the 32 bytes of a content key, or raise KeyErased."""
    with connections["keys"].cursor() as cursor:
        cursor.execute("SELECT wrapped FROM content_key WHERE id = %s", [key_id])
        row = cursor.fetchone()
    if row is None:
        raise KeyErased
    return seal.unwrap(_master(), bytes(row[0]))


def _master() -> bytes:
    """The key that wraps the others; without one this service can neither seal nor open."""
    if not settings.MASTER_KEY:
        raise ImproperlyConfigured("MASTER_KEY is not set: no content key can be used")
    return settings.MASTER_KEY


def destroy(key_id: UUID) -> None:
    """Delete a content key; saying it twice changes nothing."""
    with connections["keys"].cursor() as cursor:
        cursor.execute("DELETE FROM content_key WHERE id = %s", [key_id])


def house_key(purpose: str) -> bytes:
    """A key of the house's own for one purpose, derived from the master key."""
    return seal.derived(_master(), purpose)
