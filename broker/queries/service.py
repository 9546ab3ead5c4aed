"""Whether the service is alive, for the operator: numbers, never any content."""

from datetime import datetime, timedelta
from typing import Any

from audit.models import Account
from audit.queries.health import log_state
from billing import queries as money
from broker.models import Lease, Pulse
from broker.queries.texts import unpublished
from consults import queries as care

SILENT_AFTER = timedelta(seconds=20)
BACKLOG_IS_SLOW = 10


def house_state(now: datetime) -> dict[str, Any]:
    """Processes, the queue's size, the log's backlog and checkpoint, operations under way."""
    log = log_state(now)
    return {
        "processes": [_process(one, now) for one in Pulse.objects.order_by("process")],
        "questions": care.counts_by_state(),
        "leases": Lease.objects.filter(ended_at=None).count(),
        "missing_texts": len(unpublished(now)),
        "log": log,
        "log_status": _log_status(log),
        "money": money.operations_state(now),
        "books_off": money.books_off(),
    }


def operator_addresses() -> list[str]:
    """Where the operators who may sign in read their mail."""
    rows = Account.objects.filter(kind="operator", is_active=True).order_by("email")
    return list(rows.values_list("email", flat=True))


def _process(one: Pulse, now: datetime) -> dict[str, Any]:
    silent = now - one.beat_at > SILENT_AFTER
    return {
        "name": one.process.partition("@")[0],
        "where": one.process.partition("@")[2],
        "status": "down" if silent else "slow" if one.failures else "up",
        "beat_at": one.beat_at,
        "rounds": one.rounds,
        "failures": one.failures,
        "last_failure": one.last_failure,
    }


def _log_status(log: dict[str, Any]) -> str:
    if log["oldest_seconds"] > BACKLOG_IS_SLOW:
        return "down"
    unsigned = log["size"] - log["signed_size"]
    return "slow" if unsigned or log["pending"] > BACKLOG_IS_SLOW else "up"
