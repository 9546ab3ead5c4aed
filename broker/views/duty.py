"""The operator's roster: who is on duty, turns by day, gaps, and how turns are entered."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from broker.access import OutOfScope, actor_of
from broker.actions import rostering
from broker.forms.duty import DutyForm, RosterForm
from broker.queries.duty import board
from broker.views.admission import account_in, coded, for_kinds, form_again
from consults import actions as care
from consults import queries as people
from consults import states

PAGE = "broker/duty.html"


@for_kinds("operator")
@require_http_methods(["GET", "HEAD", "POST"])
def roster(request: HttpRequest) -> HttpResponse:
    """The board, and one more turn."""
    now = timezone.now()
    form = DutyForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, PAGE, {"form": form, **board(now)})
    if not form.is_valid():
        return form_again(request, PAGE, {"form": form, **board(now)}, form.codes())
    named = people.physicians().filter(pk=form.cleaned_data["physician_id"]).first()
    if named is None:
        return form_again(request, PAGE, {"form": form, **board(now)}, ["PHYSICIAN_UNKNOWN"])
    turn = {**form.cleaned_data}
    turn["departement"] = turn["departement"].upper() or named.departement
    try:
        rostering.roster(turns=[turn], actor=actor_of(account_in(request)), now=now)
    except care.TurnOutsideHours as outside:
        form.add_error("starts_at", gettext(states.ERRORS[outside.code]))
        return form_again(request, PAGE, {"form": form, **board(now)}, [outside.code])
    return redirect("broker:duty")


@for_kinds("operator")
@require_POST
def bring_in(request: HttpRequest) -> HttpResponse:
    """A file of turns: all of them, or none and what is wrong with each line."""
    now = timezone.now()
    form = RosterForm(request.POST, request.FILES)
    if not form.is_valid():
        return _not_brought_in(request, [gettext("Choisissez un fichier.")], now)
    everyone = {one.rpps: one for one in people.physicians()}
    turns, wrong = form.turns({rpps: one.pk for rpps, one in everyone.items()})
    homes = {one.pk: one.departement for one in everyone.values()}
    for turn in turns:
        turn["departement"] = turn["departement"] or homes[turn["physician_id"]]
    if not wrong:
        try:
            rostering.roster(turns=turns, actor=actor_of(account_in(request)), now=now)
        except care.TurnOutsideHours as outside:
            wrong = [gettext(states.ERRORS[outside.code])]
    if wrong:
        return _not_brought_in(request, wrong, now)
    said = ngettext("%(n)s tour inscrit.", "%(n)s tours inscrits.", len(turns))
    messages.success(request, said % {"n": len(turns)})
    return redirect("broker:duty")


def _not_brought_in(request: HttpRequest, wrong: list[str], now: datetime) -> HttpResponse:
    page: dict[str, Any] = {"form": DutyForm(None), "wrong": wrong, **board(now)}
    return coded(render(request, PAGE, page, status=422), "ROSTER_INVALID")


@for_kinds("operator")
@require_POST
def end(request: HttpRequest, duty_id: UUID) -> HttpResponse:
    """End a turn now, or cancel one that has not begun."""
    if not people.turn_exists(duty_id):
        raise OutOfScope
    rostering.end(duty_id=duty_id, actor=actor_of(account_in(request)), now=timezone.now())
    return redirect("broker:duty")
