"""The gate: judge one answer on one quote, record, and write the pass and the captures."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.facts import Actor
from audit.law.model import Decision


@dataclass(frozen=True)
class Charged:
    """What the gate said; `gate_pass` is None when nothing may be charged."""

    decision: Decision
    gate_pass: UUID | None


def charge(*, question_id: UUID, answer_id: UUID, actor: Actor, now: datetime) -> Charged:
    """Judge inside the transaction of the answer, record, order captures or releases."""
    raise NotImplementedError
