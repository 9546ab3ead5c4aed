"""Two endpoints, two secrets: verify the raw bytes, remember the event, answer 200."""

import structlog
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing import gateway
from billing.actions.events import receive

log = structlog.get_logger(__name__)
MAX_BYTES = 256 * 1024


@csrf_exempt
@require_POST
def platform(request: HttpRequest) -> JsonResponse:
    """Events of the platform's own account."""
    return _received(request, "platform", settings.STRIPE_WEBHOOK_SECRET_PLATFORM)


@csrf_exempt
@require_POST
def accounts(request: HttpRequest) -> JsonResponse:
    """Events of the physicians' own accounts."""
    return _received(request, "accounts", settings.STRIPE_WEBHOOK_SECRET_ACCOUNTS)


def _received(request: HttpRequest, endpoint: str, secret: str) -> JsonResponse:
    now = timezone.now()
    signature = request.headers.get("Stripe-Signature", "")
    if not secret or not signature:
        return _refused("WEBHOOK_SIGNATURE_INVALID")
    if len(request.body) > MAX_BYTES:  # no event is; more than a request may have was not read
        return _refused("WEBHOOK_BODY_INVALID")
    try:
        event = gateway.verified(payload=request.body, signature=signature, secret=secret, now=now)
    except gateway.BadSignature:
        return _refused("WEBHOOK_SIGNATURE_INVALID")
    except gateway.FutureSignature:
        return _refused("WEBHOOK_TIMESTAMP_REFUSED")
    except gateway.NotAnEvent:
        return _refused("WEBHOOK_BODY_INVALID")
    taken = receive(endpoint=endpoint, event=event, now=now)
    log.info("webhook.received", endpoint=endpoint, type=event.type, taken=taken)
    return JsonResponse({"received": True})


def _refused(code: str) -> JsonResponse:
    return JsonResponse({"code": code}, status=400)
