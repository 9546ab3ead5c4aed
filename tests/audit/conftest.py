"""What the tests of the record share: a few entries, the log's programs, a superuser."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import transaction

from audit import sequencer, signer
from audit.actions import record_many
from audit.actions.body import NewEntry
from audit.facts import SYSTEM
from audit.publisher import Folder


@pytest.fixture
def written(database) -> Callable[..., UUID]:
    """Write entries of a type that accounts for nothing; return its subject."""

    def write(count: int = 1, scope: str = "75", type: str = "record.listed") -> UUID:
        subject = uuid4()
        entries = [
            NewEntry(type, subject, scope, SYSTEM, datetime.now(UTC), {"n": n})
            for n in range(count)
        ]
        with transaction.atomic():
            record_many(entries=entries)
        return subject

    return write


@pytest.fixture
def places(tmp_path: Path) -> signer.Places:
    """Folders of a signer of this test."""
    state = Folder(tmp_path / "state")
    return signer.Places(key=state, private=state, public=Folder(tmp_path / "log"))


@pytest.fixture
def signed(database, places) -> Callable[[], int]:
    """Place and sign all that waits; return the size of the tree."""

    def sign() -> int:
        while sequencer.drain(using="sequencer"):
            pass
        return signer.sign_next(places=places, using="sequencer")

    return sign


@pytest.fixture
def superuser(database) -> Iterator[psycopg.Connection]:
    """The database's superuser, as an intruder on the machine would be."""
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        yield connection
