"""localstripe, another double of Stripe, run as a program of its own to compare ours with.

It is under the GPL: nothing here imports it, and it is no dependency. A `localstripe` on the path
is used; else it is installed into an environment of its own, for this run alone.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from tests.ports import free_port

VERSION = "1.15.10"
KEPT = Path("/tmp/localstripe.pickle")  # where it writes what it remembers, whoever runs it
Answer = tuple[int, dict[str, Any]]


def program(folder: Path) -> Path:
    """The program; the test is skipped, loudly, where it cannot be installed."""
    if known := shutil.which("localstripe"):
        return Path(known)
    python = folder / "bin" / "python"
    try:
        for command in (
            [sys.executable, "-m", "venv", str(folder)],
            [str(python), "-m", "pip", "install", "-q", f"localstripe=={VERSION}"],
        ):
            subprocess.run(command, check=True, capture_output=True, timeout=240)
    except (subprocess.SubprocessError, OSError) as failed:
        pytest.skip(f"localstripe cannot be installed, so nothing was compared: {failed}")
    return folder / "bin" / "localstripe"


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The program on a free port: its address."""
    port = free_port()
    made = subprocess.Popen(
        [str(program(folder / "localstripe")), "--port", str(port), "--from-scratch"],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    try:
        _wait(base)
        yield base
    finally:
        made.terminate()
        made.wait(timeout=10)
        KEPT.unlink(missing_ok=True)


def _wait(base: str) -> None:
    for _ in range(200):
        try:
            with urlopen(f"{base}/js.stripe.com/v3/", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    pytest.skip("localstripe does not answer, so nothing was compared")


def asked(base: str, key: str, path: str, *, headers: dict[str, str] | None = None,
          **form: str) -> Answer:  # fmt: skip
    """One request, a POST when it has a body: status and JSON."""
    body = urlencode(form).encode() if form else None
    request = Request(
        base + path, data=body, method="POST" if body is not None or _acts(path) else "GET",
        headers={"Authorization": f"Bearer {key}", **(headers or {})},
    )  # fmt: skip
    try:
        with urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read() or b"{}")
    except HTTPError as refused:
        with refused:
            return refused.code, json.loads(refused.read() or b"{}")


def _acts(path: str) -> bool:
    return path.rpartition("/")[2] in ("capture", "cancel", "confirm")
