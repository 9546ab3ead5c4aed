"""Faults on demand: what goes wrong, for which account, call and leg, and how often."""

from dataclasses import dataclass, fields
from typing import Any

from billing.sandbox.store import PLATFORM, Store

# What a call may meet. Before its effect: refused or cut; after it: the answer is lost or late.
CALLS = (
    "lost_answer", "error_500", "conflict_409", "rate_429", "slow", "reset", "down",
)  # fmt: skip
# What an event may meet on its way.
WEBHOOKS = ("webhook_lost", "webhook_doubled", "webhook_reordered", "webhook_late")
KINDS = (*CALLS, *WEBHOOKS)
LEGS = ("", "honoraires", "platform")
FOR_EVER = -1


@dataclass(frozen=True)
class Fault:
    """One planned fault. `path` is a part of a call's path, or of an event's type."""

    kind: str
    path: str = ""
    method: str = ""
    account: str = ""  # a connected account; empty means any
    leg: str = ""  # honoraires are asked for on a connected account, the fee is not
    seconds: float = 0  # how slow, or how late by the sandbox's clock
    times: int = 1  # FOR_EVER lasts until it is lifted
    after: int = 0  # so many that match are let through first

    def meets(self, kinds: tuple[str, ...], path: str, method: str, universe: str) -> bool:
        """Whether this is a fault for that call, or event, of that account."""
        owner = "platform" if universe == PLATFORM else "honoraires"
        return (
            self.kind in kinds
            and self.path in path
            and self.method in ("", method)
            and self.account in ("", universe)
            and self.leg in ("", owner)
        )


def said(asked: dict[str, Any]) -> Fault:
    """A fault as the control port is asked for it; raises ValueError for what makes no sense."""
    odd = sorted(set(asked) - {one.name for one in fields(Fault)})
    if odd:
        raise ValueError(f"unknown: {', '.join(odd)}")
    fault = Fault(**asked)
    if fault.kind not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}")
    if fault.leg not in LEGS:
        raise ValueError("leg is honoraires or platform")
    if fault.kind in WEBHOOKS and fault.method:
        raise ValueError("an event has no method")
    return fault


def plan(store: Store, fault: Fault) -> None:
    """Plan a fault for the next calls, or events, that it meets."""
    store.plan({one.name: getattr(fault, one.name) for one in fields(Fault)})


def strike(
    store: Store, kinds: tuple[str, ...], path: str, universe: str, method: str = ""
) -> Fault | None:
    """Take the first planned fault that meets this, if any."""
    with store.lock:
        for n, planned in store.planned():
            fault = Fault(**planned)
            if not fault.meets(kinds, path, method, universe):
                continue
            if fault.after:
                store.plan({**planned, "after": fault.after - 1}, n)
                continue
            if fault.times != FOR_EVER:
                store.plan({**planned, "times": fault.times - 1}, n)
            return fault
    return None
