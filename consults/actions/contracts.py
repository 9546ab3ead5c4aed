"""Acts on a physician's contract: record it, prove its items, send it, note the answer, declare.

Dates are those of the papers; each comes with the SHA-256 of the paper that carries it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from audit.actions import record
from audit.facts import Actor, Json
from consults.actions.steps import in_transaction
from consults.calendar import paris_date
from consults.models import Contract, ContractStep, Physician


class DateInFuture(Exception):
    """A paper carries a date that has not come."""

    code = "DATE_IN_FUTURE"


class DatesOutOfOrder(Exception):
    """The council answered before the sending, or a contract ends before it takes effect."""

    code = "DATES_OUT_OF_ORDER"


@dataclass(frozen=True)
class Terms:
    """A contract as it reads: the other party, the pay, the dates, the paper's SHA-256."""

    party: str
    pay: str
    signed_on: date
    effective_on: date
    ends_on: date | None
    evidence_sha256: str


def record_contract(*, physician_id: UUID, terms: Terms, actor: Actor, now: datetime) -> Contract:
    """Keep a signed contract. What is wrong with it holds its physician back, not the record."""
    in_transaction()
    _has_come(terms.signed_on, now)
    if terms.ends_on is not None and terms.ends_on <= terms.effective_on:
        raise DatesOutOfOrder
    physician = Physician.objects.get(pk=physician_id)
    contract = Contract(
        subject=physician.subject, physician=physician, party=terms.party, pay=terms.pay,
        signed_on=terms.signed_on, effective_on=terms.effective_on, ends_on=terms.ends_on,
        evidence_sha256=terms.evidence_sha256, recorded_at=now,
    )  # fmt: skip
    data: dict[str, Json] = {
        "contract": str(contract.id), "pay": terms.pay, "signed_on": str(terms.signed_on),
        "effective_on": str(terms.effective_on),
        "ends_on": str(terms.ends_on) if terms.ends_on else None,
        "evidence": terms.evidence_sha256,
    }  # fmt: skip
    _note("contract.recorded", physician, data, actor, now)
    contract.save(force_insert=True)
    return contract


def prove_items(
    *, contract_id: UUID, items: Mapping[str, str], actor: Actor, now: datetime
) -> None:
    """Keep the evidence of items that the council reviews: item -> SHA-256 of its paper."""
    in_transaction()
    contract = Contract.objects.select_related("physician").get(pk=contract_id)
    data: dict[str, Json] = {"contract": str(contract.id), "items": dict(items)}
    _note("contract.item-proved", contract.physician, data, actor, now)
    ContractStep.objects.bulk_create(
        ContractStep(
            subject=contract.subject, contract=contract, kind="item", item=item,
            on=paris_date(now), evidence_sha256=digest, recorded_at=now,
        )
        for item, digest in items.items()
    )  # fmt: skip


def send_contract(
    *,
    contract_id: UUID,
    on: date,
    evidence_sha256: str,
    actor: Actor,
    now: datetime,
    reference: str = "",
) -> ContractStep:
    """Keep the day it went to the departmental council, with the proof of sending."""
    _has_come(on, now)
    return _step(
        type="contract.sent", contract_id=contract_id, actor=actor, now=now,
        said={"kind": "sent", "on": on, "reference": reference,
              "evidence_sha256": evidence_sha256},
    )  # fmt: skip


def note_answer(
    *,
    contract_id: UUID,
    opinion: str,
    on: date,
    reference: str,
    evidence_sha256: str,
    actor: Actor,
    now: datetime,
) -> ContractStep:
    """Keep the council's opinion with its reference. Raises DatesOutOfOrder before a sending."""
    in_transaction()
    _has_come(on, now)
    sent = ContractStep.objects.filter(contract_id=contract_id, kind="sent").order_by("on").first()
    if sent is None or on < sent.on:
        raise DatesOutOfOrder
    return _step(
        type="contract.answered", contract_id=contract_id, actor=actor, now=now,
        said={"kind": "answered", "opinion": opinion, "on": on, "reference": reference,
              "evidence_sha256": evidence_sha256},
    )  # fmt: skip


def declare_no_counter_letter(
    *, contract_id: UUID, statement_sha256: str, actor: Actor, now: datetime
) -> ContractStep:
    """The physician's declaration on honour (R.4127-83 I), made behind their second factor."""
    assert actor.kind == "physician", "nobody declares for a physician"
    return _step(
        type="contract.declared", contract_id=contract_id, actor=actor, now=now,
        said={"kind": "declared", "on": paris_date(now), "evidence_sha256": statement_sha256},
    )  # fmt: skip


def _has_come(day: date, now: datetime) -> None:
    if day > paris_date(now):
        raise DateInFuture


def _step(
    *, type: str, contract_id: UUID, said: dict[str, str | date], actor: Actor, now: datetime
) -> ContractStep:
    in_transaction()
    contract = Contract.objects.select_related("physician").get(pk=contract_id)
    step = ContractStep(subject=contract.subject, contract=contract, recorded_at=now, **said)
    data: dict[str, Json] = {
        name.replace("evidence_sha256", "evidence"): str(value)
        for name, value in said.items()
        if name != "kind" and value
    }
    _note(type, contract.physician, data | {"contract": str(contract.id)}, actor, now)
    step.save(force_insert=True)
    return step


def _note(
    type: str, physician: Physician, data: dict[str, Json], actor: Actor, now: datetime
) -> None:
    record(
        type=type, subject=physician.subject, scope=physician.council, actor=actor, now=now,
        data=data,
    )  # fmt: skip
