"""Why this fee: the patient asks, the physician explains, both dated in the log."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audit.facts import Actor
from audit.models import Account
from billing.access import admitted
from billing.actions.explaining import (
    FeeQuestionOpen,
    NothingAsked,
    ask_about_fee,
    explain_fee,
)
from billing.forms import ExplainForm
from billing.queries.explaining import explanations_of
from billing.queries.quotes import quote_of
from consults.access import may_take_part
from consults.keys import KeyErased
from consults.queries import physician_of


@require_http_methods(["GET", "HEAD", "POST"])
def explanation(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """The demands on one question's fee; a POST adds the next word of whoever's turn it is."""
    account = admitted(request, "patient", "physician")
    quote = quote_of(question_id)
    if quote is None or not may_take_part(account, question_id):
        raise Http404
    if account.kind == "physician":
        own = physician_of(account.pk)
        if own is None or own.pk != quote.physician:
            raise Http404
    form = ExplainForm(request.POST or None)
    code = ""
    if request.method == "POST":
        code = _said(account, question_id, form) if form.is_valid() else "FIELD_INVALID"
        if not code:
            return redirect("billing:explanation", question_id=question_id)
    return _page(request, question_id, form, code)


def _said(account: Account, question_id: UUID, form: ExplainForm) -> str:
    """Write it; the code of what made it impossible, or ""."""
    act = ask_about_fee if account.kind == "patient" else explain_fee
    actor = Actor("patient" if account.kind == "patient" else "physician", account.subject)
    try:
        with transaction.atomic(durable=True):
            act(
                question_id=question_id,
                text=form.cleaned_data["text"],
                actor=actor,
                now=timezone.now(),
            )
    except (FeeQuestionOpen, NothingAsked) as moved:
        return moved.code
    except KeyErased:  # nothing is written in a file that its patient had erased
        return "ERASED"
    return ""


def _page(request: HttpRequest, question_id: UUID, form: ExplainForm, code: str) -> HttpResponse:
    status = {"": 200, "FIELD_INVALID": 422}.get(code, 409)
    accepts = request.headers.get("Accept", "")
    if code and "application/json" in accepts and "text/html" not in accepts:
        return JsonResponse({"code": code}, status=status)
    asked, quote = explanations_of(question_id), quote_of(question_id)
    assert quote is not None  # whoever got here was admitted by it
    waits = bool(asked) and asked[-1].answered_at is None
    physician = getattr(request.user, "kind", "") == "physician"
    page: dict[str, Any] = {
        "question_id": question_id,
        "asked": asked,
        "now": timezone.now(),
        "quote": quote,
        "total_cents": quote.honoraires_cents + quote.platform_cents,
        "physician": physician,
        "waits": waits,
        "may_write": waits if physician else not waits,
        "form": form,
        "code": code,
    }
    response = render(request, "billing/explanation.html", page, status=status)
    if code:
        response["X-Error-Code"] = code
    return response
