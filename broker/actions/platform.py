"""The platform's own settings: judged at the start, whenever they change, and every day."""

from datetime import datetime, timedelta

from django.db import transaction

from audit.actions import record
from audit.facts import NATIONAL, PLATFORM, SYSTEM
from audit.law import packs
from audit.law.model import BLOCK_INTAKE, Decision
from audit.law.words import refusal_code
from audit.queries.decisions import latest_decision
from billing.actions.steps import one_at_a_time
from broker.queries.platform import platform_facts
from broker.rules import may_operate

ENTRIES = ("platform.judged", "platform.refused")
EVERY = timedelta(days=1)


def judge_platform(*, now: datetime) -> Decision | None:
    """Judge the settings of this moment and record it; None when nothing is new since the last.

    A block is recorded as one: `check --deploy` refuses to go live with it.
    """
    with transaction.atomic(durable=True):
        one_at_a_time(name="platform judged")  # several workers look at the same settings
        decision = may_operate(facts=platform_facts(now), at=now, pack=packs.load())
        if not _is_news(decision, now):
            return None
        refused = decision.outcome == BLOCK_INTAKE
        record(
            type="platform.refused" if refused else "platform.judged",
            subject=PLATFORM,
            scope=NATIONAL,
            actor=SYSTEM,
            now=now,
            data={"code": refusal_code(decision) if refused else ""},
            decision=decision,
        )
    return decision


def _is_news(decision: Decision, now: datetime) -> bool:
    last = latest_decision(PLATFORM, ENTRIES)
    if last is None or now - datetime.fromisoformat(last["at"]) >= EVERY:
        return True
    said = decision.as_json()
    return any(last["decision"][part] != said[part] for part in ("facts", "pack", "fired"))
