"""Tables of duty: turns cut short, turns handed over, alerts passed on, what physicians take."""

from django.db import models
from django.db.models import Q

from consults import states
from consults.models.answers import Alert
from consults.models.people import Duty, Physician
from consults.models.rows import Row, one_of


class DutyEnd(Row):
    """A turn that ends before its time, at `ended_at`; append-only, once a turn."""

    duty = models.OneToOneField(Duty, on_delete=models.PROTECT, related_name="end")
    ended_at = models.DateTimeField()
    because = models.CharField(max_length=12)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [one_of("because", states.DUTY_ENDS)]


class Handover(Row):
    """A turn offered to a colleague; until they accept, it stays with whom it was."""

    duty = models.ForeignKey(Duty, on_delete=models.PROTECT)
    to = models.ForeignKey(Physician, on_delete=models.PROTECT)
    offered_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    accepted = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, accepted__isnull=True)
                | Q(answered_at__isnull=False, accepted__isnull=False),
                name="handover_answered_when_said",
            ),
            models.UniqueConstraint(
                fields=["duty"], condition=Q(answered_at=None), name="handover_one_open"
            ),
        ]


class AlertStep(Row):
    """An alert passed on because nobody had acknowledged it; each level once an alert.

    `physician` is whom level "next" called; `told_at` is when the operator's mail had left.
    """

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="steps")
    level = models.CharField(max_length=8)
    physician = models.ForeignKey(Physician, on_delete=models.PROTECT, null=True)
    at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    # A worker is about to tell the operator since then.
    taken_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("level", states.ALERT_LEVELS),
            models.UniqueConstraint(fields=["alert", "level"], name="alertstep_once"),
            models.CheckConstraint(
                condition=Q(level="next", physician__isnull=False)
                | (~Q(level="next") & Q(physician__isnull=True)),
                name="alertstep_next_names_somebody",
            ),
            models.CheckConstraint(
                condition=Q(level="operator") | Q(told_at__isnull=True),
                name="alertstep_operator_is_told",
            ),
        ]


class Availability(Row):
    """What a physician chose to take from `recorded_at` on; the last row holds, append-only.

    With `taking` false, `back_at` is when they take questions again by themselves, if ever.
    """

    physician = models.ForeignKey(Physician, on_delete=models.PROTECT)
    taking = models.BooleanField()
    back_at = models.DateTimeField(null=True)
    kinds = models.JSONField(default=list)
    topics = models.JSONField(default=list)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(taking=False) | Q(back_at__isnull=True),
                name="availability_back_from_a_pause",
            ),
        ]
        indexes = [models.Index(fields=["physician", "-recorded_at"], name="availability_latest")]


class ProfileAcknowledgement(Row):
    """A physician read what the profile in force means for them, with their second factor."""

    physician = models.ForeignKey(Physician, on_delete=models.PROTECT)
    profile = models.CharField(max_length=20)
    sha256 = models.CharField(max_length=64)
    strong_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["physician", "sha256"], name="profile_acknowledged"),
        ]
