"""The provider as a process of its own, and a patient's browser that goes there and back."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from config.env import IdentityProvider
from config.supervisor.tree import answers
from tests.identity.provider import CLIENT, SECRET
from tests.ports import free_port
from tests.waiting import PATIENCE_SECONDS, until

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Running:
    """Where the provider answers."""

    port: int

    @property
    def issuer(self) -> str:
        """Its name."""
        return f"http://127.0.0.1:{self.port}/api/v2"

    def lies(self, **more: object) -> None:
        """Bends what it says from now on."""
        body = json.dumps(more).encode()
        with urlopen(
            Request(f"http://127.0.0.1:{self.port}/_lie", data=body), timeout=PATIENCE_SECONDS
        ):
            pass


@pytest.fixture(scope="session")
def process() -> Iterator[Running]:
    """The provider, started once."""
    running = Running(free_port())
    command = [sys.executable, "-m", "tests.identity.provider", str(running.port)]
    started = subprocess.Popen(command, cwd=ROOT)
    keys = urlsplit(f"{running.issuer}/jwks").path
    try:
        until(lambda: started.poll() is not None or answers(running.port, keys))
        assert started.poll() is None, "the provider has ended"
        yield running
    finally:
        started.terminate()
        started.wait(PATIENCE_SECONDS)


@pytest.fixture
def provider(process: Running, settings, monkeypatch) -> Iterator[Running]:
    """An honest provider that this service knows, and waits for."""
    monkeypatch.setattr("consults.adapters.openid.TIMEOUT_SECONDS", PATIENCE_SECONDS)
    process.lies()
    settings.IDENTITY_PROVIDER = IdentityProvider(
        issuer=process.issuer,
        client_id=CLIENT,
        client_secret=SECRET,
        acr=("eidas1", "eidas2"),
        name="FranceConnect",
    )
    yield process
    process.lies()
