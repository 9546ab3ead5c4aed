"""Alerts, for the physician on duty: what raised them, and what was done about it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from broker.access import actor_of, alerts_for
from broker.actions import alerting
from broker.forms import AlertForm
from broker.views.admission import account_in, for_kinds, form_again
from broker.views.desk import physician_in


@for_kinds("physician")
@require_safe
def alerts(request: HttpRequest) -> HttpResponse:
    """The alerts that wait for this physician: their own, and while on duty those of nobody."""
    waiting = alerts_for(physician_in(request), timezone.now())
    return render(request, "broker/alerts.html", {"alerts": waiting})


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
