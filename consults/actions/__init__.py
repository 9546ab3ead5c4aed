"""Acts of care, keyword-only: judge, record, write, inside the transaction of the use case."""

from consults.actions.alerts import acknowledge_alert, read_alert, screen_thread
from consults.actions.answering import Answered, StaleView, deliver_report, give_answer
from consults.actions.asking import AlreadyAsked, Opened, open_question
from consults.actions.drafts import forget_drafts, keep_unsent
from consults.actions.ending import close_question, expire, withdraw
from consults.actions.people import (
    AlreadyDecided,
    AttestorUnfit,
    NotTheAttestor,
    attest,
    confirm_pathway,
    declare_pathway,
    enrol_patient,
    enrol_physician,
    roster,
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
    "Answered",
    "AttestorUnfit",
    "Classification",
    "MessageConflict",
    "NamedOther",
    "NotClaimed",
    "NotTheAttestor",
    "Opened",
    "Report",
    "StaleView",
    "ThreadClosed",
    "WrongState",
    "acknowledge_alert",
    "attest",
    "claim",
    "close_question",
    "confirm_pathway",
    "declare_pathway",
    "deliver_report",
    "enqueue",
    "enrol_patient",
    "enrol_physician",
    "expire",
    "forget_drafts",
    "give_answer",
    "keep_unsent",
    "mark_seen",
    "open_question",
    "post_message",
    "read_alert",
    "roster",
    "screen_thread",
    "unclaim",
    "withdraw",
]
