"""Who may be met in the demonstration, for scripts; outside one there is nothing here."""

from dataclasses import asdict

from django.conf import settings
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from config.demo.links import links

LOOPBACK = ("127.0.0.1", "::1")


@require_safe
def people_json(request: HttpRequest) -> JsonResponse:
    """Everybody with a fresh sign-in link; 404 with a live key or from another machine."""
    if not settings.DEMO or request.META.get("REMOTE_ADDR") not in LOOPBACK:
        raise Http404
    site = f"http://{request.get_host()}"
    rows = [asdict(link) for link in links(site=site, everybody=True)]
    for row in rows:
        del row["says"]
    return JsonResponse(rows, safe=False)
