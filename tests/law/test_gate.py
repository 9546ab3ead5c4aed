"""The twelve facts of the gate, three values each, against an oracle that knows no evaluator.

The oracle says in plain Python what the gate promises: an act is charged when every one of the
twelve is established, and a missing consent, registration, insurance or visa blocks.
"""

import random
from datetime import UTC, datetime
from itertools import combinations, product

import pytest

from audit.law import evaluator, packs
from audit.law.model import Fact

PACK = packs.load()
AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
SCOPES = ("act", "physician", "contract", "gate")
# What the twelve are called in the rules, with the value that speaks for and against.
TWELVE = {
    "personalised": ("advice_is_personalised", True, False),
    "integrated": ("integrated_in_care_pathway", True, False),
    "traced": ("trace_report_present", True, False),
    "performed": ("answer_signed_by_physician", True, False),
    "consent": ("patient_consent_recorded", True, False),
    "identified": ("patient_identified", True, False),
    "registered": ("register_status", "registered", "struck_off"),
    "insured": ("insurance_valid_on_act_date", True, False),
    "visa": ("ordinal_visa_status", "favourable", "pending"),
    "told before": ("fee_amount_shown", True, False),
    "quote is charge": ("charge_equals_quote", True, False),
    "readable": ("answer_readable_by_patient", True, False),
}
BLOCKING = ("consent", "registered", "insured", "visa")
# Everything else that the rules read, as this product establishes it.
REST = {
    "channel": "written", "act_kind": "telemedicine_act", "answer_delivered_to_patient": True,
    "fee_shown_at": "2026-11-21T09:00:00Z", "patient_accepted_fee_at": "2026-11-21T09:01:00Z",
    "physician_attests_remote_relevance": True, "physician_strongly_authenticated": True,
    "physician_had_access_to_needed_data": True, "trace_acts_and_prescriptions_present": True,
    "trace_identity_present": True, "trace_datetime_present": True,
    "trace_incident_field_answered": True, "ngap_code_claimed": "none",
    "claims_reimbursement": False, "document_issued": False, "ins_used": False,
    "sick_leave_total_days": 0, "prescription_issued": False, "rpps_format_valid": True,
    "rpps_matches_directory": True, "profession_code": "10", "insurance_covers_teleadvice": True,
    "contract_pay_depends_on_output": False, "contract_sent_to_cdom": True,
    "days_since_contract_signature": 40, "no_counter_letter_declared": True,
}  # fmt: skip
GOOD, BAD, UNKNOWN = "good", "bad", "unknown"


def oracle(said, profile="cnom2016"):
    """What the gate promises, said without rules, packs or three-valued tables."""
    if any(said[name] != GOOD for name in BLOCKING):
        if profile == "law-only" and all(said[n] == GOOD for n in BLOCKING if n != "visa"):
            return "not_billable"  # the visa before the start is the Order's wish, not law
        return "block_intake"
    if profile != "cnom2016":
        return "not_billable"  # no ground is left for a written act
    return "billable" if all(value == GOOD for value in said.values()) else "not_billable"


def judged(said, profile="cnom2016"):
    values = dict(REST)
    for name, value in said.items():
        fact, good, bad = TWELVE[name]
        if value != UNKNOWN:
            values[fact] = good if value == GOOD else bad
    facts = {name: Fact(value, "system") for name, value in values.items()}
    return evaluator.judge(facts=facts, scopes=SCOPES, at=AT, profile=profile, pack=PACK)


def differences(rows, profile="cnom2016"):
    """The rows in which the evaluator and the oracle part."""
    return [said for said in rows if judged(said, profile).outcome != oracle(said, profile)][:3]


def rows(values):
    return (dict(zip(TWELVE, row, strict=True)) for row in values)


ALL_GOOD = dict.fromkeys(TWELVE, GOOD)


def test_all_twelve_established_is_charged_and_nothing_else_is():
    assert judged(ALL_GOOD).allowed
    for name, value in product(TWELVE, (BAD, UNKNOWN)):
        assert not judged({**ALL_GOOD, name: value}).allowed, (name, value)


def test_every_pair_of_the_twelve_agrees_with_the_oracle():
    pairs = [
        {**ALL_GOOD, one: a, other: b}
        for one, other in combinations(TWELVE, 2)
        for a, b in product((GOOD, BAD, UNKNOWN), repeat=2)
    ]
    for profile in PACK.profiles:
        assert differences(pairs, profile) == []


def test_a_sample_of_the_whole_table_agrees_with_the_oracle():
    chance = random.Random(53)
    some = [[chance.choice((GOOD, BAD, UNKNOWN)) for _ in TWELVE] for _ in range(4000)]
    assert differences(rows(some)) == []


@pytest.mark.long
@pytest.mark.parametrize("profile", sorted(PACK.profiles))
def test_the_whole_table_agrees_with_the_oracle(profile):
    """All 531 441 rows."""
    assert differences(rows(product((GOOD, BAD, UNKNOWN), repeat=len(TWELVE))), profile) == []


@pytest.mark.parametrize("name", sorted(REST))
def test_without_the_rest_nothing_more_is_charged(name):
    """Dropping any other fact may refuse, and never charges what was refused."""
    facts = {k: Fact(v, "system") for k, v in REST.items() if k != name}
    for good in (GOOD, BAD):
        said = {**ALL_GOOD, "integrated": good}
        for twelfth, value in said.items():
            fact, yes, no = TWELVE[twelfth]
            facts[fact] = Fact(yes if value == GOOD else no, "system")
        decision = evaluator.judge(
            facts=facts, scopes=SCOPES, at=AT, profile="cnom2016", pack=PACK
        )
        assert good == GOOD or not decision.allowed
