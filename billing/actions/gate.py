"""The gate: judge one answer on one quote, record, and write the pass and the captures."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings

from audit.facts import Actor, Json
from audit.law import packs
from audit.law.evaluator import judge
from audit.law.model import Decision, Fact
from billing import money
from billing.actions.metering import read_meter
from billing.actions.projecting import order_capture
from billing.actions.releasing import ending, release_legs, release_quote
from billing.actions.steps import in_transaction, locked_legs, note, one_at_a_time, ordered, posted
from billing.models import Acceptance, GatePass, Leg
from billing.queries.legs import told
from billing.queries.metering import as_told, owed_cents
from billing.queries.own import own_facts
from billing.queries.quotes import acceptance_of, fee_facts, paid_by_another
from billing.states import LegState, OpKind, Party, Settlement
from consults.queries import act_facts, physician_facts
from consults.queries.record import Recorded, key_of, recorded

# Eligibility is judged at claim, at send and here: an act judged again rests on all of it.
SCOPES = ("act", "physician", "contract", "standing", "gate")


@dataclass(frozen=True)
class Charged:
    """What the gate said; `gate_pass` is None when nothing may be charged."""

    decision: Decision
    gate_pass: UUID | None


def charge(*, question_id: UUID, answer_id: UUID, actor: Actor, now: datetime) -> Charged:
    """Judge inside the transaction of the answer, record, order captures or releases."""
    in_transaction()
    of = recorded(question_id)
    accepted = acceptance_of(question_id)
    if accepted and accepted.quote.tier in money.PRICED_AS:  # one after another
        one_at_a_time(name=f"included {accepted.quote.physician}")
    legs = locked_legs(quote_id=accepted.quote_id) if accepted else []
    decision = judged(facts=_facts(question_id, of, now), at=now)
    said: dict[str, Json] = {
        "answer": str(answer_id),
        "quote": str(accepted.quote_id) if accepted else "",
        "quote_sha256": accepted.quote.sha256 if accepted else "",
    }
    recording: dict[str, Any] = {
        "of": of, "actor": actor, "now": now, "decision": decision, "key": key_of(question_id),
    }  # fmt: skip
    if not decision.allowed or accepted is None:
        released = release_legs(legs=legs, reason="gate-refused", now=now)
        note(type="gate.refused", data={**said, "releases": released}, **recording)
        return Charged(decision, None)
    included = paid_by_another(accepted.quote, accepted.accepted_at)
    gate_pass = _pass(accepted, answer_id, decision, now)
    meter = read_meter(accepted=accepted, now=now)
    said |= {"metered": as_told(meter)} if meter else {}
    done = _earn([] if included else legs, gate_pass, of, now)
    note(type="gate.passed", data={**said, "pass": str(gate_pass.id), **done}, **recording)
    if included:  # another exchange, paid since, covers this one: it costs nothing more
        release_quote(quote_id=accepted.quote_id, reason="included", actor=actor, now=now)
    else:
        _lone_fee(legs, gate_pass, of, actor, now)
    return Charged(decision, gate_pass.id)


def judged(*, facts: dict[str, Fact], at: datetime, profile: str | None = None) -> Decision:
    """Judge the act, then once more with that verdict as a fact: the fee follows the act."""
    law: dict[str, Any] = {
        "scopes": SCOPES, "at": at, "profile": profile or settings.PROFILE, "pack": packs.load(),
    }  # fmt: skip
    act = judge(facts=facts, **law)
    verdict = "billable" if act.allowed else "not_billable"
    return judge(facts={**facts, "act_decision": Fact(verdict, "system", str(act.id))}, **law)


def _facts(question_id: UUID, of: Recorded, now: datetime) -> dict[str, Fact]:
    physician = physician_facts(of.physician_id, now) if of.physician_id else {}
    act = act_facts(question_id, now)
    return {**physician, **act, **fee_facts(question_id), **own_facts(question_id, act)}


def _pass(accepted: Acceptance, answer_id: UUID, decision: Decision, now: datetime) -> GatePass:
    return GatePass.objects.create(
        id=uuid4(), subject=accepted.subject, question=accepted.quote.question,
        answer=answer_id, quote=accepted.quote, quote_sha256=accepted.quote.sha256,
        decision=decision.id, pack_id=decision.pack.id, pack_version=decision.pack.version,
        pack_sha256=decision.pack.sha256, passed_at=now,
    )  # fmt: skip


def _earn(
    legs: list[Leg], gate_pass: GatePass, of: Recorded, now: datetime
) -> dict[str, list[Json]]:
    """Post what is now owed in each book, and order the capture of the honoraires."""
    rows: list[Json] = []
    captures: list[Json] = []
    by = {Party(leg.party): leg for leg in legs}
    own, fee = by.get(Party.HONORAIRES), by.get(Party.PLATFORM)
    source = f"gate:{gate_pass.id}"
    if own and _stands(own):
        held = own.settlement == Settlement.CARD
        earned = money.honoraires_earned(own.amount_cents, was_held=held)
        rows += posted(leg=own, of=of, postings=earned, source=source, now=now)
        if held:
            op = ordered(leg=own, kind=OpKind.CAPTURE, now=now, gate_pass=gate_pass.id)
            captures.append(told(own, op=str(op.id)))
        own.state = LegState.CAPTURING if held else LegState.DUE
        own.save(update_fields=["state"])
        if fee and _stands(fee) and (owed := owed_cents(fee)):
            vat = money.vat_inside(owed, fee.quote.vat_bps)
            earned = money.fee_earned(owed, vat, held_cents=fee.amount_cents)
            rows += posted(leg=fee, of=of, postings=earned, source=source, now=now, first=10)
    return {"captures": captures, "journal": rows}


def _lone_fee(
    legs: list[Leg], gate_pass: GatePass, of: Recorded, actor: Actor, now: datetime
) -> None:
    """Off-platform honoraires never capture, so the fee is taken now; what lapsed is freed.

    Of a meter that counted no whole minute nothing is taken: its hold is given back.
    """
    by = {Party(leg.party): leg for leg in legs}
    own, fee = by.get(Party.HONORAIRES), by.get(Party.PLATFORM)
    if not own or not fee:
        return
    if _stands(fee) and not owed_cents(fee):
        release_quote(quote_id=fee.quote_id, reason="meter-at-zero", actor=actor, now=now)
    elif own.state == LegState.DUE and _stands(fee):
        # A late cheque must not outlive the hold on the fee.
        order_capture(leg=fee, gate_pass=gate_pass.id, of=of, now=now)
    elif own.state not in (LegState.CAPTURING, LegState.DUE):
        release_quote(quote_id=fee.quote_id, reason="honoraires-lapsed", actor=actor, now=now)
    elif not _stands(fee):
        # A hold that comes after the pass was never earned: it is given back, not captured.
        release_quote(quote_id=fee.quote_id, reason="fee-late", actor=actor, now=now)


def _stands(leg: Leg) -> bool:
    """A hold that stands and is not being given back, or honoraires settled at the practice."""
    if leg.settlement == Settlement.OFF_PLATFORM:
        return leg.state == LegState.DRAFT
    return leg.state == LegState.AUTHORISED and not ending(leg=leg)
