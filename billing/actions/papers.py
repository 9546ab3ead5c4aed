"""Issue the two papers: a physician's receipt and the platform's invoice, each in its series."""

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from secrets import token_urlsafe
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models import Max

from audit.actions import record
from audit.facts import NATIONAL, SYSTEM, Actor, instant
from billing.actions.steps import in_transaction, note, one_at_a_time
from billing.facts import GIVEN_BACK, LINE_WORDS, FeeLine
from billing.models import Acquittal, Leg, PaperLink, Receipt, Refund
from billing.money import vat_inside
from billing.queries.legs import book_name
from billing.queries.papers import (
    customer_of,
    done_at,
    fee_lines,
    letterhead_of,
    local_day,
    token_hash,
)
from billing.states import Party
from consults.queries.careers import visa_of
from consults.queries.record import Recorded

CUSTOMER_FIELDS = ("name", "siren", "vat_number", "street", "postcode", "city")


def issue_receipt(*, leg: Leg, of: Recorded, now: datetime) -> Receipt:
    """Issue the paper of a leg that was paid; its number follows the last without a gap."""
    in_transaction()
    cents = leg.captured_cents or leg.amount_cents
    if leg.party == Party.HONORAIRES:
        says = {**_honoraires(leg, of, now), "cents": cents, "vat_cents": 0, "vat_bps": 0}
    else:
        lines = fee_lines(leg)
        assert sum(line.cents for line in lines) == cents, "an invoice says what was captured"
        vat_bps = leg.quote.vat_bps
        says = {
            **_platform(leg, now), "cents": cents, "vat_cents": vat_inside(cents, vat_bps),
            "vat_bps": vat_bps, "lines": [_line(line) for line in lines],
        }  # fmt: skip
    says |= {
        "settlement": leg.settlement,
        "tier": leg.quote.tier,
        "quote_sha256": leg.quote.sha256,
        "reimbursement": leg.quote.reimbursement,
        "issued_at": instant(now),
    }
    return _issued(leg=leg, of=of, says=says, series=book_name(leg, of), now=now)


def _honoraires(leg: Leg, of: Recorded, now: datetime) -> dict[str, Any]:
    """What a receipt says in the physician's name."""
    said: dict[str, Any] = {
        "kind": "honoraires",
        "issuer": of.physician_name,
        "issuer_number": of.rpps,
        "done_on": str(local_day(done_at(leg) or now)),
        **_visa(of, now),
    }
    if of.physician_id and (head := letterhead_of(of.physician_id, now)):
        said |= {"address": head.address, "sector": head.sector}
    if settled := Acquittal.objects.filter(leg=leg.id).first():
        said |= {"mode": settled.mode, "received_on": str(settled.received_on)}
    return said


def _platform(leg: Leg, now: datetime) -> dict[str, Any]:
    """What an invoice says of the platform, and of the business that it is addressed to."""
    said: dict[str, Any] = {
        "kind": "platform",
        "issuer": settings.ISSUER.name,
        "issuer_number": "",
        "seller": asdict(settings.ISSUER),
        "done_on": str(local_day(done_at(leg) or now)),
    }
    if customer := customer_of(leg.question):
        said["customer"] = {name: getattr(customer, name) for name in CUSTOMER_FIELDS}
    return said


def _line(line: FeeLine) -> dict[str, Any]:
    """A line as the paper keeps it, in words."""
    return {**asdict(line), "label": LINE_WORDS[line.what], "cents": line.cents}


def _visa(of: Recorded, now: datetime) -> dict[str, Any]:
    """The council's opinion on the physician's contract, as the Order asks to see it."""
    visa = visa_of(of.physician_id, now) if of.physician_id else None
    if visa is None:
        return {}
    return {"visa": {"on": str(visa.on), "reference": visa.reference, "tacit": visa.tacit}}


def issue_credit_note(*, leg: Leg, refund: Refund, of: Recorded, now: datetime) -> Receipt:
    """Issue the credit note of a refund, or undo it when the refund failed; numbered alike."""
    in_transaction()
    first = Receipt.objects.get(leg=leg.id, kind="receipt")
    says: dict[str, Any] = {
        **json.loads(first.text),
        "paper": "credit_undone" if refund.failed else "credit",
        "of_series": first.series,
        "of_number": first.number,
        "of_year": first.issued_at.year,
        "of_day": str(local_day(first.issued_at)),
        "cents": refund.amount_cents,
        "vat_cents": refund.vat_cents,
        "issued_at": instant(now),
    }
    if leg.party == Party.PLATFORM:
        back = FeeLine(GIVEN_BACK, 1, "C62", refund.amount_cents, says["vat_bps"])
        says["lines"] = [_line(back)]
    return _issued(leg=leg, of=of, says=says, series=first.series, now=now, refund=refund)


def link_papers(*, account_id: UUID, subject: UUID, actor: Actor, now: datetime) -> str:
    """Seal an address to an account's papers; the token returned is kept nowhere else."""
    in_transaction()
    token = token_urlsafe(32)
    link = PaperLink(
        subject=subject, account=account_id, token_sha256=token_hash(token), made_at=now
    )
    record(
        type="papers.linked",
        subject=subject,
        scope=NATIONAL,
        actor=actor,
        now=now,
        data={"link": str(link.id)},
    )
    link.save(force_insert=True)
    return token


def _issued(
    *,
    leg: Leg,
    of: Recorded,
    says: dict[str, Any],
    series: str,
    now: datetime,
    refund: Refund | None = None,
) -> Receipt:
    """Write a paper as it will always read, under the next number of its series."""
    text = json.dumps(says, sort_keys=True, ensure_ascii=True)
    paper = Receipt(
        id=uuid4(), subject=leg.subject, question=leg.question, leg=leg.id,
        kind=says.get("paper", "receipt"), refund=None if refund is None else refund.id,
        series=series, number=_next_number(series), issuer=str(says["issuer"]),
        amount_cents=says["cents"], vat_cents=says["vat_cents"], settlement=leg.settlement,
        issued_at=now, text=text, sha256=hashlib.sha256(text.encode()).hexdigest(),
    )  # fmt: skip
    told: dict[str, Any] = {
        "receipt": str(paper.id), "leg": str(leg.id), "series": series, "number": paper.number,
        "cents": paper.amount_cents, "vat_cents": paper.vat_cents, "sha256": paper.sha256,
    }  # fmt: skip
    if refund is not None:
        told["kind"] = paper.kind
    note(type="receipt.issued", of=of, actor=SYSTEM, now=now, data=told)
    paper.save(force_insert=True)
    return paper


def _next_number(series: str) -> int:
    one_at_a_time(name=f"series {series}")  # no gap, no race
    last = Receipt.objects.filter(series=series).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1
