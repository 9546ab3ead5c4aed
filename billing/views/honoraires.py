"""A physician fixes what they ask; the operator sees who asks far more than others."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.facts import Actor
from billing.access import admitted
from billing.actions.desk import (
    AboveCap,
    NotChargeable,
    PeriodUnfit,
    set_honoraires,
    set_letterhead,
)
from billing.forms import HonorairesForm, LetterheadForm
from billing.models import Honoraires
from billing.money import FEE_REVIEW_THRESHOLD_CENTS, HONORAIRES_CAP_CENTS, euros
from billing.queries.outliers import honoraires_asked
from billing.queries.papers import letterhead_of
from billing.queries.quotes import honoraires_of
from consults.queries import physician_of

SAID = {
    "NOT_CHARGEABLE": "Un montant est de 0 € ou d’au moins 0,50 €.",
    "HONORAIRES_ABOVE_CAP": "Ce montant dépasse le maximum accepté ici.",
    "FORFAIT_PERIOD_UNFIT": "Un forfait demande un montant et une durée, ou aucun des deux.",
}


@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest) -> HttpResponse:
    """What this physician asks; a change counts for quotes made from then on."""
    account = admitted(request, "physician")
    physician = physician_of(account.pk)
    if physician is None:
        raise Http404
    now, code = timezone.now(), ""
    asked = honoraires_of(physician.pk, now)
    form = HonorairesForm(request.POST or None, initial=_in_euros(asked))
    if request.method == "POST":
        code = "" if form.is_valid() else "FIELD_INVALID"
        try:
            if not code:
                with transaction.atomic(durable=True):
                    set_honoraires(
                        physician_id=physician.pk,
                        actor=Actor("physician", account.subject),
                        now=now,
                        **form.cents(),
                    )
        except (NotChargeable, AboveCap, PeriodUnfit) as wrong:
            code = wrong.code
            form.add_error(None, gettext(SAID[code]))
        if not code:
            messages.success(request, gettext("Enregistré : valable pour les prochains devis."))
            return redirect("billing:honoraires")
    return _shown(request, asked, form, LetterheadForm(initial=_head(physician.pk, now)), code)


@require_POST
def letterhead(request: HttpRequest) -> HttpResponse:
    """What this physician's receipts carry from now on; those issued before stay as they are."""
    account = admitted(request, "physician")
    physician = physician_of(account.pk)
    if physician is None:
        raise Http404
    now, form = timezone.now(), LetterheadForm(request.POST)
    if form.is_valid():
        with transaction.atomic(durable=True):
            set_letterhead(
                physician_id=physician.pk, address=form.cleaned_data["address"],
                sector=form.cleaned_data["sector"], actor=Actor("physician", account.subject),
                now=now,
            )  # fmt: skip
        messages.success(request, gettext("Enregistré : vos prochains reçus le diront."))
        return redirect("billing:honoraires")
    asked = honoraires_of(physician.pk, now)
    return _shown(request, asked, HonorairesForm(initial=_in_euros(asked)), form, "FIELD_INVALID")


def _shown(
    request: HttpRequest, asked: Honoraires, form: HonorairesForm, head: LetterheadForm, code: str
) -> HttpResponse:
    """The page with both forms, one of them perhaps refused; what is asked now is judged on it."""
    page = {
        "form": form,
        "head": head,
        "threshold": euros(FEE_REVIEW_THRESHOLD_CENTS),
        "cap": euros(HONORAIRES_CAP_CENTS),
        "above": asked.cents > FEE_REVIEW_THRESHOLD_CENTS,
    }
    answer = render(request, "billing/honoraires.html", page, status=422 if code else 200)
    if code:
        answer["X-Error-Code"] = code
    return answer


def _head(physician_id: UUID, now: datetime) -> dict[str, str]:
    head = letterhead_of(physician_id, now)
    return {"address": head.address, "sector": head.sector} if head else {}


def _in_euros(asked: object) -> dict[str, object]:
    cents, forfait = getattr(asked, "cents", 0), getattr(asked, "forfait_cents", 0)
    return {
        "act": Decimal(cents) / 100,
        "forfait": Decimal(forfait) / 100,
        "forfait_days": getattr(asked, "forfait_days", 0),
    }


@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """Every physician's honoraires beside the median of their specialty, outliers marked."""
    admitted(request, "operator")
    page = {"rows": honoraires_asked(timezone.now()), "threshold": FEE_REVIEW_THRESHOLD_CENTS}
    return render(request, "billing/outliers.html", page)
