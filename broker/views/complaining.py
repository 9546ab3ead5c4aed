"""A patient complains of an exchange; the physician or the operator answers in time."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from broker import access, protocol
from broker.access import OutOfScope, actor_of
from broker.actions import complaining
from broker.actions.faults import Moved
from broker.forms import DoorForm
from broker.forms.complaints import ABOUT, OUTCOMES, TO_ANSWER, ComplaintAnswerForm, ComplaintForm
from broker.models import Complaint
from broker.queries import complaints
from broker.queries import questions as queries
from broker.views.admission import account_in, coded, for_kinds, form_again, wants_json


@for_kinds("patient")
@require_http_methods(["GET", "HEAD", "POST"])
def complaint(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """What was complained of this exchange and answered; a POST adds a complaint."""
    account = account_in(request)
    access.authorize(account, "receipts", question_id)
    asked = request.POST if request.method == "POST" else None
    form = ComplaintForm(
        asked, has_physician=queries.view_of(question_id).physician_id is not None
    )
    if request.method == "POST":
        if not form.is_valid():
            return form_again(
                request, "broker/complaint.html", _page(question_id, form), form.codes()
            )
        try:
            complaining.complain(
                question_id=question_id, about=form.cleaned_data["about"],
                text=form.cleaned_data["text"], actor=actor_of(account), now=timezone.now(),
            )  # fmt: skip
        except Moved as moved:
            _say(request, form, moved, "COMPLAINT_OPEN")
            page = _page(question_id, form)
            return coded(render(request, "broker/complaint.html", page, status=409), moved.code)
        return redirect("broker:complaint", question_id=question_id)
    return render(request, "broker/complaint.html", _page(question_id, form))


def _say(request: HttpRequest, form: DoorForm, moved: Moved, code: str) -> None:
    """Says this one beside the form, which keeps what was typed; raises any other again."""
    if moved.code != code or wants_json(request):
        raise moved
    form.add_error(None, gettext(protocol.ERRORS[code]))


def _page(question_id: UUID, form: ComplaintForm) -> dict[str, Any]:
    told = [(one, ABOUT[one.about], OUTCOMES.get(one.outcome, "")) for one in
            complaints.complaints_of(question_id)]  # fmt: skip
    return {
        "question": queries.view_of(question_id),
        "told": told,
        "now": timezone.now(),
        "form": form,
        "mediator": settings.MEDIATOR,
    }


@for_kinds("physician", "operator")
@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """The complaints that wait for this person's answer, soonest due first."""
    account = account_in(request)
    own = queries.physician_of(account.pk) if account.kind == "physician" else None
    shown = complaints.waiting(account.kind, own, request.GET.get("apres", ""))
    rows = [(one, TO_ANSWER[one.about]) for one in shown.rows]
    page = {"rows": rows, "shown": shown, "now": timezone.now()}
    return render(request, "broker/complaints.html", page)


@for_kinds("physician", "operator")
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, complaint_id: UUID) -> HttpResponse:
    """One complaint and its answer; that it is opened is recorded before it is shown."""
    account, now = account_in(request), timezone.now()
    row = _addressed(account, complaint_id)
    form = ComplaintAnswerForm(request.POST if request.method == "POST" else None)
    codes: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            complaining.answer(
                complaint_id=complaint_id, outcome=form.cleaned_data["outcome"],
                text=form.cleaned_data["text"], actor=actor_of(account), now=now,
            )  # fmt: skip
        except Moved as moved:
            _say(request, form, moved, "NOT_REFUNDABLE")
            codes = [moved.code]
        else:
            messages.success(request, gettext("Réponse donnée : le patient la lit sur sa page."))
            return redirect("broker:complaints")
    if request.method != "POST":
        complaining.note_reading(complaint_id=complaint_id, actor=actor_of(account), now=now)
    page = {
        "told": complaints.told(row),
        "about": TO_ANSWER[row.about],
        "outcome": OUTCOMES.get(row.outcome, ""),
        "form": form,
    }
    if codes:
        shown = render(request, "broker/complaint_answer.html", page, status=409)
        return coded(shown, codes[0])
    if request.method == "POST":
        return form_again(request, "broker/complaint_answer.html", page, form.codes())
    return render(request, "broker/complaint_answer.html", page)


def _addressed(account: Any, complaint_id: UUID) -> Complaint:
    """The complaint, when it is this person's to answer; OutOfScope otherwise."""
    row = Complaint.objects.select_related("question").filter(pk=complaint_id).first()
    if row is None or complaints.answers_for(row.about) != account.kind:
        raise OutOfScope
    if account.kind == "physician":
        own = queries.physician_of(account.pk)
        if own is None or row.question.physician_id != own:
            raise OutOfScope
    return row
