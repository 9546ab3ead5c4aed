"""Leases on questions, and the background processes' signs of life."""

import uuid

from django.db import models
from django.db.models import Q


class Lease(models.Model):
    """A physician's fenced hold on a question: one live per question, its token is the fence.

    `expires_at` moves with the physician's presence; everything else is recorded when it changes.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.UUIDField()
    question = models.ForeignKey("consults.Question", models.PROTECT, related_name="+")
    physician = models.ForeignKey("consults.Physician", models.PROTECT, related_name="+")
    token = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=8)
    taken_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=16, blank=True, default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("question",), condition=Q(ended_at=None), name="broker_lease_one_live"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_because="")
                | (Q(ended_at__isnull=False) & ~Q(ended_because="")),
                name="broker_lease_end_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=("reserve", "answer")), name="broker_lease_purpose"
            ),
        )


class Pulse(models.Model):
    """A background process' last sign of life, for the operator's page."""

    process = models.CharField(max_length=80, primary_key=True)
    beat_at = models.DateTimeField()
    rounds = models.BigIntegerField(default=0)
    failures = models.BigIntegerField(default=0)
    last_failure = models.CharField(max_length=80, blank=True, default="")
