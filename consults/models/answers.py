"""Tables of answers, of the way reports travel, and of alerts to the duty physician."""

from django.db import models
from django.db.models import Q

from consults import states
from consults.models.people import Patient, Physician
from consults.models.rows import Row, one_of
from consults.models.threads import Message, Question


class Answer(Row):
    """The physician's signed reply: what was signed, when, against which state of the thread."""

    question = models.OneToOneField(Question, on_delete=models.PROTECT)
    physician = models.ForeignKey(Physician, on_delete=models.PROTECT)
    message = models.OneToOneField(Message, on_delete=models.PROTECT)
    against_seq = models.BigIntegerField()
    signed_at = models.DateTimeField()
    strong_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20)
    act_kind = models.CharField(max_length=20)
    remote_relevant = models.BooleanField()
    personalised = models.BooleanField()
    incidents = models.CharField(max_length=20, blank=True, default="")
    greeting_only = models.BooleanField()
    report = models.BinaryField(null=True)
    report_commitment = models.BinaryField(null=True)
    report_bytes = models.PositiveIntegerField(default=0)
    report_says_acts = models.BooleanField()
    # It analyses and says what follows: a report without these is not one.
    report_is_whole = models.BooleanField(default=False)
    decision_id = models.UUIDField()

    class Meta:
        constraints = [
            one_of("outcome", states.OUTCOMES),
            one_of("act_kind", states.ACT_KINDS),
            one_of("incidents", states.INCIDENTS),
            models.CheckConstraint(
                condition=Q(report__isnull=True, report_commitment__isnull=True)
                | Q(report__isnull=False, report_commitment__isnull=False),
                name="answer_report_is_sealed",
            ),
            # Target of a composite key: a pass names an answer to its own question.
            models.UniqueConstraint(fields=["id", "question"], name="answer_to_question"),
        ]


class ReportDelivery(Row):
    """How the report reached the treating physician, or the patient's recorded objection."""

    question = models.OneToOneField(Question, on_delete=models.PROTECT)
    way = models.CharField(max_length=20)
    # The treating physician who reads it here; null when it travels otherwise, or not.
    reader = models.ForeignKey(Physician, on_delete=models.PROTECT, null=True)
    at = models.DateTimeField()
    by = models.UUIDField()

    class Meta:
        constraints = [
            one_of("way", states.WAYS),
            models.CheckConstraint(
                condition=Q(way="in-product", reader__isnull=False)
                | (~Q(way="in-product") & Q(reader__isnull=True)),
                name="reportdelivery_in_product_has_reader",
            ),
        ]


class Alert(Row):
    """A call for the duty physician; `duty_physician` is null when nobody was on the roster."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    kind = models.CharField(max_length=20)
    duty_physician = models.ForeignKey(Physician, on_delete=models.PROTECT, null=True)
    raised_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.UUIDField(null=True)
    verdict = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        constraints = [
            one_of("kind", states.ALERTS),
            one_of("verdict", ("", *states.ALERT_VERDICTS)),
        ]
        indexes = [models.Index(fields=["acknowledged_at", "raised_at"], name="alert_open")]
