"""Acts of care, keyword-only: judge, record, write, inside the transaction of the use case."""

from consults.actions.alerts import acknowledge_alert, read_alert, screen_thread
from consults.actions.answering import (
    Answered,
    StaleView,
    TreatmentUntold,
    deliver_report,
    give_answer,
)
from consults.actions.asking import AlreadyAsked, Opened, open_question
from consults.actions.choices import ProfileMoved, acknowledge_profile, choose_availability
from consults.actions.drafts import forget_drafts, keep_unsent
from consults.actions.duty import (
    HandoverUnfit,
    TurnOutsideHours,
    TurnOver,
    answer_handover,
    end_turn,
    offer_turn,
    roster,
)
from consults.actions.ending import close_question, expire, withdraw
from consults.actions.enrolling import (
    AlreadyEnrolled,
    NotAMinor,
    NotTheirPatient,
    NotToHandOver,
    accept_terms,
    enrol_child,
    enrol_patient,
    except_minor,
    hand_over,
)
from consults.actions.escalating import (
    escalate_alert,
    give_back_held,
    settle_telling,
    take_telling,
)
from consults.actions.identifying import (
    IdentityMismatch,
    IdentityTaken,
    confirm_identity,
    prove_identity,
    withdraw_identity,
)
from consults.actions.people import (
    AlreadyDecided,
    AttestorUnfit,
    NotTheAttestor,
    attest,
    confirm_pathway,
    declare_pathway,
    enrol_physician,
)
from consults.actions.routing import (
    AlreadyClaimed,
    NamedOther,
    NotClaimed,
    claim,
    enqueue,
    unclaim,
)
from consults.actions.steps import WrongState
from consults.actions.thread import (
    Accepted,
    MessageConflict,
    ThreadClosed,
    mark_seen,
    post_message,
)
from consults.facts import Classification, Report

__all__ = [
    "Accepted",
    "AlreadyAsked",
    "AlreadyClaimed",
    "AlreadyDecided",
    "AlreadyEnrolled",
    "Answered",
    "AttestorUnfit",
    "Classification",
    "HandoverUnfit",
    "IdentityMismatch",
    "IdentityTaken",
    "MessageConflict",
    "NamedOther",
    "NotAMinor",
    "NotClaimed",
    "NotTheAttestor",
    "NotTheirPatient",
    "NotToHandOver",
    "Opened",
    "ProfileMoved",
    "Report",
    "StaleView",
    "ThreadClosed",
    "TreatmentUntold",
    "TurnOutsideHours",
    "TurnOver",
    "WrongState",
    "accept_terms",
    "acknowledge_alert",
    "acknowledge_profile",
    "answer_handover",
    "attest",
    "choose_availability",
    "claim",
    "close_question",
    "confirm_identity",
    "confirm_pathway",
    "declare_pathway",
    "deliver_report",
    "end_turn",
    "enqueue",
    "enrol_child",
    "enrol_patient",
    "enrol_physician",
    "escalate_alert",
    "except_minor",
    "expire",
    "forget_drafts",
    "give_answer",
    "give_back_held",
    "hand_over",
    "keep_unsent",
    "mark_seen",
    "offer_turn",
    "open_question",
    "post_message",
    "prove_identity",
    "read_alert",
    "roster",
    "screen_thread",
    "settle_telling",
    "take_telling",
    "unclaim",
    "withdraw",
    "withdraw_identity",
]
