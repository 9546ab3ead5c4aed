"""Events: verified, remembered once, and followed by going to fetch."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from billing import gateway
from billing.actions.onboarding import refresh_account
from billing.actions.payments import PaymentUnavailable, reconcile
from billing.actions.renewing import reconcile_renewal
from billing.actions.steps import Since
from billing.models import Leg, Renewal, StripeEvent
from billing.states import RenewalState

WAITING = timedelta(hours=1)


def receive(*, endpoint: str, event: gateway.Event, now: datetime) -> bool:
    """Remember a verified event; false when it is known, or of the other mode."""
    if event.livemode != settings.STRIPE_PLATFORM_KEY.startswith(("sk_live_", "rk_live_")):
        return False
    _, made = StripeEvent.objects.get_or_create(
        id=event.id,
        defaults={
            "endpoint": endpoint, "account": event.account[:64], "type": event.type[:80],
            "about": event.about, "reference": event.reference[:40], "received_at": now,
        },
    )  # fmt: skip
    return made


def follow(*, event: StripeEvent, now: datetime) -> bool:
    """Fetch what an event is about, with our own account for it, never the one it names.

    False when the payment service did not answer: the event stays waiting, for an hour at most,
    since the sweeper looks at every open leg anyway.
    """
    running = Since(now)
    try:
        if event.type == "account.updated":
            refresh_account(stripe_account=event.about, now=running.at())
        elif event.type == "account.application.deauthorized":
            # Which of ours it may be; whether it is so, a fetch shows.
            refresh_account(stripe_account=event.account, now=running.at())
        elif renewal := _renewal_about(event):
            reconcile_renewal(renewal_id=renewal.id, now=running.at())
        elif leg := _leg_about(event):
            reconcile(leg_id=leg.id, now=running.at())
    except (PaymentUnavailable, gateway.Unreachable, gateway.Refused):
        if now - event.received_at < WAITING:
            return False
    StripeEvent.objects.filter(pk=event.pk).update(followed_at=running.at())
    return True


def _renewal_about(event: StripeEvent) -> Renewal | None:
    """The page of a hold placed again, while that hold does not count yet."""
    opened = Renewal.objects.filter(state=RenewalState.OPEN)
    known = Q(checkout_session=event.about) if event.about else Q()
    if event.reference:
        known |= Q(reference=event.reference)
    return opened.filter(known).first() if known else None


def _leg_about(event: StripeEvent) -> Leg | None:
    known = Q()
    if event.about:
        known |= Q(payment_intent=event.about) | Q(checkout_session=event.about)
        known |= Q(charge=event.about)
    if event.reference:
        known |= Q(reference=event.reference)
    return Leg.objects.filter(known).first() if known else None
