"""Public words, prices and notices of remote checks: judged, and the judgment recorded.

Nothing is published or sent from here: the register of public texts (`publishing`) and the
sending of notices are other acts, and a text that the rules let through still waits for a person.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from audit.actions import record
from audit.facts import NATIONAL, Actor, Json
from audit.law import packs
from audit.law.codes import code_of
from audit.law.evaluator import judge
from audit.law.model import BLOCK_INTAKE, Decision, Fact
from audit.law.words import refusal_code
from broker.queries.platform import platform_facts
from broker.rules import may_be_said, may_operate
from broker.screen import Offer, heard_in, notice_facts, offer_facts, text_facts

COMMISSION_RULE = "r4127-24-no-rebate-or-commission"
NOTICE_RULE = "telecontrol-email-two-days-before"


@dataclass(frozen=True)
class Judged:
    """What the rules said of a text, an offer or a notice; `code` is empty unless refused."""

    subject: UUID
    decision: Decision
    code: str


def judge_text(*, text: str, actor: Actor, now: datetime) -> Judged:
    """Judge a public text; a refusal is recorded, as is the absence of one."""
    decision = may_be_said(facts=text_facts(text), at=now, pack=packs.load())
    data: dict[str, Json] = {"sha256": _digest(text), "heard": [*sorted(heard_in(text))]}
    return _recorded("text", decision, _block(decision), data, actor, now)


def judge_offer(*, offer: Offer, actor: Actor, now: datetime) -> Judged:
    """Judge one line of a price list: accepted, flagged, or refused."""
    with transaction.atomic(durable=True):
        return note_offer(offer=offer, actor=actor, now=now)


def note_offer(
    *, offer: Offer, actor: Actor, now: datetime, subject: UUID | None = None
) -> Judged:
    """Judge one line of a price list, inside the transaction of whoever acts on it."""
    decision = may_be_said(facts=offer_facts(offer), at=now, pack=packs.load())
    code = _block(decision)
    if offer.payee == "referrer":
        decision, code = _commission(offer, now)
    data: dict[str, Json] = {
        "sha256": _digest(offer.label),
        "price_cents": offer.price_cents,
        "pricing_unit": offer.pricing_unit,
    }
    # What is paid for patients is a rule on the platform, and is recorded as one: without a
    # block it is a judgment of the platform, in which nothing paid so can be billed.
    what = "platform" if offer.payee == "referrer" else "offer"
    return _noted(what, decision, code, data, actor, now, subject or uuid4())


def _commission(offer: Offer, now: datetime) -> tuple[Decision, str]:
    """The platform as it would be if this line were paid to whoever sends patients here."""
    paid = {"commission_to_referrer_cents": Fact(offer.price_cents, "operator")}
    facts = {**platform_facts(now), **paid}
    decision = may_operate(facts=facts, at=now, pack=packs.load())
    refused = any(found.rule == COMMISSION_RULE and found.holds for found in decision.fired)
    return decision, code_of(COMMISSION_RULE) if refused else _block(decision)


def judge_notice(*, planned_at: datetime, actor: Actor, now: datetime) -> Judged:
    """Judge whether a remote check may still be called for that moment."""
    facts = notice_facts(sent_at=now, planned_at=planned_at)
    decision = judge(
        facts=facts, scopes=("notice",), at=now, profile=settings.PROFILE, pack=packs.load()
    )
    late = any(found.rule == NOTICE_RULE and found.holds for found in decision.fired)
    code = code_of(NOTICE_RULE) if late else ""
    ahead = int((planned_at - now).total_seconds())
    return _recorded("notice", decision, code, {"seconds_ahead": ahead}, actor, now)


def _block(decision: Decision) -> str:
    return refusal_code(decision) if decision.outcome == BLOCK_INTAKE else ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _recorded(
    what: str,
    decision: Decision,
    code: str,
    data: dict[str, Json],
    actor: Actor,
    now: datetime,
) -> Judged:
    """One entry under a subject of its own, in a transaction of its own."""
    with transaction.atomic(durable=True):
        return _noted(what, decision, code, data, actor, now, uuid4())


def _refused(what: str, decision: Decision, code: str) -> bool:
    return bool(code) and (what != "platform" or decision.outcome == BLOCK_INTAKE)


def _noted(
    what: str,
    decision: Decision,
    code: str,
    data: dict[str, Json],
    actor: Actor,
    now: datetime,
    subject: UUID,
) -> Judged:
    """One entry under this subject, inside the caller's transaction."""
    record(
        type=f"{what}.refused" if _refused(what, decision, code) else f"{what}.judged",
        subject=subject,
        scope=NATIONAL,
        actor=actor,
        now=now,
        data={**data, "code": code},
        decision=decision,
    )
    return Judged(subject, decision, code)
