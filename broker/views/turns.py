"""A physician's own turns, what they take, and how the law is read here."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.access import STRONG_AT
from broker.access import OutOfScope, actor_of
from broker.actions import choosing, rostering
from broker.forms.duty import AvailabilityForm, HandoverForm, OfferAnswerForm, ProfileForm
from broker.queries.duty import turns_of
from broker.views.admission import account_in, for_kinds, form_again, refused
from broker.views.desk import physician_in
from broker.views.threads import language_of
from consults import queries as people
from consults.states import KINDS_TAKEN, TOPICS


@for_kinds("physician")
@require_safe
def turns(request: HttpRequest) -> HttpResponse:
    """The turns to come, and those that colleagues offer."""
    return render(request, "broker/turns.html", turns_of(physician_in(request), timezone.now()))


@for_kinds("physician")
@require_POST
def refuse(request: HttpRequest, duty_id: UUID) -> HttpResponse:
    """Give a turn up: the operator sees the gap."""
    _own(request, duty_id)
    rostering.refuse(duty_id=duty_id, actor=actor_of(account_in(request)), now=timezone.now())
    return redirect("broker:turns")


@for_kinds("physician")
@require_POST
def hand_over(request: HttpRequest, duty_id: UUID) -> HttpResponse:
    """Offer a turn to a colleague; it stays one's own until they accept."""
    _own(request, duty_id)
    form = HandoverForm(request.POST)
    if not form.is_valid() or not people.physicians().filter(pk=form.cleaned_data["to"]).exists():
        return refused(request, "FIELD_INVALID", status=422)
    rostering.hand_over(
        duty_id=duty_id,
        to_id=form.cleaned_data["to"],
        actor=actor_of(account_in(request)),
        now=timezone.now(),
    )
    return redirect("broker:turns")


@for_kinds("physician")
@require_POST
def answer_offer(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """Take a colleague's turn over, or leave it with them."""
    physician_id, now = physician_in(request), timezone.now()
    if handover_id not in {offer.id for offer in people.handovers_to(physician_id, now)}:
        raise OutOfScope
    form = OfferAnswerForm(request.POST)
    if not form.is_valid():
        return refused(request, "FIELD_INVALID", status=422)
    rostering.answer_offer(
        handover_id=handover_id,
        physician_id=physician_id,
        accepted=form.cleaned_data["accepted"] == "yes",
        actor=actor_of(account_in(request)),
        now=now,
    )
    return redirect("broker:turns")


def _own(request: HttpRequest, duty_id: UUID) -> None:
    if not people.is_turn_of(duty_id, physician_in(request)):
        raise OutOfScope


@for_kinds("physician")
@require_http_methods(["GET", "HEAD", "POST"])
def availability(request: HttpRequest) -> HttpResponse:
    """The switch, the pause, the kinds of questions and the topics."""
    physician_id, now = physician_in(request), timezone.now()
    form = AvailabilityForm(request.POST if request.method == "POST" else None, now=now)
    if request.method != "POST":
        return render(request, "broker/availability.html", _choices(request, form))
    if not form.is_valid():
        return form_again(
            request, "broker/availability.html", _choices(request, form), form.codes()
        )
    said = form.cleaned_data
    choosing.choose(
        physician_id=physician_id,
        taking=said["switch"] == "on",
        back_at=said["back_at"] if said["switch"] == "pause" else None,
        kinds=said["kinds"],
        topics=said["topics"],
        actor=actor_of(account_in(request)),
        now=now,
    )
    messages.success(request, gettext("Vos choix sont inscrits et valent dès maintenant."))
    return redirect("broker:availability")


def _choices(request: HttpRequest, form: AvailabilityForm) -> dict[str, Any]:
    taken = people.taking(physician_in(request), timezone.now())
    switch = "on" if taken.now else "pause" if taken.back_at else "off"
    chosen = request.POST if form.is_bound else None
    language = "en" if language_of(request) == "en" else "fr"
    kinds = chosen.getlist("kinds") if chosen else taken.kinds
    topics = chosen.getlist("topics") if chosen else taken.topics
    return {
        "form": form,
        "taken": taken,
        "switch": chosen.get("switch", switch) if chosen else switch,
        "kinds": [(kind, kind in kinds) for kind in KINDS_TAKEN],
        "topics": [(code, said[language], code in topics) for code, said in TOPICS.items()],
    }


@for_kinds("physician")
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """How the law is read here, in plain words, and the acknowledgement of it."""
    physician_id, now = physician_in(request), timezone.now()
    form = ProfileForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        strong_at = parse_datetime(request.session.get(STRONG_AT, ""))
        assert strong_at is not None, "admitted without a second factor"
        choosing.acknowledge(
            physician_id=physician_id,
            sha256=form.cleaned_data["sha256"],
            strong_at=strong_at,
            actor=actor_of(account_in(request)),
            now=now,
        )
        return redirect("broker:profile")
    language = "en" if language_of(request) == "en" else "fr"
    shown = people.profile_in_force()
    page = {
        "form": form,
        "meaning": shown,
        "title": shown.title[language],
        "says": shown.says[language],
        "acknowledged": bool(people.acknowledged_by([physician_id], now)),
        "last": people.last_acknowledgement(physician_id),
    }
    if request.method == "POST":
        return form_again(request, "broker/profile.html", page, form.codes())
    return render(request, "broker/profile.html", page)
