"""Judge a charged or free act once more, and give back what turns out to be charged wrongly."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.facts import Actor
from audit.law.model import Decision, Fact
from audit.law.replay import facts_of
from audit.queries.openings import latest_whole
from billing.actions.gate import judged
from billing.actions.refunding import refund
from billing.actions.releasing import release_quote
from billing.actions.steps import in_transaction, locked_legs
from billing.models import GatePass
from billing.queries.legs import to_order_back_cents
from billing.queries.quotes import acceptance_of
from consults.actions.rejudging import keep_rejudgment
from consults.models import Rejudgment
from consults.queries import physician_facts
from consults.queries.record import key_of_subject, recorded

GATE_ENTRIES = ("gate.passed", "gate.refused")


class NotJudgeable(Exception):
    """Nothing was signed yet, or its facts were erased."""

    code = "NOT_JUDGEABLE"


@dataclass(frozen=True)
class Again:
    """One more decision on an act; `wrong` when it was charged and may not be."""

    decision: Decision
    rejudgment: Rejudgment
    wrong: bool


def judge_again(*, question_id: UUID, actor: Actor, now: datetime) -> Again:
    """Judge an act at its own moment with what is known now; raises NotJudgeable.

    By the profile under which it was done: another one chosen since makes no charge wrong. What
    the gate saw of the act and of the patient stays; only papers on the physician are read again.
    """
    in_transaction()
    of = recorded(question_id)
    earlier = latest_whole(of.subject, GATE_ENTRIES, key_of_subject)
    if earlier is None or "sealed_fired" in earlier or of.physician_id is None:
        raise NotJudgeable
    at = datetime.fromisoformat(earlier["at"])
    said = facts_of(earlier)
    said.pop("act_decision", None)
    facts: dict[str, Fact] = {
        **_without_papers(said, physician_facts(of.physician_id, at)),
        **physician_facts(of.physician_id, at, now),
    }
    decision = judged(facts=facts, at=at, profile=str(earlier["profile"]))
    kept = keep_rejudgment(
        question_id=question_id,
        decision=decision,
        earlier=UUID(earlier["id"]),
        actor=actor,
        now=now,
    )
    passed = GatePass.objects.filter(question=question_id).exists()
    return Again(decision, kept, passed and not decision.allowed)


def _without_papers(said: dict[str, Fact], papers: dict[str, Fact]) -> dict[str, Fact]:
    """What was recorded, without what papers said of the physician: those are read again."""
    return {name: fact for name, fact in said.items() if name not in papers}


def give_back(*, question_id: UUID, actor: Actor, now: datetime) -> int:
    """Order back whatever an act that may not be charged still holds; how many payments.

    Each payment on its own. What is being captured is given back once it is; a refund that the
    bank sent back is not tried again: a person has to look. What is contested waits for the bank.
    """
    in_transaction()
    accepted = acceptance_of(question_id)
    if accepted is None:
        return 0
    release_quote(quote_id=accepted.quote_id, reason="block-found", actor=actor, now=now)
    given = 0
    for leg in locked_legs(quote_id=accepted.quote_id):
        if left := to_order_back_cents(leg.id):
            refund(leg_id=leg.id, amount_cents=left, reason="block-found", actor=actor, now=now)
            given += 1
    return given
