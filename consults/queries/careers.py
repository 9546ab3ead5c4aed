"""A physician's contracts and career as they stood at an instant, and what still is lacking."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from consults import contracts, states
from consults import models as tables
from consults.calendar import paris_date
from consults.contracts import Contract, Step


def contracts_of(physician_id: UUID, at: datetime) -> list[Contract]:
    """The contracts recorded by then, the first recorded first, with the steps known by then."""
    rows = tables.Contract.objects.filter(physician_id=physician_id, recorded_at__lte=at)
    return [
        contract_as_known(row, at)
        for row in rows.order_by("recorded_at", "id").prefetch_related("steps")
    ]


def contract_as_known(row: tables.Contract, at: datetime) -> Contract:
    """One contract with the steps recorded by then, in their order."""
    known = sorted((s for s in row.steps.all() if s.recorded_at <= at), key=_recorded)
    return Contract(
        id=row.id,
        signed_on=row.signed_on,
        effective_on=row.effective_on,
        ends_on=row.ends_on,
        pay=row.pay,
        evidence=row.evidence_sha256,
        steps=tuple(
            Step(s.kind, s.on, s.evidence_sha256, s.item, s.opinion, s.reference) for s in known
        ),
    )


def _recorded(step: tables.ContractStep) -> tuple[datetime, date]:
    return step.recorded_at, step.on


def contract_of(
    physician_id: UUID, at: datetime, known_at: datetime | None = None
) -> Contract | None:
    """The contract that counts at an instant, as known then or later; None when none binds."""
    return contracts.reigning(contracts_of(physician_id, known_at or at), paris_date(at))


def state_at(physician_id: UUID, at: datetime) -> str:
    """Where the physician's career stood at an instant."""
    moves = tables.CareerMove.objects.filter(physician_id=physician_id, at__lte=at)
    last = moves.order_by("-number").values_list("to", flat=True).first()
    return last or states.APPLIED


def held_back(to: str, lacks: Iterable[str]) -> tuple[str, ...]:
    """Which of these codes forbid a move, in the order in which the move asks for them."""
    found = set(lacks)
    return tuple(code for code in states.MOVE_NEEDS.get(to, ()) if code in found)


def all_onboarded(now: datetime) -> bool:
    """Whether every physician who may answer today has finished the training of the platform."""
    done = tables.Attestation.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=now),
        physician=OuterRef("pk"),
        kind="onboarding",
        valid_from__lte=now,
        details__completed=True,
    )
    return not tables.Physician.objects.filter(state=states.ACTIVE).exclude(Exists(done)).exists()


def operators_take_part() -> bool:
    """Whether an operator's account has any right on any question."""
    return tables.QuestionUserPermission.objects.filter(user__kind="operator").exists()


def visa_of(physician_id: UUID, at: datetime) -> contracts.Opinion | None:
    """The council's favourable opinion at an instant, as papers print it; None without one."""
    contract = contract_of(physician_id, at)
    visa = None if contract is None else contracts.opinion(contract, paris_date(at))
    return visa if visa is not None and visa.status == "favourable" else None
