"""Ports for the tests: none is given twice, nor by two workers of pytest-xdist."""

import os

from config.supervisor.tree import OWN_PORTS, free_ports, listens


def share(worker: int, workers: int) -> range:
    """What one worker draws from: every port is followed by one that nobody draws."""
    return OWN_PORTS[2 * worker :: 2 * workers]


_ports = free_ports(
    share(
        int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")),
        int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")),
    )
)


def free_port() -> int:
    """A port that is free now and that no other test is given."""
    return next(_ports)


def free_pair() -> tuple[int, int]:
    """Such a port and the next one: `up` gives that to its sandbox when nobody says which."""
    return next((port, port + 1) for port in _ports if not listens(port + 1))
