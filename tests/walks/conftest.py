"""A patient, their confirmed treating physician who asks 15 €, and the payment sandbox."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import transaction

from audit.law import packs
from billing.actions import desk
from billing.sandbox.server import Server
from consults.screen import screen
from tests import people
from tests.billing.conftest import sandbox
from tests.billing.walk import enabled_account
from tests.walks.faces import PatientFace, PhysicianFace, signed_in

__all__ = ["sandbox"]


@pytest.fixture
def physician(database: object, sandbox: Server) -> PhysicianFace:
    """A physician who may be paid by card."""
    person = people.a_physician()
    enabled_account(person)
    with transaction.atomic():
        desk.set_honoraires(
            physician_id=person.id, cents=1500, actor=person.actor, now=people.now()
        )
    return PhysicianFace(person, signed_in(person))


@pytest.fixture
def patient(physician: PhysicianFace) -> PatientFace:
    """Their patient."""
    person = people.a_patient()
    people.linked(person, physician.person)
    return PatientFace(person, signed_in(person))


@pytest.fixture(scope="session", autouse=True)
def warm() -> None:
    """The rules are read once, so that the first act of a session is not late for its moment."""
    packs.load()
    screen("Bonjour")


@pytest.fixture(autouse=True)
def own_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Threads of this test's own: a thread keeps its connection, and with it the database."""
    with ThreadPoolExecutor(max_workers=8) as pool:
        monkeypatch.setattr("broker.consumers.door._pool", pool)
        yield
