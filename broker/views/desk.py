"""The physician's desk: the queue without text, the claim, the thread, the signed answer."""

from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from billing import queries as money
from broker import access
from broker.access import OutOfScope, actor_of, alerts_for
from broker.actions import answering, claiming
from broker.actions.faults import Moved
from broker.actions.presence import show_presence
from broker.forms import LeaseForm, LegForm
from broker.forms.answers import AnswerForm
from broker.queries import questions as queries
from broker.queries import words
from broker.views.admission import account_in, coded, for_kinds, refused, wants_json
from broker.views.threads import language_of, report_shown, thread_shown
from consults import queries as people
from consults import states


def physician_in(request: HttpRequest) -> UUID:
    """The physician who is signed in, once their file was vetted; coming here shows presence."""
    physician = people.physician_of(account_in(request).pk)
    if physician is None or physician.state not in states.KNOWN_PHYSICIANS:
        raise OutOfScope
    show_presence(physician_id=physician.pk, now=timezone.now())
    return physician.pk


@for_kinds("physician")
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """What waits for this physician, by need, and what they hold; never a text."""
    own = people.physician_of(account_in(request).pk)
    if own is None or own.state not in states.KNOWN_PHYSICIANS:
        return redirect("broker:practice")
    physician_id = physician_in(request)
    now = timezone.now()
    waiting = queries.queue(physician_id, now)
    page = {
        "waiting": waiting,
        "held": people.held_by(physician_id),
        "answered": people.answered_by(physician_id),
        "to_attest": people.links_to_attest(physician_id),
        "alerts": alerts_for(physician_id, now),
        "reports": people.reports_received(physician_id),
        "eligible": people.is_eligible(physician_id, now),
        "refusal": words.eligibility_words(physician_id, now, language_of(request)),
        "acknowledged": bool(people.acknowledged_by([physician_id], now)),
        "taking": people.taking(physician_id, now),
        "now": now,
    }
    if wants_json(request):
        return JsonResponse({"waiting": [queries.waiting_json(one) for one in waiting]})
    return render(request, "broker/board.html", page)


@for_kinds("physician")
@require_safe
def workspace(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """Before the claim its outline; after it the thread, the answer's form, and the verdict."""
    account = account_in(request)
    try:
        access.authorize(account, "read", question_id)
    except OutOfScope:
        access.authorize(account, "claim", question_id)
        return render(request, "broker/outline.html", _outline(request, question_id))
    return render(request, "broker/workspace.html", desk_shown(request, question_id, None))


def _outline(request: HttpRequest, question_id: UUID) -> dict[str, Any]:
    rows = {one["id"]: one for one in queries.queue(physician_in(request), timezone.now())}
    lease = queries.lease_on(question_id)
    mine = lease if lease and lease.physician_id == physician_in(request) else None
    return {"one": rows.get(question_id), "lease": mine, "quote": money.quote_of(question_id)}


def desk_shown(request: HttpRequest, question_id: UUID, form: AnswerForm | None) -> dict[str, Any]:
    """The thread, and the answer's form: as it was sent, or as its draft was left."""
    page = thread_shown(request, question_id)
    view, now = page["question"], timezone.now()
    shown = money.money_view(question_id) if view.answer_id else None
    lease = queries.lease_on(question_id)
    mine = lease if lease and lease.physician_id == physician_in(request) else None
    answerable = view.state == states.CLAIMED and mine is not None
    if form is None and answerable:
        kept = people.answer_draft(question_id, account_in(request).subject)
        form = AnswerForm(initial={**kept, "client_id": uuid4()})
    return {
        **page,
        **report_shown(view, now),
        "lease": mine,
        "answerable": answerable,
        "form": form,
        "prescriber": answerable and people.is_prescriber(question_id, now),
        "outcomes": states.OUTCOMES,
        "incidents": states.INCIDENTS[1:],
        "verdict": words.verdict(view.subject, language_of(request)),
        "nothing_owed": shown is not None and not shown["owed"],
        "money": shown,
        "message_id": uuid4(),
    }


@for_kinds("physician")
@require_POST
def claim(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """Take the question; the rules' refusal is shown with its article."""
    account = account_in(request)
    try:
        access.authorize(account, "read", question_id)
    except OutOfScope:
        access.authorize(account, "claim", question_id)
    claimed = claiming.claim(
        question_id=question_id,
        physician_id=physician_in(request),
        actor=actor_of(account),
        now=timezone.now(),
    )
    if claimed.token is None:
        assert claimed.decision is not None
        return not_eligible(request, claimed)
    if wants_json(request):
        return JsonResponse({"lease": str(claimed.token), "purpose": claimed.purpose})
    return redirect("broker:workspace", question_id=question_id)


def not_eligible(request: HttpRequest, claimed: claiming.Claimed) -> HttpResponse:
    assert claimed.decision is not None
    said = [words.said_of(one, language_of(request)) for one in claimed.decision.refusing]
    code = said[0]["code"]
    if wants_json(request):
        return JsonResponse({"code": code, "detail": said[0]["reason"]}, status=409)
    page = {"code": code, "sentence": said[0]["reason"], "findings": said}
    return coded(render(request, "broker/refused.html", page, status=409), code)


@for_kinds("physician")
@require_POST
def decline(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """Give the question back to the queue, with its age."""
    form = LeaseForm(request.POST)
    if not form.is_valid():
        return refused(request, "FIELD_INVALID", status=422)
    claiming.decline(
        question_id=question_id,
        physician_id=physician_in(request),
        token=form.cleaned_data["lease"],
        actor=actor_of(account_in(request)),
        now=timezone.now(),
    )
    return redirect("broker:board")


@for_kinds("physician")
@require_POST
def acquit(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """Acknowledge honoraires that were settled at the practice."""
    account = account_in(request)
    access.authorize(account, "acquit", question_id)
    form = LegForm(request.POST)
    mine = {leg.id for leg in money.legs_of(question_id) if leg.party == "honoraires"}
    if not form.is_valid() or form.cleaned_data["leg"] not in mine:
        raise Moved("NOT_DUE")
    said = form.cleaned_data
    answering.acquit(
        leg_id=said["leg"], mode=said["mode"], received_on=said["received_on"],
        actor=actor_of(account), now=timezone.now(),
    )  # fmt: skip
    return redirect("broker:workspace", question_id=question_id)
