"""Holds that are placed again before they lapse."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from billing.models.payments import Leg
from billing.states import RenewalState


class Renewal(models.Model):
    """One more hold for a payment, so that it outlives the time to answer; counted, or dropped.

    Counted, it takes the place of `instead_of` in its leg, in one transaction (migration 0020).
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(editable=False)
    leg = models.ForeignKey(Leg, on_delete=models.PROTECT, related_name="+")
    instead_of = models.CharField(max_length=120)  # the PaymentIntent whose hold lapses
    until = models.DateTimeField()  # when it does, as Stripe said
    state = models.CharField(max_length=16, default=RenewalState.ASKED)
    reference = models.CharField(max_length=40, unique=True)
    return_token = models.CharField(max_length=64, unique=True)
    checkout_session = models.CharField(max_length=120, null=True, unique=True)
    hosted_url = models.CharField(max_length=1000, blank=True)
    payment_intent = models.CharField(max_length=120, null=True, unique=True)
    holds_until = models.DateTimeField(null=True)  # of its own hold, once one was seen
    asked_at = models.DateTimeField()
    telling_at = models.DateTimeField(null=True)  # when a worker last tried to send a mail
    told_at = models.DateTimeField(null=True)  # when a mail said so
    settled_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[str(state) for state in RenewalState]),
                name="renewal_state",
            ),
            models.UniqueConstraint(
                fields=["leg"], condition=Q(state__in=["asked", "open"]), name="renewal_one_waits"
            ),
            models.UniqueConstraint(
                fields=["leg", "instead_of"],
                condition=Q(state="counted"),
                name="renewal_counts_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="counted") | Q(payment_intent__isnull=False),
                name="renewal_counted_holds",
            ),
            models.CheckConstraint(
                condition=~Q(payment_intent=F("instead_of")), name="renewal_is_another_hold"
            ),
        ]
