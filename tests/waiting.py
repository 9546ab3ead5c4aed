"""How tests wait: for what they ask about, and for longer than a busy machine needs."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PATIENCE_SECONDS = 60
_BETWEEN_SECONDS = 0.05


def until(true: Callable[[], object], *, within: float = PATIENCE_SECONDS) -> None:
    """Returns as soon as this is true; AssertionError when it is not so in time (seconds)."""
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, f"not so after {within} seconds"
        time.sleep(_BETWEEN_SECONDS)


def state_of(pid: int) -> str:
    """The letter that the kernel gives to what a process does; OSError when it is gone."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def alive(pids: set[int]) -> set[int]:
    """Those of these processes that still run."""
    left = set()
    for pid in pids:
        with suppress(OSError):
            if state_of(pid) != "Z":
                left.add(pid)
    return left
