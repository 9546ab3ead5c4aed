"""Leases on questions, signs of life, complaints, the register of public texts."""

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


class Presence(models.Model):
    """When a physician's own pages were last open here: a sign of life, kept nowhere else."""

    physician = models.OneToOneField(
        "consults.Physician", models.PROTECT, primary_key=True, related_name="+"
    )
    seen_at = models.DateTimeField()


class PublicText(models.Model):
    """One version of one public text in one language, as proposed and judged. Only added to.

    `refused_by` is the code under which the rules refused it, empty when none did; `flags` are the
    rules that asked for a person's eye, separated by spaces.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.UUIDField(default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=64)
    language = models.CharField(max_length=8)
    version = models.PositiveIntegerField()
    body = models.TextField()
    sha256 = models.CharField(max_length=64)
    source = models.CharField(max_length=8)
    proposed_by = models.UUIDField()
    proposed_at = models.DateTimeField()
    refused_by = models.CharField(max_length=64, blank=True, default="")
    flags = models.CharField(max_length=400, blank=True, default="")
    pack_sha256 = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()
        permissions = (("approve_text", "May approve public texts"),)
        constraints = (
            models.UniqueConstraint(
                fields=("key", "language", "version"), name="broker_publictext_version"
            ),
            # Target of the composite key that carries the four eyes; see TextStep.
            models.UniqueConstraint(
                fields=("id", "proposed_by", "refused_by"), name="broker_publictext_as_judged"
            ),
            models.CheckConstraint(
                condition=Q(language__in=("fr", "en")), name="broker_publictext_language"
            ),
            models.CheckConstraint(
                condition=Q(source__in=("release", "operator")), name="broker_publictext_source"
            ),
        )


class TextStep(models.Model):
    """A version approved, or withdrawn; only added to. `approver` is who answers for it.

    `proposed_by` and `refused_by` repeat the version's, tied to it by a composite key: so the
    database itself refuses the approval of a refused text, and one's approval of one's own.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.UUIDField()
    text = models.ForeignKey(PublicText, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=9)
    proposed_by = models.UUIDField()
    refused_by = models.CharField(max_length=64, blank=True, default="")
    decided_by = models.UUIDField()
    approver = models.CharField(max_length=200)
    at = models.DateTimeField()
    valid_from = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("text", "kind"), name="broker_textstep_once"),
            models.CheckConstraint(
                condition=Q(kind__in=("approved", "withdrawn")), name="broker_textstep_kind"
            ),
            models.CheckConstraint(
                condition=Q(kind="withdrawn")
                | (Q(refused_by="") & ~Q(decided_by=models.F("proposed_by"))),
                name="broker_textstep_four_eyes",
            ),
        )


class Complaint(models.Model):
    """A patient complains of an exchange: to its physician, or to the platform. Texts are sealed.

    Who answers depends on what it is about: the advice is the physician's, the service and its
    fee are the operator's.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.UUIDField()
    question = models.ForeignKey("consults.Question", models.PROTECT, related_name="+")
    about = models.CharField(max_length=8)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField(db_index=True)
    text = models.BinaryField()
    answered_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, blank=True, default="")
    answer = models.BinaryField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("question", "about"),
                condition=Q(answered_at=None),
                name="broker_complaint_one_open",
            ),
            models.CheckConstraint(
                condition=Q(about__in=("advice", "service", "payment")),
                name="broker_complaint_about",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, outcome="", answer=None)
                | Q(
                    answered_at__isnull=False,
                    answer__isnull=False,
                    outcome__in=("upheld", "refunded", "rejected"),
                ),
                name="broker_complaint_answered_whole",
            ),
        )
