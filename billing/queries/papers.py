"""Receipts as issued."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from audit.queries.pages import Page, page_of
from billing.facts import FLAT, METERED, FeeLine
from billing.models import Customer, GatePass, Leg, Letterhead, PaperLink, Quote, Receipt

PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True)
class Paper:
    """A receipt with what it says, and the quote that it belongs to, both of its lines."""

    receipt: Receipt
    says: dict[str, Any]
    quote: Quote
    number: str

    @property
    def physician(self) -> UUID:
        """Whose patient paid, and who was paid the honoraires."""
        return self.quote.physician

    @property
    def split(self) -> tuple[int, int]:
        """The whole cost as it was accepted: honoraires and platform fee, in cents."""
        return self.quote.honoraires_cents, self.quote.platform_cents

    @property
    def original(self) -> str:
        """Of a credit note, the number of the paper that it corrects."""
        letters = "FP" if self.is_invoice else "H"
        return f"{letters}-{self.says['of_year']}-{self.says['of_number']:06d}"

    @property
    def visa(self) -> dict[str, Any] | None:
        """The council's opinion that the paper carries, with its day as it is printed."""
        said = self.says.get("visa")
        return said and {**said, "day": f"{date.fromisoformat(said['on']):%d/%m/%Y}"}

    @property
    def is_invoice(self) -> bool:
        """The platform's invoice, not a physician's receipt."""
        return self.receipt.series == "platform"


def receipts_of(question_id: UUID) -> list[Receipt]:
    """Receipts issued for a question."""
    return list(Receipt.objects.filter(question=question_id).order_by("issued_at"))


def receipt(receipt_id: UUID) -> Paper | None:
    """One receipt, as it was issued."""
    found = Receipt.objects.filter(pk=receipt_id).first()
    if found is None:
        return None
    quote = Quote.objects.get(pk=Leg.objects.values_list("quote_id", flat=True).get(pk=found.leg))
    return Paper(found, json.loads(found.text), quote, numbered(found))


def papers_of(question_ids: Collection[UUID]) -> list[Paper]:
    """Every paper of these questions, the oldest first."""
    found = Receipt.objects.filter(question__in=question_ids).order_by("issued_at", "series")
    return [paper for one in found if (paper := receipt(one.pk))]


def account_behind(token: str) -> UUID | None:
    """The account whose papers this sealed address opens."""
    link = PaperLink.objects.filter(token_sha256=token_hash(token)).first()
    return link.account if link else None


def token_hash(token: str) -> str:
    """What is kept of a sealed address."""
    return hashlib.sha256(token.encode()).hexdigest()


def series_of(series: str, until: datetime | None = None) -> list[Receipt]:
    """One issuer's receipts in order of number."""
    found = Receipt.objects.filter(series=series).order_by("number")
    return list(found.filter(issued_at__lte=until) if until else found)


def page_of_papers(series: str, after: str = "") -> Page[Receipt]:
    """A page of one issuer's papers, the newest first."""
    return page_of(Receipt.objects.filter(series=series), by="-issued_at", after=after)


def numbered(one: Receipt) -> str:
    """The number as printed: the issuer's letters, the year, and its place in the series."""
    letters = "FP" if one.series == "platform" else "H"
    if one.kind != "receipt":
        letters = f"A{letters}"
    return f"{letters}-{one.issued_at:%Y}-{one.number:06d}"


def fee_lines(leg: Leg) -> list[FeeLine]:
    """What the platform's fee is made of, line by line; they add up to what was captured."""
    cents = leg.captured_cents or leg.amount_cents
    if leg.quote.per_minute_cents:  # what was captured is that many whole minutes
        rate = leg.quote.per_minute_cents
        return [FeeLine(METERED, cents // rate, "MIN", rate, leg.quote.vat_bps)]
    return [FeeLine(FLAT, 1, "C62", cents, leg.quote.vat_bps)]


def done_at(leg: Leg) -> datetime | None:
    """When what a leg pays for was done: its answer was given."""
    passed = GatePass.objects.filter(quote_id=leg.quote_id)
    return passed.values_list("passed_at", flat=True).first()


def local_day(at: datetime) -> date:
    """The day in Paris."""
    return at.astimezone(PARIS).date()


def letterhead_of(physician_id: UUID, at: datetime) -> Letterhead | None:
    """What this physician's receipts carried beside the name at that instant."""
    found = Letterhead.objects.filter(physician=physician_id, set_at__lte=at)
    return found.order_by("-set_at").first()


def customer_of(question_id: UUID) -> Customer | None:
    """The business to which the fee of a question is invoiced; None for the patient."""
    last = Customer.objects.filter(question=question_id).order_by("-stated_at").first()
    return last if last and last.name else None


def is_invoiced(question_id: UUID) -> bool:
    """Whether the platform's invoice of a question is issued."""
    issued = Receipt.objects.filter(question=question_id, series="platform", kind="receipt")
    return issued.exists()
