"""Tables of people and care.

Every table carries `subject`, a random id under which the log speaks of the row; the link
from a subject to a person exists here only, and can be erased.
"""

from consults.models.answers import Alert, Answer, ReportDelivery
from consults.models.careers import (
    CareerMove,
    Contract,
    ContractStep,
    Evidence,
    ExpiryWarning,
)
from consults.models.choices import Consent, Erasure, TreatingChoice
from consults.models.duty import (
    AlertStep,
    Availability,
    DutyEnd,
    Handover,
    ProfileAcknowledgement,
)
from consults.models.incidents import Incident, Rejudgment
from consults.models.people import (
    Attestation,
    Duty,
    IdentityProof,
    MinorException,
    PathwayEvidence,
    Patient,
    Physician,
)
from consults.models.register import Register, RegisterEntry, RegisterLoad
from consults.models.reports import (
    ReportMail,
    ReportMailAttempt,
    ReportPlan,
    ReportReading,
    ReportSwitch,
)
from consults.models.threads import (
    Draft,
    Message,
    Question,
    QuestionUserPermission,
    Seen,
)

__all__ = [
    "Alert",
    "AlertStep",
    "Answer",
    "Attestation",
    "Availability",
    "CareerMove",
    "Consent",
    "Contract",
    "ContractStep",
    "Draft",
    "Duty",
    "DutyEnd",
    "Erasure",
    "Evidence",
    "ExpiryWarning",
    "Handover",
    "IdentityProof",
    "Incident",
    "Message",
    "MinorException",
    "PathwayEvidence",
    "Patient",
    "Physician",
    "ProfileAcknowledgement",
    "Question",
    "QuestionUserPermission",
    "Register",
    "RegisterEntry",
    "RegisterLoad",
    "Rejudgment",
    "ReportDelivery",
    "ReportMail",
    "ReportMailAttempt",
    "ReportPlan",
    "ReportReading",
    "ReportSwitch",
    "Seen",
    "TreatingChoice",
]
