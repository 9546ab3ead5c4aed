"""The physician signs an answer; what they typed is kept first, whatever becomes of it."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from audit.access import STRONG_AT
from broker import access
from broker.access import OutOfScope, actor_of
from broker.actions import answering
from broker.actions.faults import LeaseLost
from broker.forms.answers import AnswerForm
from broker.queries import questions as queries
from broker.queries import words
from broker.views.admission import account_in, coded, for_kinds, form_again, wants_json
from broker.views.desk import desk_shown, physician_in
from broker.views.threads import language_of
from consults import actions as care
from consults.facts import Classification, Report

HEADINGS = ("reason", "advice", "acts", "follow_up", "drug", "old_dose", "new_dose")
# What is kept of the form; the signature and what ties it to the page are never taken for granted.
TYPED = (
    "text", "report", *HEADINGS, "act_kind", "remote_relevant", "personalised", "outcome",
    "incidents",
)  # fmt: skip
LONGEST = 20_000  # of one field of a draft: longer than any field may be when it is signed


@for_kinds("physician")
@require_POST
def save(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """Keep the answer as it stands, sealed, to go on with it later."""
    if not _keep(request, question_id):
        raise LeaseLost(question_id)
    if wants_json(request):
        return JsonResponse({"kept_at": timezone.now().isoformat()})
    here = redirect("broker:workspace", question_id=question_id)
    here["Location"] += "#repondre"
    return here


@for_kinds("physician")
@require_POST
def answer(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """Sign the answer, its report and its classification; only then is billability shown."""
    form = AnswerForm(request.POST)
    if not _keep(request, question_id):
        raise LeaseLost(question_id)  # the right went with the lease: what was typed is kept
    if not form.is_valid():
        page = desk_shown(request, question_id, form)
        return form_again(request, "broker/workspace.html", page, form.codes())
    try:
        verdict = _signed(request, question_id, form, timezone.now())
    except care.StaleView:
        page = {**desk_shown(request, question_id, form), "stale": True}
        return form_again(request, "broker/workspace.html", page, ["STALE_VIEW"])
    if verdict.answer_id is None and verdict.decision is not None:
        return _refused(request, question_id, form, verdict)
    if wants_json(request):
        return JsonResponse({"answer": str(verdict.answer_id), "charged": verdict.charged})
    return redirect("broker:workspace", question_id=question_id)


def _keep(request: HttpRequest, question_id: UUID) -> bool:
    """Keep what was typed; False when this physician had the question and has it no more."""
    account = account_in(request)
    try:
        access.authorize(account, "answer", question_id)
        held = True
    except OutOfScope:
        if not queries.held_before(question_id, physician_in(request)):
            raise
        held = False
    typed = {name: request.POST.get(name, "")[:LONGEST] for name in TYPED}
    if any(typed.values()) and queries.view_of(question_id).answer_id is None:
        answering.keep_draft(
            question_id=question_id,
            typed=typed,
            actor=actor_of(account),
            now=timezone.now(),
        )
    return held


def _refused(
    request: HttpRequest, question_id: UUID, form: AnswerForm, verdict: answering.Verdict
) -> HttpResponse:
    """The form again as it was sent, under what the law says no to."""
    assert verdict.decision is not None
    said = [words.said_of(one, language_of(request)) for one in verdict.decision.refusing]
    code = said[0]["code"]
    if wants_json(request):
        return JsonResponse({"code": code, "detail": said[0]["reason"]}, status=409)
    page = {**desk_shown(request, question_id, form), "findings": said}
    return coded(render(request, "broker/workspace.html", page, status=409), code)


def _written(request: HttpRequest, form: AnswerForm) -> answering.Written:
    said = form.cleaned_data
    report = Report(text=said["report"], **{name: said[name] for name in HEADINGS})
    return answering.Written(
        client_id=said["client_id"],
        against_seq=said["against_seq"],
        text=said["text"],
        report=report if report.written else None,
        classification=Classification(
            act_kind=said["act_kind"],
            remote_relevant=said["remote_relevant"],
            personalised=said["personalised"],
        ),
        outcome=said["outcome"],
        incidents=said["incidents"],
        strong_at=parse_datetime(request.session.get(STRONG_AT, "")),
    )


def _signed(
    request: HttpRequest, question_id: UUID, form: AnswerForm, now: datetime
) -> answering.Verdict:
    return answering.answer(
        question_id=question_id,
        physician_id=physician_in(request),
        lease=form.cleaned_data["lease"],
        written=_written(request, form),
        actor=actor_of(account_in(request)),
        now=now,
    )
