"""The operator's page: is the service alive, what waits, what is stuck. Never any content."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from broker.queries.service import house_state
from broker.views.admission import for_kinds, wants_json
from consults.queries import agreements


@for_kinds("operator")
@require_safe
def house(request: HttpRequest) -> HttpResponse:
    """Processes, the queue's size, the log's backlog, live operations, checkpoints."""
    shown = house_state(timezone.now())
    if wants_json(request):
        return JsonResponse(shown)
    return render(request, "broker/operator.html", shown)


@for_kinds("operator")
@require_safe
def erasures(request: HttpRequest) -> HttpResponse:
    """Which erasures wait, are under way or are done: dates and random numbers, nobody's name."""
    page = {"erasures": agreements.erasures(), "now": timezone.now()}
    return render(request, "broker/erasures.html", page)
