"""Tables of how a report travels: the way picked, the mails, who opened it, who takes none."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from consults import states
from consults.models.people import Physician
from consults.models.rows import Row, one_of
from consults.models.threads import Question


class ReportPlan(Row):
    """How the patient wants the report to travel, picked with the quote; the last row counts."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT)
    way = models.CharField(max_length=20)
    # A secure address, sealed under the patient's key; its mark tells one address from another.
    address = models.BinaryField(null=True)
    address_mark = models.BinaryField(null=True)
    at = models.DateTimeField()
    by = models.UUIDField()

    class Meta:
        constraints = [
            one_of("way", states.WAYS),
            models.CheckConstraint(
                condition=Q(way="secure-mail", address__isnull=False, address_mark__isnull=False)
                | (~Q(way="secure-mail") & Q(address__isnull=True, address_mark__isnull=True)),
                name="reportplan_secure_mail_has_address",
            ),
        ]


class ReportMail(Row):
    """One secure mail to one address, committed before it is sent; its id makes the Message-ID."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT)
    address = models.BinaryField()
    address_mark = models.BinaryField()
    state = models.CharField(max_length=20)
    asked_at = models.DateTimeField()
    asked_by = models.UUIDField()
    # What came of it: the last code, the server's own number for it, and a salted commitment
    # to the very bytes of the PDF that was taken.
    code = models.CharField(max_length=40, blank=True, default="")
    queue_id = models.CharField(max_length=80, blank=True, default="")
    commitment = models.BinaryField(null=True)
    salt = models.BinaryField(null=True)
    try_at = models.DateTimeField(null=True)  # when it is due next; null is at once
    maybe_repeated = models.BooleanField(default=False)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("state", states.MAIL_STATES),
            models.UniqueConstraint(
                fields=["question"], condition=Q(state="waiting"), name="reportmail_one_waiting"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", settled_at__isnull=True)
                | (~Q(state="waiting") & Q(settled_at__isnull=False)),
                name="reportmail_settled_when_over",
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(commitment__isnull=False, salt__isnull=False),
                name="reportmail_accepted_has_proof",
            ),
        ]
        indexes = [models.Index(fields=["state", "try_at"], name="reportmail_next")]


class ReportMailAttempt(models.Model):
    """One try at one mail, committed before it begins; one without an end has died."""

    mail = models.ForeignKey(ReportMail, on_delete=models.PROTECT)
    number = models.PositiveIntegerField()
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    # The code of what came of it; empty while nobody knows.
    outcome = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mail", "number"], name="reportmail_attempt_once")
        ]


class ReportReading(Row):
    """Somebody opened a report for the first time, or took it away as a file."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    what = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("what", states.READINGS),
            models.UniqueConstraint(
                fields=["question", "account"],
                condition=Q(what="opened"),
                name="reportreading_opened_once",
            ),
        ]
        indexes = [models.Index(fields=["question", "at"], name="reportreading_of")]


class ReportSwitch(Row):
    """Whether a physician takes reports in the product, from an instant; the last row counts."""

    physician = models.ForeignKey(Physician, on_delete=models.PROTECT)
    accepts = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["physician", "-at"], name="reportswitch_latest")]
