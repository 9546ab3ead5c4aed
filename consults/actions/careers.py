"""Acts on a physician's career: apply, be vetted, have a contract seen, begin, stop, resume."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.actions import record
from audit.facts import NATIONAL, Actor, Json
from audit.law.codes import code_of
from audit.law.model import Decision
from consults import states
from consults.actions.people import enrol_physician
from consults.actions.steps import in_transaction, law
from consults.calendar import paris_date
from consults.contracts import opinion
from consults.facts import names_agree, rpps_is_valid
from consults.models import CareerMove, Physician
from consults.queries.careers import held_back
from consults.queries.eligibility import Known, known_of
from consults.queries.register import current_load, register_says
from consults.rules import may_activate


class CareerWrongState(Exception):
    """The physician's career does not lead there from where it stands."""

    code = "CAREER_WRONG_STATE"


@dataclass(frozen=True)
class Application:
    """What a physician says of themselves when they apply."""

    rpps: str
    name: str
    specialty: str
    departement: str
    council: str
    status: str


@dataclass(frozen=True)
class Applied:
    """A file was opened, or the application was refused with a stable code."""

    physician: Physician | None
    code: str = ""


@dataclass(frozen=True)
class Moved:
    """What came of a move: `codes` say what forbade it, `decision` what the rules said."""

    state: str
    codes: tuple[str, ...] = ()
    decision: Decision | None = None


def apply(
    *, account_id: UUID, account_subject: UUID, said: Application, actor: Actor, now: datetime
) -> Applied:
    """Open the file of a physician who applies; a refusal is recorded and returned."""
    in_transaction()
    if code := refusal_of(said=said):
        data: dict[str, Json] = {"code": code, "status": said.status}
        record(
            type="application.refused", subject=account_subject, scope=NATIONAL,
            actor=actor, now=now, data=data,
        )  # fmt: skip
        return Applied(None, code)
    physician = enrol_physician(
        account_id=account_id,
        rpps=said.rpps,
        name=said.name,
        specialty=said.specialty,
        departement=said.departement,
        council=said.council,
        status=said.status,
        actor=actor,
        now=now,
    )
    return Applied(physician)


def refusal_of(*, said: Application) -> str:
    """The code that refuses an application as it is said, or "": status, number, register."""
    if said.status in states.STATUSES_REFUSED:
        return states.STATUSES_REFUSED[said.status]
    if not rpps_is_valid(said.rpps):
        return "RPPS_INVALID"
    if Physician.objects.filter(rpps=said.rpps).exists():
        return "RPPS_TAKEN"
    load = current_load()
    if load is None:
        return ""
    found = register_says(load.id, [said.rpps]).get(said.rpps)
    if found is None:
        return "RPPS_UNKNOWN"
    names = found.get("names")
    assert isinstance(names, list)
    same = not names or any(names_agree(said.name, str(name)) for name in names)
    return "" if same else "RPPS_NAME_DIFFERS"


def move_physician(
    *,
    physician_id: UUID,
    to: str,
    reason: str,
    actor: Actor,
    now: datetime,
    evidence_sha256: str = "",
) -> Moved:
    """Move a career on, or record what forbids it. Beginning is judged by the rules of the day.

    Raises CareerWrongState where the move does not exist from where the career stands.
    """
    in_transaction()
    assert reason in states.REASONS_OF[to]
    physician = Physician.objects.select_for_update(of=("self",)).get(pk=physician_id)
    if to not in states.CAREER_MOVES[physician.state]:
        raise CareerWrongState(f"{physician.state} does not lead to {to}")
    decision = None
    known = known_of(physician, now)
    codes = list(held_back(to, known.lacks))
    if to == states.ACTIVE:
        decision = may_activate(facts=known.facts, at=now, **law())
        said = [code_of(found.rule) for found in decision.refusing]
        codes = list(dict.fromkeys([*said, *codes]))
    data: dict[str, Json] = {"from": physician.state, "to": to, "reason": reason}
    if codes:
        _note("physician.held-back", physician, data | {"codes": [*codes]}, actor, now, decision)
        return Moved(physician.state, tuple(codes), decision)
    data |= {"evidence": evidence_sha256, **_visa(known, to)}
    _note("physician.moved", physician, data, actor, now, decision)
    _write(physician, to, reason, evidence_sha256, now)
    return Moved(to, (), decision)


def _visa(known: Known, to: str) -> dict[str, Json]:
    """The council's opinion as the entry carries it, so that every export shows it."""
    contract = known.contract
    if to not in (states.VISA, states.ACTIVE) or contract is None:
        return {}
    visa = opinion(contract, paris_date(known.at))
    said: dict[str, Json] = {
        "on": str(visa.on), "tacit": visa.tacit, "reference": visa.reference,
        "evidence": visa.evidence, "contract": str(contract.id),
    }  # fmt: skip
    return {"visa": said}


def _write(physician: Physician, to: str, reason: str, evidence: str, now: datetime) -> None:
    CareerMove.objects.create(
        subject=physician.subject, physician=physician, left=physician.state, to=to,
        number=physician.moves.count() + 1,
        reason=reason, evidence_sha256=evidence, at=now,
    )  # fmt: skip
    physician.state = to
    physician.save(update_fields=["state"])


def _note(
    type: str,
    physician: Physician,
    data: dict[str, Json],
    actor: Actor,
    now: datetime,
    decision: Decision | None,
) -> None:
    record(
        type=type, subject=physician.subject, scope=physician.council, actor=actor, now=now,
        data=data, decision=decision,
    )  # fmt: skip
