"""Tables of what a patient chooses: their treating physician, what they agree to, and to leave."""

from django.db import models
from django.db.models import F, Q

from consults import states
from consults.models.people import Patient
from consults.models.rows import Row, one_of
from consults.models.threads import Question


class TreatingChoice(Row):
    """What a patient last said of their treating physician; append-only, the latest counts.

    `here` is told by a link of care; `elsewhere` names a physician of the national register who
    does not answer here, and `load` says which publication of the register named them.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    choice = models.CharField(max_length=10)
    rpps = models.CharField(max_length=11, blank=True, default="")
    name = models.CharField(max_length=200, blank=True, default="")
    load = models.PositiveBigIntegerField(null=True)
    said_at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("choice", states.TREATING_CHOICES),
            models.CheckConstraint(
                condition=(Q(choice="elsewhere", load__isnull=False) & ~Q(rpps=""))
                | (~Q(choice="elsewhere") & Q(load__isnull=True, rpps="", name="")),
                name="treatingchoice_elsewhere_is_of_the_register",
            ),
        ]
        indexes = [models.Index(fields=["patient", "-said_at"], name="treatingchoice_latest")]


class Consent(Row):
    """A patient agreed to words, named by their hash, or took that back; append-only.

    `question` is the one it was said for; without it, it is about the whole file.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    question = models.ForeignKey(Question, on_delete=models.PROTECT, null=True)
    kind = models.CharField(max_length=10)
    given = models.BooleanField()
    version = models.CharField(max_length=10)
    language = models.CharField(max_length=8)
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [one_of("kind", states.CONSENTS)]
        indexes = [models.Index(fields=["patient", "kind", "-at"], name="consent_latest")]


class Erasure(Row):
    """The destruction of a file's key, step by step: asked, due, ordered, done; or cancelled.

    `key_id` is the key that is being destroyed; from the order on the file names another, which
    does not exist, so that nothing sealed under the old one opens any more.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    key_id = models.UUIDField(null=True)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)
    ordered_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"], condition=Q(cancelled_at=None), name="erasure_one_live"
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True) | Q(ordered_at__isnull=True),
                name="erasure_cancelled_before_it_is_ordered",
            ),
            models.CheckConstraint(
                condition=Q(ordered_at__isnull=True, key_id__isnull=True)
                | Q(ordered_at__gte=F("due_at"), key_id__isnull=False),
                name="erasure_ordered_when_due",
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(done_at__gte=F("ordered_at")),
                name="erasure_done_when_ordered",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="erasure_due")]
