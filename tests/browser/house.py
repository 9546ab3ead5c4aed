"""The whole service as a newcomer starts it: `teleconseil up` in a folder of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config import env
from tests.billing import wire
from tests.ports import free_port
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
READY = "Ctrl-C stops everything"
READY_WITHIN_SECONDS = 300


@dataclass(frozen=True)
class House:
    """A service that runs, with its demonstration."""

    url: str
    folder: Path
    said: Path

    def links(self) -> dict[str, str]:
        """Role -> fresh sign-in link of the demonstration's people."""
        with urllib.request.urlopen(f"{self.url}/demo/personnes.json") as answer:
            return {row["role"]: row["link"] for row in json.load(answer)}


@contextmanager
def house() -> Iterator[House]:
    """Starts everything, waits for the printed page, stops everything."""
    if running := os.environ.get("TELECONSEIL_SITE"):  # a service that somebody runs by hand
        yield House(running, Path(), Path())
        return
    folder = Path(tempfile.mkdtemp(prefix="teleconseil-house-"))
    folder.chmod(0o755)  # as root, the database runs as another user
    port, sandbox_port, said = free_port(), free_port(), folder / "said.txt"
    kept = {name: value for name, value in os.environ.items() if name not in env.documented()}
    command = [sys.executable, "-m", "config", "up", "--port", str(port)]
    command += ["--sandbox-port", str(sandbox_port), "--data", str(folder / "data")]
    with said.open("w") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=kept, stdout=out, stderr=out)
        try:
            wait_until_ready(process, said)
            yield House(f"http://localhost:{port}", folder, said)
            assert wire.violations(wire.recorded(f"http://127.0.0.1:{sandbox_port}")) == []
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_SECONDS)
            shutil.rmtree(folder, ignore_errors=True)


def wait_until_ready(process: subprocess.Popen, said: Path) -> None:
    """Returns when the page of addresses is printed; fails with what was said instead."""
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while READY not in said.read_text():
        assert process.poll() is None, said.read_text()
        assert time.monotonic() < deadline, said.read_text()
        time.sleep(0.2)
    assert "incomplete" not in said.read_text(), said.read_text()
