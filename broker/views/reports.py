"""A report on a page and as a file, its way to the treating physician, and who takes reports."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.models import Account
from broker import access, protocol
from broker.access import OutOfScope, actor_of
from broker.actions import reporting
from broker.actions.faults import Moved
from broker.forms.answers import DeliverForm, ReportsForm
from broker.queries import questions as queries
from broker.views.admission import account_in, coded, for_kinds, refused, wants_json
from broker.views.desk import physician_in
from broker.views.threads import report_shown
from consults import access as care
from consults import queries as people
from consults import states
from consults.adapters.pdf import ReportPaper, moment, pdf_of
from consults.queries.agreements import is_erased


@for_kinds("patient", "physician")
@require_safe
def report(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """The report, for its people, to print, and for the treating physician who received it."""
    paper = _paper(request, question_id)
    account = account_in(request)
    if not care.may_take_part(account, question_id):
        _note(account, question_id, "opened")
    page = {
        "question": queries.view_of(question_id),
        "paper": paper,
        "signed_at": moment(paper.signed_at),
        "to_print": account.kind == "patient",
    }
    return render(request, "broker/report.html", page)


@for_kinds("patient", "physician")
@require_safe
def document(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """The same report as a PDF, for a record or to print; taking it away is an entry."""
    paper = _paper(request, question_id)
    account = account_in(request)
    if not care.may_take_part(account, question_id):
        _note(account, question_id, "opened")
    _note(account, question_id, "downloaded")
    answer = HttpResponse(pdf_of(paper), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{paper.file_name}"'
    answer["Cache-Control"] = "no-store"
    return answer


def _paper(request: HttpRequest, question_id: UUID) -> ReportPaper:
    access.authorize(account_in(request), "report", question_id)
    paper = people.paper_of(question_id)
    if paper is None and is_erased(queries.view_of(question_id).patient_id):
        raise Moved("ERASED")
    if paper is None:
        raise OutOfScope
    return paper


def _note(account: Account, question_id: UUID, what: str) -> None:
    reporting.read(
        question_id=question_id,
        account_id=account.pk,
        what=what,
        actor=actor_of(account),
        now=timezone.now(),
    )


@for_kinds("patient", "physician")
@require_POST
def deliver(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """Say how the report reaches the treating physician, or object to it.

    The patient alone says that they printed it, or that they object.
    """
    account = account_in(request)
    access.authorize(account, "deliver", question_id)
    form = DeliverForm(request.POST)
    if not form.is_valid():
        return refused(request, "FIELD_INVALID", status=422)
    way = form.cleaned_data["way"]
    if way in states.PATIENT_WAYS:
        access.authorize(account, "object", question_id)
    where = "broker:thread" if account.kind == "patient" else "broker:workspace"
    view = queries.view_of(question_id)
    try:
        reporting.deliver(
            question_id=question_id,
            way=way,
            address=_address(form, view.patient_id),
            actor=actor_of(account),
            now=timezone.now(),
        )
    except Moved as wrong:
        if wrong.code not in ("ADDRESS_NOT_SECURE", "ADDRESS_REFUSED"):
            raise
        return _address_again(request, question_id, form, wrong.code)
    return redirect(where, question_id=question_id)


def _address(form: DeliverForm, patient_id: UUID) -> str:
    if form.cleaned_data["way"] != "secure-mail":
        return ""
    return reporting.checked_address(patient_id=patient_id, address=form.cleaned_data["address"])


def _address_again(
    request: HttpRequest, question_id: UUID, form: DeliverForm, code: str
) -> HttpResponse:
    """The form alone, with the address as it was typed and what is wrong with it."""
    if wants_json(request):
        return refused(request, code, status=422)
    view = queries.view_of(question_id)
    page = {
        "question": view,
        "side": account_in(request).kind,
        "typed": form.cleaned_data["address"],
        "code": code,
        "sentence": gettext(protocol.ERRORS[code]),
        **report_shown(view, timezone.now()),
    }
    return coded(render(request, "broker/deliver.html", page, status=422), code)


@for_kinds("physician")
@require_http_methods(["GET", "HEAD", "POST"])
def inbox(request: HttpRequest) -> HttpResponse:
    """The reports that a treating physician received here, and whether they take any."""
    physician_id = physician_in(request)
    if request.method == "POST":
        form = ReportsForm(request.POST)
        if not form.is_valid():
            return refused(request, "FIELD_INVALID", status=422)
        reporting.switch(
            physician_id=physician_id,
            accepts=form.cleaned_data["accepts"] == "yes",
            actor=actor_of(account_in(request)),
            now=timezone.now(),
        )
        return redirect("broker:inbox")
    page = {
        "reports": people.reports_received(physician_id),
        "accepts": people.takes_reports(physician_id),
    }
    return render(request, "broker/inbox.html", page)
