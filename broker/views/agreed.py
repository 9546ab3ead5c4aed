"""What goes with a question beside its text: the agreements to ask for, a text taken up again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import get_language, gettext

from billing.queries.quotes import acceptance_of, follow_up_until
from broker import access
from broker.access import OutOfScope
from broker.forms import QuestionForm
from broker.views.admission import account_in
from consults import queries as people
from consults.queries.agreements import agreements, agrees
from consults.states import ERRORS

TAKEN_UP = "taken_up"
AFTER = "after"


def words_to_agree(patient_id: UUID, now: datetime) -> dict[str, Any]:
    """The agreements to ask for, in the words in force; what stands already is not asked."""
    said = {one.kind: one for one in agreements(patient_id, get_language() or "fr", now)}
    return {
        "remote": said["remote"].words,
        "sharing": None if said["sharing"].given else said["sharing"].words,
        "terms": said["terms"].words if said["terms"].given is False else None,
    }


def terms_missing(form: QuestionForm, patient_id: UUID, now: datetime) -> str:
    """Whoever took the terms back agrees to them again before a new question."""
    if agrees(patient_id, "terms", now) is not False or form.cleaned_data["terms"]:
        return ""
    form.add_error("terms", gettext(ERRORS["TERMS_NEEDED"]))
    return "TERMS_NEEDED"


def own_question(request: HttpRequest, given: str) -> UUID:
    """The patient's own question of this id; OutOfScope for anything else."""
    try:
        question_id = UUID(given)
    except ValueError:
        raise OutOfScope from None
    access.authorize(account_in(request), "read", question_id)
    return question_id


def text_taken_up(request: HttpRequest) -> str:
    """The text of a question withdrawn, turned away or left unanswered, to be written again."""
    if TAKEN_UP not in request.session:
        return ""
    question_id = own_question(request, request.session.pop(TAKEN_UP))
    draft = people.draft_of(question_id, account_in(request).subject).get("message")
    first = next(iter(people.thread(question_id, limit=1)), None)
    return draft or (first.body if first and not first.erased else "")


def comes_after(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """The exchange that this question follows, while its follow-up is included; {} for none.

    A follow-up goes to the physician who answered: only the ways of asking them are shown.
    """
    try:
        question_id = UUID(request.session.get(AFTER, ""))
    except ValueError:
        return {}
    until = follow_up_until(question_id, now)
    accepted = acceptance_of(question_id) if until else None
    if accepted is None:
        return {}
    physician = accepted.quote.physician
    return {"until": until, "physician": physician, "name": people.physician_name(physician)}
