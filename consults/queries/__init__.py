"""Reads of care: facts for the rules, threads and questions for people."""

from consults.queries.act import act_facts
from consults.queries.eligibility import physician_facts
from consults.queries.intake import intake_facts
from consults.queries.people import (
    Offered,
    is_eligible,
    links_of,
    links_to_attest,
    on_duty,
    open_alerts,
    patient_of,
    physician_of,
    physicians_offered,
)
from consults.queries.threads import (
    Event,
    QuestionView,
    Waiting,
    head_of,
    question_view,
    queue,
    seen_of,
    thread,
)

__all__ = [
    "Event",
    "Offered",
    "QuestionView",
    "Waiting",
    "act_facts",
    "head_of",
    "intake_facts",
    "is_eligible",
    "links_of",
    "links_to_attest",
    "on_duty",
    "open_alerts",
    "patient_of",
    "physician_facts",
    "physician_of",
    "physicians_offered",
    "question_view",
    "queue",
    "seen_of",
    "thread",
]
