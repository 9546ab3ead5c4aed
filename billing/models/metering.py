"""Tables of a metered exchange: who was there, when it was ended, what the meter read."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from billing.models.quotes import Quote

SIDES = ("patient", "physician")


class Presence(models.Model):
    """One stretch in which one side was shown to be there; `seen_at` moves with their line."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(editable=False)
    question = models.UUIDField()
    side = models.CharField(max_length=16)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["question", "side", "-seen_at"], name="presence_latest")]
        constraints = [
            models.CheckConstraint(condition=Q(side__in=SIDES), name="presence_side"),
            models.CheckConstraint(
                condition=Q(seen_at__gt=F("began_at")), name="presence_forward"
            ),
        ]


class MeterStop(models.Model):
    """Either side ended the metered exchange: nothing after this moment is counted."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(editable=False)
    question = models.UUIDField()
    quote = models.OneToOneField(Quote, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=16)
    stopped_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(side__in=SIDES), name="meterstop_side")]


class MeterReading(models.Model):
    """What the meter of one quote came to, read once, when the gate passed.

    The database counts the minutes again from `Presence`, by other means, before it takes a row.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(editable=False)
    question = models.UUIDField()
    quote = models.OneToOneField(Quote, on_delete=models.PROTECT, related_name="+")
    per_minute_cents = models.PositiveIntegerField()
    cap_cents = models.PositiveIntegerField()
    minutes = models.PositiveIntegerField()
    cents = models.PositiveIntegerField()
    started_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(cents=F("per_minute_cents") * F("minutes")), name="meter_rate_times"
            ),
            models.CheckConstraint(
                condition=Q(cents__lte=F("cap_cents")), name="meter_within_cap"
            ),
            models.CheckConstraint(
                condition=Q(minutes=0) | Q(started_at__isnull=False), name="meter_was_started"
            ),
        ]
