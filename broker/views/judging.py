"""The operator proposes a public text, a price, or a notice; the rules answer."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from audit.facts import Actor
from audit.law.codes import code_of
from broker.access import actor_of
from broker.actions import judging
from broker.actions.judging import Judged
from broker.forms import DoorForm, NoticeForm, OfferForm, PublicTextForm
from broker.queries import words
from broker.screen import PAYEES, Offer
from broker.views.admission import account_in, coded, for_kinds, form_again, wants_json
from broker.views.threads import language_of


@for_kinds("operator")
@require_safe
def proposals(request: HttpRequest) -> HttpResponse:
    """The three forms, with nothing judged yet."""
    return render(request, "broker/judging.html", _page())


def _page(**more: Any) -> dict[str, Any]:
    first = {"text": PublicTextForm(), "offer": OfferForm(), "notice": NoticeForm()}
    return {"forms": first, **more}


def _answer(
    request: HttpRequest, name: str, form: DoorForm, judge: Callable[[DoorForm], Judged]
) -> HttpResponse:
    if not form.is_valid():
        page = _page()
        page["forms"][name] = form
        return form_again(request, "broker/judging.html", page, form.codes())
    judged = judge(form)
    said = [
        words.said_of(found, language_of(request))
        for found in judged.decision.fired
        if found.holds is True
    ]
    shown = {
        "outcome": "refused" if judged.code else "accepted",
        "code": judged.code,
        "flags": [one["rule"] for one in said] if not judged.code else [],
        "findings": said,
        "entry": str(judged.subject),
    }
    if wants_json(request):
        answer: HttpResponse = JsonResponse(shown)
    else:
        answer = render(request, "broker/judging.html", _page(judged=shown))
    if judged.code == code_of(judging.COMMISSION_RULE):  # no line at all, however it is worded
        answer.status_code = 422
    return coded(answer, judged.code) if judged.code else answer


@for_kinds("operator")
@require_POST
def text(request: HttpRequest) -> HttpResponse:
    """A sentence meant for the public."""

    def judge(form: DoorForm) -> Judged:
        said = form.cleaned_data["text"]
        return judging.judge_text(text=said, actor=_actor(request), now=timezone.now())

    return _answer(request, "text", PublicTextForm(request.POST), judge)


@for_kinds("operator")
@require_POST
def offer(request: HttpRequest) -> HttpResponse:
    """One line of a price list."""

    def judge(form: DoorForm) -> Judged:
        said = form.cleaned_data
        offered = Offer(**{**said, "payee": said["payee"] or PAYEES[0]})
        return judging.judge_offer(offer=offered, actor=_actor(request), now=timezone.now())

    return _answer(request, "offer", OfferForm(request.POST), judge)


@for_kinds("operator")
@require_POST
def notice(request: HttpRequest) -> HttpResponse:
    """A remote check by the insurer's physician, called for a moment."""

    def judge(form: DoorForm) -> Judged:
        planned = form.cleaned_data["planned_at"]
        return judging.judge_notice(planned_at=planned, actor=_actor(request), now=timezone.now())

    return _answer(request, "notice", NoticeForm(request.POST), judge)


def _actor(request: HttpRequest) -> Actor:
    return actor_of(account_in(request))
