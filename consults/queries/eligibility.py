"""Facts about a physician at an instant, read from dated records and from nothing else.

What no record in force says is left out: the rules know what an unknown fact means.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from audit.law.model import Fact
from consults import states
from consults.calendar import days_between, paris_date, paris_midnight
from consults.contracts import Contract, in_effect, lacking, opinion
from consults.facts import names_agree, rpps_is_valid
from consults.models import Attestation, Physician
from consults.queries.careers import contract_of, state_at

# What each kind of attestation says, by the name of its detail.
SAID_BY = {
    "registration": {"status": "register_status"},
    "directory": {"profession_code": "profession_code"},
    "insurance": {"covers_teleadvice": "insurance_covers_teleadvice"},
    "training": {"dpc_up_to_date": "dpc_declared_up_to_date"},
    "sector": {"conventionne": "physician_conventionne"},
    "onboarding": {"completed": "physician_onboarding_completed"},
}


@dataclass(frozen=True)
class Known:
    """What is certified of a physician at an instant, and the contract that counts then."""

    facts: dict[str, Fact]
    contract: Contract | None
    at: datetime

    @property
    def lacks(self) -> frozenset[str]:
        """The stable codes of all that is lacking."""
        found = {
            "IDENTITY_NOT_VERIFIED": not (
                self._says("rpps_format_valid")
                and self._says("rpps_matches_directory")
                and self._says("profession_code", "10")
            ),
            "NOT_REGISTERED": not self._says("register_status", "registered"),
            "INSURANCE_LAPSED": not (
                self._says("insurance_valid_on_act_date")
                and self._says("insurance_covers_teleadvice")
            ),
            "STATUS_UNPROVED": not self._says("status_evidence_in_force"),
            "TRAINING_MISSING": not self._says("physician_onboarding_completed"),
        }
        own = frozenset(code for code, missing in found.items() if missing)
        return own | lacking(self.contract, paris_date(self.at))

    def _says(self, name: str, value: bool | str = True) -> bool:
        return name in self.facts and self.facts[name].value == value


def physician_facts(
    physician_id: UUID, at: datetime, known_at: datetime | None = None
) -> dict[str, Fact]:
    """What is certified of a physician at that instant, with its evidence and its expiry.

    `known_at` asks what is known of that instant at a later one: papers that came afterwards.
    """
    return known_of(Physician.objects.get(pk=physician_id), at, known_at).facts


def known_of(physician: Physician, at: datetime, known_at: datetime | None = None) -> Known:
    """All that the rules and the moves of a career ask of a physician at an instant."""
    known = _known(physician.pk, at, known_at or at)
    in_force = _in_force(known, at)
    active = state_at(physician.pk, at) == states.ACTIVE
    contract = contract_of(physician.pk, at, known_at)
    facts = {
        "rpps_format_valid": Fact(rpps_is_valid(physician.rpps), "system"),
        "physician_active": Fact(active, "operator"),
        "contract_in_effect": Fact(in_effect(contract, paris_date(at)), "operator"),
        **_status_facts(physician, in_force.get("status")),
    }
    for kind, attestation in in_force.items():
        for detail, name in SAID_BY.get(kind, {}).items():
            if detail in attestation.details:
                facts[name] = _fact(attestation, attestation.details[detail])
    if directory := in_force.get("directory"):
        facts["rpps_matches_directory"] = _fact(directory, _matches(physician, directory))
    if insurance := in_force.get("insurance"):
        facts["insurance_valid_on_act_date"] = _fact(insurance, True)
    elif any(row.kind == "insurance" for row in known):
        facts["insurance_valid_on_act_date"] = Fact(False, "registry")
    said = contract_facts(contract, paris_date(at)) if contract else {}
    return Known(facts | said, contract, at)


def contract_facts(contract: Contract, day: date) -> dict[str, Fact]:
    """What the dates and the evidence of a contract say on a day."""
    until = paris_midnight(contract.ends_on) if contract.ends_on else None
    visa = opinion(contract, day)
    values: dict[str, bool | int | str] = {
        "contract_sent_to_cdom": contract.sent_in_time,
        "days_since_contract_signature": days_between(contract.signed_on, day),
        "contract_clauses_present_count": len(contract.items),
        "contract_pay_depends_on_output": contract.pays_output,
        "no_counter_letter_declared": contract.declared,
    }
    said = {
        name: Fact(value, "operator", contract.evidence, until) for name, value in values.items()
    }
    proof = visa.evidence or contract.evidence
    return said | {"ordinal_visa_status": Fact(visa.status, "operator", proof, until)}


def _status_facts(physician: Physician, proof: Attestation | None) -> dict[str, Fact]:
    """Whether the paper that a way of practising takes is in force; the private take none.

    A provider from the EU with the Order's receipt is lawfully exempt from registration.
    """
    if not states.STATUSES[physician.status]:
        return {"status_evidence_in_force": Fact(True, "system")}
    if proof is None or proof.details.get("status") != physician.status:
        return {"status_evidence_in_force": Fact(False, "registry")}
    facts = {"status_evidence_in_force": _fact(proof, True)}
    if physician.status == "eu-provider":
        facts["register_status"] = _fact(proof, "registered")
    return facts


def _matches(physician: Physician, directory: Attestation) -> bool:
    """The register's number is theirs, and one of its names when it gives any."""
    names = directory.details.get("names", [])
    same_name = not names or any(names_agree(physician.name, name) for name in names)
    return directory.details.get("rpps") == physician.rpps and same_name


def _in_force(known: list[Attestation], at: datetime) -> dict[str, Attestation]:
    """What speaks of each kind: the paper that began last, until it ends.

    Once it has ended no older one speaks for it. One recorded later for the same beginning
    corrects the earlier one: its end may come sooner.
    """
    last = {row.kind: row for row in sorted(known, key=lambda row: row.valid_from)}
    return {
        kind: row for kind, row in last.items() if row.valid_until is None or row.valid_until > at
    }


def _known(physician_id: UUID, at: datetime, known_at: datetime) -> list[Attestation]:
    """What had begun by then, as far as it was recorded when it is asked, in that order."""
    rows = Attestation.objects.filter(
        physician_id=physician_id, recorded_at__lte=known_at, valid_from__lte=at
    )
    return list(rows.order_by("recorded_at", "valid_from"))


def _fact(attestation: Attestation, value: bool | int | str) -> Fact:
    return Fact(value, "registry", attestation.evidence_sha256, attestation.valid_until)
