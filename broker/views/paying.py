"""The quote and its two payments: nothing ticked, two lines and a total, resumable."""

from datetime import datetime
from functools import cache, partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_safe

from billing import queries as money
from billing.models import Quote
from billing.money import FOLLOW_UP, FOLLOW_UP_DAYS, FORFAIT, INCLUDED_FOLLOW_UPS
from billing.queries.accounts import takes_cards
from billing.queries.papers import customer_of
from billing.queries.quotes import in_catalogue
from billing.queries.renewals import waiting_for
from broker import access, protocol
from broker.access import OutOfScope, actor_of
from broker.actions import paying, reporting
from broker.actions.faults import Moved
from broker.forms import AcceptForm
from broker.queries import questions as queries
from broker.queries import texts, words
from broker.views.admission import (
    account_in,
    for_kinds,
    form_again,
    refused,
    sent_on,
    wants_json,
)
from broker.views.hurrying import absence, hurry, period
from broker.views.metering import live
from broker.views.threads import language_of
from consults import queries as people
from consults import states
from consults.adapters import openid

INCLUDING = (FOLLOW_UP, FORFAIT)
PLACES = {
    "NO_SETTLEMENT_CHOSEN": "reglement",
    "BEGINNING_NOT_ASKED": "debut",
    "REPORT_WAY_NEEDED": "compte-rendu",
    "WAY_CLOSED": "compte-rendu",
    "READER_REFUSES": "compte-rendu",
    "ADDRESS_NOT_SECURE": "report-address",
    "ADDRESS_REFUSED": "report-address",
    "NO_ELIGIBLE_PRESENT": "delai",
}
SHOWN_SALT = "quote-shown"
SHOWN_SECONDS = 24 * 3600


@for_kinds("patient")
@require_http_methods(["GET", "HEAD", "POST"])
def quote(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """Show the quote; a POST is the order with the obligation to pay."""
    access.authorize(account_in(request), "accept", question_id)
    now = timezone.now()
    offered = money.quote_of(question_id)
    if offered is None:
        raise OutOfScope
    if request.method == "POST":
        return _accepted(request, question_id, offered, now)
    agreed = money.acceptance_of(question_id)
    if agreed is not None and agreed.quote_id == offered.id:
        return redirect("broker:payments", question_id=question_id)
    return render(request, "broker/quote.html", _page(question_id, offered, None, now))


def _page(
    question_id: UUID, offered: Quote, form: AcceptForm | None, now: datetime
) -> dict[str, Any]:
    shown = signing.dumps({"quote": str(offered.id), "at": now.isoformat()}, salt=SHOWN_SALT)
    away = cache(partial(absence, offered, now))  # asked once, where a speed is offered at all
    return {
        "question": queries.view_of(question_id),
        "physician_name": people.physician_name(offered.physician),
        "answer_within": _span(offered.answer_within_seconds),
        "quote": offered,
        "terms": texts.published(paying.TERMS, get_language() or "fr", now),
        "mediator": settings.MEDIATOR,
        "issuer": settings.ISSUER,
        "customer": customer_of(question_id),
        "total_cents": offered.honoraires_cents + offered.platform_cents,
        "net_cents": offered.platform_cents - offered.platform_vat_cents,
        "free": offered.honoraires_cents == 0,
        "forecast": _why_free(offered),
        "provider": openid.provider_name(),
        "included": offered.tier in INCLUDING,
        "follow_ups": INCLUDED_FOLLOW_UPS,
        "follow_up_days": FOLLOW_UP_DAYS if _with_follow_up(offered, now) else 0,
        "settlements": _ways(offered),
        "ways": people.report_ways(question_id, now, offered.physician),
        "address_hint": ", ".join(settings.SECURE_MAIL_DOMAINS),
        "expired": offered.expires_at <= now or not money.still_included(offered),
        "hurry": hurry(offered, now, away),
        "live": live(offered, now, away),
        "period": period(offered, now),
        "shown": shown,
        "form": form or AcceptForm(),
    }


def _with_follow_up(offered: Quote, now: datetime) -> bool:
    """Whether a further exchange with this physician is part of what is paid for here."""
    paid = offered.honoraires_cents and offered.tier != FORFAIT
    return bool(paid) and in_catalogue(FOLLOW_UP, now) is not None


def _why_free(offered: Quote) -> dict[str, Any] | None:
    """What the law said against a fee when the quote was made; None when it allowed one."""
    if offered.billable:
        return None
    return words.forecast(offered.subject, get_language() or "fr")


def _ways(offered: Quote) -> list[str]:
    """How these honoraires may be settled: by card only where the physician takes cards."""
    cards = takes_cards(offered.physician)
    return [way for way in settings.SETTLEMENTS if way != "card" or cards]


def _span(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    return gettext("%d minutes") % (seconds // 60) if rest or not hours else f"{hours} h"


def _accepted(
    request: HttpRequest, question_id: UUID, offered: Quote, now: datetime
) -> HttpResponse:
    form = AcceptForm(request.POST)
    valid = form.is_valid()
    shown_at = _shown_at(form, offered) if valid else None
    settlement = form.cleaned_data.get("settlement") if valid else ""
    if offered.honoraires_cents == 0:
        settlement = offered.settlement  # nothing to settle, nothing to choose
    code = _missing(valid, shown_at, settlement)
    if not code and offered.honoraires_cents and not form.cleaned_data["begins_at_once"]:
        code = "BEGINNING_NOT_ASKED"
    way, address, wrong = _way(form, question_id, offered, now) if valid else ("", "", "")
    code = code or wrong
    if code or shown_at is None:
        # What was picked for another quote is not picked for this one.
        again = None if code == "QUOTE_CHANGED" else form
        return _form_again(request, offered, again, code, now)
    said = paying.accept(
        question_id=question_id,
        quote_id=form.cleaned_data["quote"],
        settlement=str(settlement),
        shown_at=shown_at,
        language=language_of(request),
        actor=actor_of(account_in(request)),
        now=now,
        way=way,
        address=address,
        begins_at_once=form.cleaned_data["begins_at_once"],
    )
    if said.refusal:
        return _form_again(request, offered, form, said.refusal, now)
    response = redirect(
        "broker:thread" if said.done else "broker:payments", question_id=question_id
    )
    if wants_json(request):
        return JsonResponse({"id": str(question_id), "ready": said.done, "next": response.url})
    return response


def _form_again(
    request: HttpRequest, offered: Quote, form: AcceptForm | None, code: str, now: datetime
) -> HttpResponse:
    page = _page(offered.question, offered, form, now) | _said_of(code)
    return form_again(request, "broker/quote.html", page, [code])


def _said_of(code: str) -> dict[str, str]:
    """What is wrong, in words, and the place of the page where it is put right."""
    return {
        "wrong": code,
        "refused": gettext(protocol.ERRORS[code]),
        "place": PLACES.get(code, ""),
    }


def _way(
    form: AcceptForm, question_id: UUID, offered: Quote, now: datetime
) -> tuple[str, str, str]:
    """The way picked for the report, its address, and the code of what is wrong with them."""
    ways = people.report_ways(question_id, now, offered.physician)
    way = form.cleaned_data["way"]
    if not ways.asked:
        return "", "", ""
    if not way:
        return "", "", "REPORT_WAY_NEEDED"
    if way not in ways.open:
        return "", "", ways.closed if way == "in-product" and ways.closed else "WAY_CLOSED"
    if way != "secure-mail":
        return way, "", ""
    patient_id = queries.view_of(question_id).patient_id
    try:
        typed = form.cleaned_data["address"]
        return way, reporting.checked_address(patient_id=patient_id, address=typed), ""
    except Moved as refused:
        return "", "", refused.code


def _missing(valid: bool, shown_at: datetime | None, settlement: object) -> str:
    if not valid:
        return "FIELD_INVALID"
    if shown_at is None:
        return "QUOTE_CHANGED"
    return "" if settlement else "NO_SETTLEMENT_CHOSEN"


def _shown_at(form: AcceptForm, offered: Quote) -> datetime | None:
    """When our own page showed this very quote; None for another quote or a forged moment."""
    try:
        shown = signing.loads(
            form.cleaned_data["shown_at"], salt=SHOWN_SALT, max_age=SHOWN_SECONDS
        )
    except signing.BadSignature:
        return None
    same = shown["quote"] == str(offered.id) == str(form.cleaned_data["quote"])
    return parse_datetime(shown["at"]) if same else None


@for_kinds("patient")
@require_safe
def payments(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """Where the payments stand, and the button of the one that comes next."""
    access.authorize(account_in(request), "pay", question_id)
    shown, question = money.money_view(question_id), queries.view_of(question_id)
    if not shown["legs"] or shown["ready"] or question.state != states.OPENED:
        return redirect("broker:thread", question_id=question_id)
    if shown["accepted"]["quote"] != shown["quote"]["id"]:
        return redirect("broker:quote", question_id=question_id)
    legs = shown["legs"]
    by_card = [leg for leg in legs if leg["settlement"] == "card"]
    following = next((leg for leg in by_card if leg["payable"]), None)
    physician = UUID(shown["quote"]["physician"])
    to_physician = following is not None and following["party"] == "honoraires"
    page = {
        "question": question,
        "physician_name": people.physician_name(physician),
        "closed": to_physician and not takes_cards(physician),
        "legs": legs,
        "total_cents": shown["legs_total_cents"],
        "at_most": shown["at_most"],
        "following": following,
        "place": by_card.index(following) + 1 if following else None,
        "of": len(by_card),
        "held": money.held_until(question_id),
        "lost": shown["taken_elsewhere"]
        or any(leg["state"] in ("voided", "expired") for leg in by_card),
        "taken_elsewhere": shown["taken_elsewhere"],
        "at_practice": "off_platform" in settings.SETTLEMENTS,
    }
    return render(request, "broker/payments.html", page)


@for_kinds("patient")
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, question_id: UUID, number: int) -> HttpResponse:
    """Go to the hosted page of payment 1 or 2."""
    access.authorize(account_in(request), "pay", question_id)
    offered = money.quote_of(question_id)
    if offered is not None and (said := _why_free(offered)):
        # There is no card page where the law already says that the answer is free.
        return refused(request, said["code"], says=said["reason"])
    address = paying.hosted_page(
        question_id=question_id,
        number=number,
        return_url=request.build_absolute_uri("/"),
        now=timezone.now(),
    )
    return sent_on(request, address, number=number)


@for_kinds("patient")
@require_safe
def returned(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """Back from a hosted page: look at what happened there, then go where it leads."""
    access.authorize(account_in(request), "pay", question_id)
    done = paying.settle(question_id=question_id, now=timezone.now())
    if done and waiting_for(question_id):
        return redirect("broker:renewals", question_id=question_id)
    return redirect("broker:thread" if done else "broker:payments", question_id=question_id)
