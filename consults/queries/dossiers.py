"""A physician's file as its pages show it: what stands, what is lacking, what ends soon."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from consults import states
from consults.calendar import paris_date
from consults.contracts import ITEMS, Contract, Opinion, opinion
from consults.models import Attestation, Evidence, ExpiryWarning, Physician, Question
from consults.models import Contract as ContractRow
from consults.queries.careers import contract_as_known, held_back
from consults.queries.eligibility import known_of


@dataclass(frozen=True)
class Attested:
    """One attestation with its last day and, near its end, how many days are left."""

    row: Attestation
    in_force: bool
    coming: bool
    last_day: date | None
    days_left: int | None


@dataclass(frozen=True)
class ContractShown:
    """A contract with what the council thinks of it today, and what it is waiting for."""

    row: ContractRow
    known: Contract
    visa: Opinion
    missing: tuple[str, ...]
    reigns: bool


@dataclass(frozen=True)
class Dossier:
    """All that a physician's file shows; `missing` are the codes that forbid the next step."""

    physician: Physician
    attested: list[Attested]
    waiting: list[Evidence]
    contracts: list[ContractShown]
    next_state: str
    missing: tuple[str, ...]
    lapsed: tuple[str, ...]


# The one step that leads on from each state.
NEXT = {
    states.APPLIED: states.VETTED, states.VETTED: states.CONTRACT_SENT,
    states.CONTRACT_SENT: states.VISA, states.VISA: states.ACTIVE,
    states.SUSPENDED: states.ACTIVE,
}  # fmt: skip


def dossier(physician: Physician, at: datetime) -> Dossier:
    """A physician's file at an instant."""
    known = known_of(physician, at)
    next_state = NEXT.get(physician.state, "")
    attested = _attested(physician, at)
    proved = {(one.row.kind, one.row.evidence_sha256) for one in attested}
    evidence = Evidence.objects.filter(physician=physician).defer("body").order_by("received_at")
    rows = ContractRow.objects.filter(physician=physician).prefetch_related("steps")
    reigning = known.contract.id if known.contract else None
    return Dossier(
        physician=physician,
        attested=attested,
        waiting=[one for one in evidence if one.kind and (one.kind, one.sha256) not in proved],
        contracts=[_shown(row, at, reigning) for row in rows.order_by("-recorded_at")],
        next_state=next_state,
        missing=held_back(next_state, known.lacks),
        lapsed=held_back(states.ACTIVE, known.lacks) if physician.state == states.ACTIVE else (),
    )


def _attested(physician: Physician, at: datetime) -> list[Attested]:
    """What speaks of each kind at an instant, and what will speak after it."""
    rows = Attestation.objects.filter(physician=physician).order_by("valid_from", "recorded_at")
    began = {row.kind: row for row in rows if row.valid_from <= at}
    coming = [row for row in rows if row.valid_from > at]
    shown = [_one_attested(row, at) for row in (*began.values(), *coming)]
    return sorted(shown, key=lambda one: (one.row.kind, one.row.valid_from))


def _one_attested(row: Attestation, at: datetime) -> Attested:
    ends = row.valid_until
    in_force = row.valid_from <= at and (ends is None or ends > at)
    last = None if ends is None else paris_date(ends - timedelta(microseconds=1))
    left = None if ends is None else (paris_date(ends) - paris_date(at)).days
    near = in_force and left is not None and left <= states.WARN_DAYS[0]
    return Attested(row, in_force, row.valid_from > at, last, left if near else None)


def _shown(row: ContractRow, at: datetime, reigning: UUID | None) -> ContractShown:
    known = contract_as_known(row, at)
    visa = opinion(known, paris_date(at))
    missing = tuple(item for item in ITEMS if item not in known.items)
    return ContractShown(row, known, visa, missing, row.id == reigning)


def dossiers() -> QuerySet[Physician]:
    """Every physician who ever applied, those who wait longest first."""
    return Physician.objects.order_by("enrolled_at")


def evidence_row(evidence_id: UUID) -> Evidence | None:
    """A file that was received, with its physician."""
    return Evidence.objects.select_related("physician").filter(pk=evidence_id).first()


def contract_row(contract_id: UUID) -> ContractRow | None:
    """A contract with its physician."""
    return ContractRow.objects.select_related("physician").filter(pk=contract_id).first()


@dataclass(frozen=True)
class Addressee:
    """Where a mail goes that says that something waits, and in which language."""

    email: str
    language: str


def addressee_of(question_id: UUID) -> Addressee | None:
    """Whoever holds the file behind a question; None once the account is closed."""
    question = Question.objects.select_related("patient__account").get(pk=question_id)
    account = question.patient.account
    return Addressee(account.email, account.language) if account.is_active else None


@dataclass(frozen=True)
class Ending:
    """An attestation that ends within so many days, of which its physician was not told yet."""

    attestation_id: UUID
    email: str
    language: str
    days: int


def endings(at: datetime, *, limit: int) -> list[Ending]:
    """What ends soon and was not told, of physicians here: at most `limit`, what ends first first.

    Each by the nearest bound of `WARN_DAYS` that was reached.

    One of the same kind that begins by then and goes further takes its place: nothing to warn of.
    """
    furthest = at + timedelta(days=states.WARN_DAYS[0])
    rows = Attestation.objects.filter(
        valid_until__gt=at,
        valid_until__lte=furthest,
        physician__state__in=states.KNOWN_PHYSICIANS,
    ).select_related("physician__account")
    found: list[Ending] = []
    soon = rows.prefetch_related("expirywarning_set").order_by("valid_until")
    for row in soon.iterator(chunk_size=limit):  # those told stay among them until they end
        assert row.valid_until is not None
        left = row.valid_until - at
        days = min(bound for bound in states.WARN_DAYS if left <= timedelta(days=bound))
        told = any(one.days <= days for one in row.expirywarning_set.all())
        if not told and not _renewed(row):
            account = row.physician.account
            found.append(Ending(row.id, account.email, account.language, days))
            if len(found) == limit:
                break
    return found


def warned(attestation_id: UUID, days: int) -> bool:
    """Whether the physician was told of this end at this bound already."""
    return ExpiryWarning.objects.filter(attestation=attestation_id, days=days).exists()


def _renewed(row: Attestation) -> bool:
    later = Attestation.objects.filter(physician_id=row.physician_id, kind=row.kind)
    assert row.valid_until is not None
    later = later.filter(valid_from__gte=row.valid_from, valid_from__lte=row.valid_until)
    return later.exclude(pk=row.pk).exclude(valid_until__lte=row.valid_until).exists()
