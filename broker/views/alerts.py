"""Alerts, for the physician on duty: what raised them, and what was done about it."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from broker.access import actor_of, alerts_for
from broker.actions import alerting
from broker.forms import AlertForm
from broker.views.admission import account_in, for_kinds, form_again
from broker.views.desk import physician_in
from consults import queries as people


@for_kinds("physician")
@require_safe
def alerts(request: HttpRequest) -> HttpResponse:
    """The alerts that wait for this physician, and what becomes of them without an answer."""
    physician_id, now = physician_in(request), timezone.now()
    page = {
        "alerts": alerts_for(physician_id, now),
        "on_duty": any(turn.physician_id == physician_id for turn in people.on_duty(now)),
        "minutes": settings.ALERT_MINUTES,
        "held_hours": int(settings.HELD_FOR.total_seconds()) // 3600,
    }
    return render(request, "broker/alerts.html", page)


@for_kinds("physician")
@require_safe
def state(request: HttpRequest) -> JsonResponse:
    """How many alerts wait and which came last, for the script that beeps; no content."""
    waiting = alerts_for(physician_in(request), timezone.now())
    newest = max(waiting, key=lambda one: one.raised_at).id if waiting else None
    return JsonResponse({"waiting": len(waiting), "newest": newest and str(newest)})


@for_kinds("physician")
@require_http_methods(["GET", "HEAD", "POST"])
def alert(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    """One alert: its texts, whose reading is recorded first, and the verdict."""
    now = timezone.now()
    one = alerts_for(physician_in(request), now, alert_id)[0]
    actor = actor_of(account_in(request))
    form = AlertForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        alerting.acknowledge(
            alert_id=alert_id, verdict=form.cleaned_data["verdict"], actor=actor, now=now
        )
        return redirect("broker:alerts")
    texts = alerting.read(alert_id=alert_id, actor=actor, now=now)
    page = {"alert": one, "texts": texts, "held": one.question.state == "held"}
    if request.method == "POST":
        return form_again(request, "broker/alert.html", page, form.codes())
    return render(request, "broker/alert.html", page)
