"""A physician's contract with the platform as dated values, and what follows from its dates.

L.4113-9 CSP: in writing, and sent to the departmental council within a month of signature.
L.4113-12: a month of the council's silence counts as a favourable opinion.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from consults.calendar import days_between

# What the council reviews: the six of the Order's report of 2016, and the insurance (L.1142-2).
ITEMS = (
    "independence", "pay", "qualification", "registration", "no-soliciting", "data-protection",
    "insurance",
)  # fmt: skip
PAYS = ("paid-by-patient", "fixed", "hourly", "output")
STEPS = ("item", "sent", "answered", "declared")
OPINIONS = ("favourable", "unfavourable")
# What a physician declares on honour (R.4127-83 I, last paragraph); its SHA-256 is kept.
STATEMENT = (
    "Je déclare sur l’honneur qu’il n’existe aucune contre-lettre ni aucun avenant à ce contrat"
    " qui n’ait été communiqué au conseil de l’Ordre."
)
# The rule that asks counts in days: see `l4113-9-contract-sent-within-a-month`.
DAYS_TO_SEND = 31


@dataclass(frozen=True)
class Step:
    """One dated thing that happened to a contract, with the SHA-256 of what proves it."""

    kind: str
    on: date
    evidence: str
    item: str = ""
    opinion: str = ""
    reference: str = ""


@dataclass(frozen=True)
class Opinion:
    """What the council thinks on a day; `on` is since when, `tacit` that it said nothing."""

    status: str
    on: date | None = None
    tacit: bool = False
    reference: str = ""
    evidence: str = ""


@dataclass(frozen=True)
class Contract:
    """A contract as recorded up to some instant; `ends_on` is the first day it binds no more."""

    id: UUID
    signed_on: date
    effective_on: date
    ends_on: date | None
    pay: str
    evidence: str
    steps: tuple[Step, ...]

    @property
    def pays_output(self) -> bool:
        """Whether pay or duration depends on output (R.4127-83 II forbids it)."""
        return self.pay == "output"

    @property
    def items(self) -> frozenset[str]:
        """The items of the review that have their evidence."""
        return frozenset(step.item for step in self.steps if step.kind == "item")

    @property
    def sent_on(self) -> date | None:
        """The day it first went to the council, as a draft or signed."""
        return min((step.on for step in self.steps if step.kind == "sent"), default=None)

    @property
    def sent_in_time(self) -> bool:
        """Whether it went to the council, and within the month after its signature."""
        sent = self.sent_on
        return sent is not None and days_between(self.signed_on, sent) <= DAYS_TO_SEND

    @property
    def declared(self) -> bool:
        """Whether the physician declared on honour that no counter-letter exists."""
        return any(step.kind == "declared" for step in self.steps)

    @property
    def tacit_on(self) -> date | None:
        """The first day on which the council's silence counts as favourable."""
        return None if self.sent_on is None else month_after(self.sent_on) + timedelta(days=1)

    def binds(self, day: date) -> bool:
        """Whether the contract has not ended on that day."""
        return self.ends_on is None or day < self.ends_on


def month_after(day: date) -> date:
    """The same day of the next month, or its last day.

    >>> month_after(date(2026, 1, 31)), month_after(date(2025, 12, 5))
    (datetime.date(2026, 2, 28), datetime.date(2026, 1, 5))
    """
    year, month = divmod(day.year * 12 + day.month, 12)
    first = date(year, month + 1, 1)
    last = date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def opinion(contract: Contract, day: date) -> Opinion:
    """The council's opinion as it stands on a day, and since when it has stood."""
    now = Opinion("pending")
    for said in _opinions(contract):
        if said.on is not None and said.on <= day and said.status != now.status:
            now = said
    return now


def _opinions(contract: Contract) -> Iterator[Opinion]:
    """Every opinion in the order of its days; silence speaks only before the first answer."""
    answers = [step for step in contract.steps if step.kind == "answered"]
    tacit = contract.tacit_on
    if tacit is not None and all(tacit < step.on for step in answers):
        proof = next(s for s in contract.steps if s.kind == "sent" and s.on == contract.sent_on)
        yield Opinion("favourable", tacit, True, proof.reference, proof.evidence)
    for step in sorted(answers, key=lambda step: step.on):
        yield Opinion(step.opinion, step.on, False, step.reference, step.evidence)


def in_effect(contract: Contract | None, day: date) -> bool:
    """Whether a contract has taken effect on a day, and did not before the council's opinion."""
    return not lacking(contract, day) & {
        "CONTRACT_MISSING", "CONTRACT_NOT_EFFECTIVE", "EFFECTIVE_BEFORE_VISA",
    }  # fmt: skip


def lacking(contract: Contract | None, day: date) -> frozenset[str]:
    """The stable codes of what a contract still lacks on a day."""
    if contract is None or not contract.binds(day):
        return frozenset({"CONTRACT_MISSING"})
    visa = opinion(contract, day)
    found = {
        "PAID_BY_OUTPUT": contract.pays_output,
        "CONTRACT_NOT_SENT": contract.sent_on is None,
        "CONTRACT_SENT_LATE": contract.sent_on is not None and not contract.sent_in_time,
        "CONTRACT_INCOMPLETE": not contract.items >= set(ITEMS),
        "COUNTER_LETTER_UNDECLARED": not contract.declared,
        "VISA_MISSING": visa.status != "favourable",
        "EFFECTIVE_BEFORE_VISA": visa.status == "favourable"
        and contract.effective_on < (visa.on or contract.effective_on),
        "CONTRACT_NOT_EFFECTIVE": day < contract.effective_on,
    }
    return frozenset(code for code, lacks in found.items() if lacks)


def reigning(contracts: Iterable[Contract], day: date) -> Contract | None:
    """The contract that counts on a day, of those given in the order they were recorded.

    The last that lacks nothing; else the last that has not ended: a renewal in preparation does
    not push out the contract that it will replace.
    """
    bound = [one for one in contracts if one.binds(day)]
    whole = [one for one in bound if not lacking(one, day)]
    standing = whole or bound
    return standing[-1] if standing else None
