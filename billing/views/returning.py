"""The way back from a hosted page: one token per payment, so that the two share nothing."""

from contextlib import suppress

from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing.actions.payments import PaymentUnavailable, reconcile
from billing.actions.renewing import reconcile_renewal
from billing.models import Leg, Renewal


@require_safe
def returned(request: HttpRequest, token: str) -> HttpResponseRedirect:
    """Look at the payment where it is, then go back to its question."""
    leg = Leg.objects.filter(return_token=token).only("id", "question").first()
    renewal = Renewal.objects.filter(return_token=token).select_related("leg").first()
    if renewal is not None:
        with suppress(PaymentUnavailable):
            reconcile_renewal(renewal_id=renewal.id, now=timezone.now())
        return HttpResponseRedirect(f"/questions/{renewal.leg.question}/retour/")
    if leg is None:
        raise Http404
    with suppress(PaymentUnavailable):  # the worker will look again
        reconcile(leg_id=leg.id, now=timezone.now())
    return HttpResponseRedirect(f"/questions/{leg.question}/retour/")
