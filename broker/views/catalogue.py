"""The operator's catalogue of the platform's fees: what is offered, and at what price."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from billing.money.tiers import PRICED_BY
from broker.access import actor_of
from broker.actions import offering
from broker.forms.prices import LineForm
from broker.queries import words
from broker.queries.pages import catalogue
from broker.views.admission import account_in, for_kinds, form_again, wants_json
from broker.views.threads import language_of

TEMPLATE = "broker/catalogue.html"


@for_kinds("operator")
@require_safe
def lines(request: HttpRequest) -> HttpResponse:
    """Every tier with its price in force, or the word that it is not offered."""
    shown = _page()
    if wants_json(request):
        return JsonResponse({"lines": [_json(one) for one in shown["lines"]]})
    return render(request, TEMPLATE, shown)


def _page(**more: Any) -> dict[str, Any]:
    return {"lines": catalogue(timezone.now()), "form": LineForm(), **more}


def _json(line: Any) -> dict[str, Any]:
    return {
        "tier": line.tier,
        "offered": line.row is not None,
        "platform_cents": line.row.platform_cents if line.row else None,
        "pricing_unit": PRICED_BY.get(line.tier, "per_act"),
    }


@for_kinds("operator")
@require_POST
def offer(request: HttpRequest, tier: str) -> HttpResponse:
    """Offer a tier at this price; the rules' flags on it are shown, and recorded with it."""
    form = LineForm(request.POST)
    if not form.is_valid():
        page = _page(form=form, tier=tier)
        return form_again(request, TEMPLATE, page, form.codes())
    offered = offering.offer_tier(
        tier=tier, platform_cents=form.cents(), actor=actor_of(account_in(request)),
        now=timezone.now(),
    )  # fmt: skip
    judged = offered.judged
    said = [
        words.said_of(found, language_of(request))
        for found in judged.decision.fired
        if found.holds is True
    ]
    if wants_json(request):
        flags = [one["rule"] for one in said] if not judged.code else []
        status = 422 if judged.code else 200
        return JsonResponse({"code": judged.code, "flags": flags}, status=status)
    return render(request, TEMPLATE, _page(judged=judged, findings=said, tier=tier))


@for_kinds("operator")
@require_POST
def take_out(request: HttpRequest, tier: str) -> HttpResponse:
    """Offer a tier no more."""
    offering.take_out(tier=tier, actor=actor_of(account_in(request)), now=timezone.now())
    messages.success(request, gettext("Ce tarif n’est plus proposé."))
    return redirect("broker:catalogue")
