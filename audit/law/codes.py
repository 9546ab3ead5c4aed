"""Stable codes and the rules that speak behind them, the one table for pages, frames and rows.

A code never changes meaning. Rules may join a code; a rule stands behind one code only.
"""

from collections.abc import Mapping
from types import MappingProxyType

CODES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # Asked before a question is taken in.
        "EMERGENCY_REDIRECT": ("emergency-redirect",),
        "SUICIDE_REDIRECT": ("suicide-redirect",),
        "SICK_NOTE_REQUEST": (
            "sick-leave-not-by-written-advice",
            "sick-leave-three-days",
            "no-sick-leave-from-abroad",
            "sick-leave-lfss2023-art101-annulled",
        ),
        "CERTIFICATE_REQUEST": ("no-certificate-without-examination",),
        "RENEWAL_TO_OWN_PRESCRIBER": ("renewal-request-goes-to-own-prescriber",),
        "SOLICITATION": ("solicitation-message",),
        "HELD_FOR_REVIEW": ("abusive-message",),
        "MINOR_WITHOUT_PARENT": ("minor-needs-parental-holder",),
        "CONSENT_MISSING": ("l1111-4-informed-consent", "r6316-consent-2010"),
        # Asked of the physician and of the contract.
        "NOT_REGISTERED": ("physician-on-the-register",),
        "IDENTITY_NOT_VERIFIED": ("rpps-well-formed-and-matched",),
        "INSURANCE_LAPSED": ("liability-insurance-in-force",),
        "VISA_MISSING": ("cnom2016-visa-before-go-live",),
        "CONTRACT_NOT_SENT": ("l4113-9-contract-sent-within-a-month",),
        "COUNTER_LETTER_UNDECLARED": ("r4127-83-no-counter-letter",),
        "PAID_BY_OUTPUT": ("r4127-83-ii-no-output-pay",),
        "TRAINING_MISSING": ("r6316-5-training",),
        "PHYSICIAN_NOT_ACTIVE": ("physician-is-active",),
        "CONTRACT_NOT_EFFECTIVE": ("contract-in-effect-after-visa",),
        "STATUS_UNPROVED": ("status-evidence-in-force",),
        # Asked before an answer within minutes is promised.
        "NO_ELIGIBLE_PRESENT": ("speed-promised-by-somebody-present",),
        # Asked when an answer is signed.
        "NOT_THE_PRESCRIBER": ("treatment-adapted-by-its-prescriber",),
        # Asked of the act: why nothing is charged.
        "SIMPLE_ADVICE": (
            "art53-simple-advice-not-billable",
            "art53-correspondence-advice-never-billable-2004",
        ),
        "NOT_PERFORMED": ("art53-fee-only-for-act-performed",),
        "FEE_NOT_SHOWN_BEFORE": (
            "art53-prior-fee-information",
            "l1111-3-cost-told-before-act-2002",
        ),
        "QUOTE_MISSING": ("l1111-3-2-written-quote-70-euros",),
        "NO_TREATING_RELATION": ("pathway-link-required",),
        "PATIENT_NOT_IDENTIFIED": ("r6316-3-authentication-identification-access",),
        "NOT_TRACED": ("r6316-4-trace-in-record",),
        "NOT_RELEVANT_REMOTELY": ("r6316-2-relevance-judged-by-professional",),
        "QUOTE_NOT_EQUAL_CHARGE": ("quote-equals-charge",),
        "ANSWER_NOT_READABLE": ("answer-readable-by-patient",),
        "EXCHANGE_TOO_SHORT": ("own-physician-exchange-over-15-seconds",),
        "ANSWERED_LATE": ("answer-within-agreed-time",),
        "FEE_FOLLOWS_ACT": ("platform-fee-follows-the-act",),
        "FEE_SHARED": ("r4127-22-no-sharing-between-physicians",),
        "DOCUMENT_NOT_IN_FRENCH": ("documents-in-french",),
        "ARS_CONTRACT_MISSING": ("ars-contract-2010",),
        "NOT_REIMBURSABLE": (
            "tc-code-needs-video",
            "tc-pathway-known-patient-2018",
            "tc-pathway-alternation-territory-2021",
        ),
        "NOT_BILLABLE_KIND": ("teleexpertise-not-billed-to-patient",),
        "EXTRA_CHARGE": ("d4081-6-no-extra-charge",),
        "HEALTH_IDENTITY_INVALID": ("ins-nir-key-valid",),
        "PRESCRIPTION_NOT_ALLOWED": (
            "no-prescription-by-written-advice",
            "written-only-prescription-not-reimbursed",
        ),
        "NOT_ON_DUTY": ("ground-on-call-duty",),
        # Asked of the platform, its offers and its public words.
        "FEE_SHARE_REFUSED": ("l4113-5-no-share-of-fees",),
        "COMMISSION_REFUSED": ("r4127-24-no-rebate-or-commission",),
        "DOCUMENT_FOR_SALE": ("r4127-19-medicine-is-not-a-trade",),
        "ADVERTISING_REFUSED": ("r4127-19-advertising-ban-2004", "r4127-19-1-communication"),
        "REIMBURSEMENT_CLAIM": ("no-claim-of-reimbursement",),
        "SICK_NOTE_PLATFORM": ("no-platform-for-sick-leave", "no-words-that-sell-sick-leave"),
        "LIABILITY_DENIED": ("advice-engages-liability",),
        "APPROVAL_MISSING": ("l4081-1-approval-of-teleconsultation-company",),
        "OPERATOR_READS_CONTENT": ("secret-operator-cannot-read",),
        "HOSTING_NOT_CERTIFIED": ("hds-hosting",),
        # Remote checks.
        "NOTICE_TOO_LATE": ("telecontrol-email-two-days-before",),
        "REMINDER_MISSING": ("telecontrol-reminder-day-before",),
        "IN_PERSON_DUE": ("telecontrol-refusal-means-in-person",),
    }
)
# Codes whose rules refuse nothing by themselves: a door says them of a flag or a missing ground.
FLAGS = frozenset(
    {
        "HELD_FOR_REVIEW",
        "IN_PERSON_DUE",
        "NOTICE_TOO_LATE",
        "NOT_ON_DUTY",
        "REMINDER_MISSING",
    }
)
NO_GROUND = "NO_GROUND"  # nothing refused, and nothing says that a fee may be asked
_CODE_OF = {rule: code for code, rules in CODES.items() for rule in rules}


def code_of(rule_id: str) -> str:
    """The code under which a rule refuses; a rule that only flags is its own id in capitals."""
    return _CODE_OF.get(rule_id, rule_id.replace("-", "_").upper())
