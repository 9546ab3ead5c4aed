"""Leases on questions, sealed drafts, and the processes' signs of life."""

import uuid

from django.db import models
from django.db.models import Q


class Lease(models.Model):
    """A physician's fenced hold on a question; the token is the fence, one live per question."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.UUIDField()
    question = models.ForeignKey("consults.Question", models.PROTECT, related_name="+")
    physician = models.ForeignKey("consults.Physician", models.PROTECT, related_name="+")
    token = models.UUIDField(unique=True)
    purpose = models.CharField(max_length=8)
    taken_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=16, blank=True, default="")

    class Meta:
        """One live lease per question; an ended lease says why."""

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


class Presence(models.Model):
    """Until when a lease holds; renewed by the physician's presence, so kept beside it."""

    lease = models.OneToOneField(Lease, models.PROTECT, primary_key=True, related_name="presence")
    expires_at = models.DateTimeField(db_index=True)


class Draft(models.Model):
    """A physician's unsent answer, sealed under the patient's key like any content."""

    question = models.ForeignKey("consults.Question", models.PROTECT, related_name="+")
    physician = models.ForeignKey("consults.Physician", models.PROTECT, related_name="+")
    sealed = models.BinaryField()
    saved_at = models.DateTimeField()

    class Meta:
        """One draft per physician and question."""

        constraints = (
            models.UniqueConstraint(fields=("question", "physician"), name="broker_draft_one"),
        )


class Pulse(models.Model):
    """A background process' last sign of life, for the operator's page."""

    process = models.CharField(max_length=80, primary_key=True)
    beat_at = models.DateTimeField()
    rounds = models.BigIntegerField(default=0)
    failures = models.BigIntegerField(default=0)
    last_failure = models.CharField(max_length=80, blank=True, default="")
