"""What the worker does about money: operations, events, sweeps."""

from datetime import datetime


def run_due(*, now: datetime) -> int:
    """Follow waiting events, carry out live operations, sweep; how many things were done."""
    raise NotImplementedError
