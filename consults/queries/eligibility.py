"""Facts about a physician at an instant, read from dated attestations and from nothing else.

What no attestation in force says is left out: the rules know what an unknown fact means.
"""

from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from audit.law.model import Fact
from consults.calendar import days_between, paris_date
from consults.facts import rpps_is_valid
from consults.models import Attestation, Physician

# What each kind of attestation says, by the name of its detail.
SAID_BY = {
    "registration": {"status": "register_status"},
    "directory": {"profession_code": "profession_code"},
    "insurance": {"covers_teleadvice": "insurance_covers_teleadvice"},
    "visa": {
        "status": "ordinal_visa_status",
        "sent_to_cdom": "contract_sent_to_cdom",
        "clauses_present": "contract_clauses_present_count",
        "pay_depends_on_output": "contract_pay_depends_on_output",
        "no_counter_letter": "no_counter_letter_declared",
    },
    "training": {"dpc_up_to_date": "dpc_declared_up_to_date"},
    "sector": {"conventionne": "physician_conventionne"},
}


def physician_facts(physician_id: UUID, at: datetime) -> dict[str, Fact]:
    """What is certified of a physician at that instant, with its evidence and its expiry."""
    physician = Physician.objects.get(pk=physician_id)
    in_force, ever = _attestations(physician_id, at)
    facts = {"rpps_format_valid": Fact(rpps_is_valid(physician.rpps), "system")}
    for kind, attestation in in_force.items():
        for detail, name in SAID_BY[kind].items():
            if detail in attestation.details:
                facts[name] = _fact(attestation, attestation.details[detail])
    if directory := in_force.get("directory"):
        matches = directory.details.get("rpps") == physician.rpps
        facts["rpps_matches_directory"] = _fact(directory, matches)
    if insurance := in_force.get("insurance"):
        facts["insurance_valid_on_act_date"] = _fact(insurance, True)
    elif "insurance" in ever:
        facts["insurance_valid_on_act_date"] = Fact(False, "registry")
    visa = in_force.get("visa")
    if visa and "signed_on" in visa.details:
        signed = date.fromisoformat(visa.details["signed_on"])
        facts["days_since_contract_signature"] = _fact(visa, days_between(signed, paris_date(at)))
    return facts


def _attestations(physician_id: UUID, at: datetime) -> tuple[dict[str, Attestation], set[str]]:
    """The last recorded attestation in force of each kind, and the kinds that ever existed."""
    known = Attestation.objects.filter(
        physician_id=physician_id, recorded_at__lte=at, valid_from__lte=at
    )
    in_force = known.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=at))
    latest = {row.kind: row for row in in_force.order_by("recorded_at", "valid_from")}
    return latest, set(known.values_list("kind", flat=True))


def _fact(attestation: Attestation, value: bool | int | str) -> Fact:
    source = "operator" if attestation.kind == "visa" else "registry"
    return Fact(value, source, attestation.evidence_sha256, attestation.valid_until)
