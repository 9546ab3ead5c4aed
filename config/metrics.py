"""What the service says of itself: a health probe for anybody, numbers for this machine alone."""

import time
from collections.abc import Callable
from contextlib import closing
from inspect import iscoroutinefunction
from typing import Any

from django.core.cache import cache
from django.db import DatabaseError, connections
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import sync_and_async_middleware
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest
from redis.exceptions import RedisError

REQUESTS = Counter("teleconseil_requests", "Answered requests", ["method", "route", "status"])
SECONDS = Histogram("teleconseil_request_seconds", "Time to answer", ["route"])
PENDING = Gauge("teleconseil_log_pending", "Entries that are not yet in the tree")
HEAD = Gauge("teleconseil_log_entries", "Entries in the tree")
DUE = Gauge("teleconseil_payment_operations", "Operations on payments not yet settled")
BACKLOGS = (
    (PENDING, "SELECT count(*) FROM audit_pending"),
    (HEAD, "SELECT coalesce(max(size), 0) FROM audit_head"),
    (DUE, "SELECT count(*) FROM billing_op WHERE settled_at IS NULL"),
)


@sync_and_async_middleware
def measured(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Middleware: counts answers by route, never by address, which would hold identifiers."""

    async def waiting(request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        return _counted(request, await get_response(request), begun)

    def plain(request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        return _counted(request, get_response(request), begun)

    return waiting if iscoroutinefunction(get_response) else plain


def _counted(request: HttpRequest, response: HttpResponse, begun: float) -> HttpResponse:
    route = request.resolver_match.route if request.resolver_match else "none"
    REQUESTS.labels(request.method, route, str(response.status_code)).inc()
    SECONDS.labels(route).observe(time.perf_counter() - begun)
    return response


def database_answers(alias: str) -> bool:
    """Whether a database answers now."""
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def cache_answers() -> bool:
    """Whether the cache answers now."""
    try:
        cache.get("sante")
    except (RedisError, OSError):
        return False
    return True


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """`/sante/`: 200 when this process can serve, 503 when something that it needs is away."""
    parts = {
        "database": database_answers("default"),
        "keys": database_answers("keys"),
        "cache": cache_answers(),
    }
    ready = all(parts.values())
    return JsonResponse(
        {"state": "ok" if ready else "degraded", **parts}, status=200 if ready else 503
    )


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """`/metrics` in Prometheus' text; only from this machine and not through a proxy."""
    here = request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1")
    if not here or "HTTP_X_FORWARDED_FOR" in request.META:
        raise Http404
    for gauge, question in BACKLOGS:
        with closing(connections["default"].cursor()) as cursor:
            cursor.execute(question)
            gauge.set(cursor.fetchone()[0])
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
