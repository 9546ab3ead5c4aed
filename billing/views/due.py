"""Honoraires due at the practice: the physician's list, what was received, what is given up."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST, require_safe

from audit.facts import Actor
from billing.access import admitted
from billing.actions.desk import NotDue, ReceivedTooSoon, acquit, waive
from billing.forms import MODES, SettledForm, WaivedForm
from billing.queries.due import due_cents, is_due_to, page_of_due
from billing.queries.papers import local_day
from consults.queries import physician_of

SAID = {
    "NOT_DUE": gettext_noop("Rien n'est dû sur ce paiement."),
    "RECEIVED_TOO_SOON": gettext_noop("Ce jour est avant la réponse, ou pas encore venu."),
    "FIELD_INVALID": gettext_noop("Dites comment et quel jour ces honoraires sont arrivés."),
}


@require_safe
def due(request: HttpRequest) -> HttpResponse:
    """What is due, the oldest first, with a form for each."""
    return _shown(request)


@require_POST
def received(request: HttpRequest) -> HttpResponse:
    """The physician acknowledges what reached the practice; the receipt is issued with it."""
    account = admitted(request, "physician")
    form = SettledForm(request.POST)
    if not form.is_valid():
        return _shown(request, "FIELD_INVALID", form.data.get("leg", ""))
    said = form.cleaned_data
    _own(request, said["leg"])
    try:
        with transaction.atomic(durable=True):
            acquit(
                leg_id=said["leg"], mode=said["mode"], received_on=said["received_on"],
                actor=Actor("physician", account.subject), now=timezone.now(),
            )  # fmt: skip
    except (NotDue, ReceivedTooSoon) as wrong:
        return _shown(request, wrong.code, str(said["leg"]))
    messages.success(request, gettext("Honoraires reçus : le reçu est établi."))
    return redirect(_here(request))


@require_POST
def given_up(request: HttpRequest) -> HttpResponse:
    """The physician gives up what is due."""
    account = admitted(request, "physician")
    form = WaivedForm(request.POST)
    if not form.is_valid():
        return _shown(request, "FIELD_INVALID", form.data.get("leg", ""))
    _own(request, form.cleaned_data["leg"])
    try:
        with transaction.atomic(durable=True):
            waive(
                leg_id=form.cleaned_data["leg"], actor=Actor("physician", account.subject),
                now=timezone.now(),
            )  # fmt: skip
    except NotDue as wrong:
        return _shown(request, wrong.code, str(form.cleaned_data["leg"]))
    messages.success(request, gettext("Vous renoncez à ces honoraires : rien n’est plus dû."))
    return redirect(_here(request))


def _own(request: HttpRequest, leg: UUID) -> None:
    """Only what is due to this very physician exists here."""
    if not is_due_to(_physician(request), leg):
        raise Http404


def _physician(request: HttpRequest) -> UUID:
    own = physician_of(admitted(request, "physician").pk)
    if own is None:
        raise Http404
    return own.id


def _here(request: HttpRequest) -> str:
    """The page of the list that a form was sent from."""
    place = request.GET.get("apres", "")
    return reverse("billing:due", query={"apres": place} if place else None)


def _shown(request: HttpRequest, code: str = "", leg: str = "") -> HttpResponse:
    now, physician = timezone.now(), _physician(request)
    place = request.GET.get("apres", "")
    found, shown = page_of_due(physician, now, place)
    today = local_day(now).isoformat()
    said, fresh = request.POST.dict(), {"received_on": today}  # what was typed stays
    rows = [(one, fresh | said if leg == str(one.leg) else fresh) for one in found]
    page = {
        "rows": rows,
        "modes": MODES,
        "shown": shown,
        "place": place,
        "wrong": leg if code else "",
        "refused": gettext(SAID[code]) if code else "",
        "today": today,
        "total": due_cents(physician),
    }
    answer = render(request, "billing/due.html", page, status=422 if code else 200)
    if code:
        answer["X-Error-Code"] = code
    return answer
