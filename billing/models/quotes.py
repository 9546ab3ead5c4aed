"""What is offered: the physician's amount, the platform's schedule, the quote, its acceptance."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from billing.money.metering import MOST_MINUTES


class ConnectedAccount(models.Model):
    """A physician's own account at Stripe, on which their honoraires are a direct charge."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(default=uuid4, editable=False)
    physician = models.UUIDField()
    stripe_account = models.CharField(max_length=64, unique=True)
    charges_enabled = models.BooleanField(default=False)
    details_submitted = models.BooleanField(default=False)
    payouts_enabled = models.BooleanField(default=False)
    requirements = models.JSONField(default=list)  # Stripe's own words for what it still asks
    disabled_reason = models.CharField(max_length=80, blank=True, default="")
    deauthorised_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["looked_at"], name="connectedaccount_looked")]
        constraints = [
            # One that was cut stays, with its payments, beside the one opened after it.
            models.UniqueConstraint(
                fields=["physician"],
                condition=Q(deauthorised_at=None),
                name="connectedaccount_one_open",
            ),
        ]


class Honoraires(models.Model):
    """What a physician asks for one act, fixed by the physician; the latest row counts.

    With a forfait, one amount covers every exchange of the same patient for so many days.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(default=uuid4, editable=False)
    physician = models.UUIDField()
    cents = models.PositiveIntegerField()
    forfait_cents = models.PositiveIntegerField(default=0)
    forfait_days = models.PositiveSmallIntegerField(default=0)
    set_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["physician", "-set_at"], name="honoraires_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(cents=0) | Q(cents__gte=50), name="honoraires_zero_or_chargeable"
            ),
            models.CheckConstraint(
                condition=Q(forfait_cents=0, forfait_days=0)
                | Q(forfait_cents__gte=50, forfait_days__gte=1),
                name="forfait_whole_or_none",
            ),
        ]


class Schedule(models.Model):
    """The platform's flat fee for a tier, VAT included, by version. No percentage exists.

    The versions of a tier are its place in the catalogue: one that withdraws it ends its offer.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(default=uuid4, editable=False)
    tier = models.CharField(max_length=32)
    version = models.PositiveIntegerField()
    platform_cents = models.PositiveIntegerField()
    vat_bps = models.PositiveIntegerField()
    answer_within_seconds = models.PositiveIntegerField()
    effective_from = models.DateTimeField()
    withdrawn = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tier", "version"], name="schedule_version"),
            models.CheckConstraint(
                condition=Q(platform_cents=0) | Q(platform_cents__gte=50),
                name="schedule_zero_or_chargeable",
            ),
        ]


class Quote(models.Model):
    """Two lines in the name of one physician; immutable and hashed. It holds no total."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(editable=False)
    question = models.UUIDField(db_index=True)
    physician = models.UUIDField()
    tier = models.CharField(max_length=32)
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="+")
    settlement = models.CharField(max_length=16)
    billable = models.BooleanField()
    honoraires_cents = models.PositiveIntegerField()
    platform_cents = models.PositiveIntegerField()
    platform_vat_cents = models.PositiveIntegerField()
    vat_bps = models.PositiveIntegerField()
    answer_within_seconds = models.PositiveIntegerField()
    # The ways in which the report could travel when the quote was made, by commas; "" is unasked.
    report_ways = models.CharField(max_length=80, blank=True, default="")
    period_days = models.PositiveSmallIntegerField(default=0)  # of a forfait that this one opens
    # Of a tier by speed or minutes: when its physician was last seen here before it was issued.
    physician_seen_at = models.DateTimeField(null=True)
    # Of a metered exchange: what a minute costs, and how many the patient sets as the most. The
    # platform's line is then the cap, and the cap is 0 until they have set one.
    per_minute_cents = models.PositiveIntegerField(default=0)
    cap_minutes = models.PositiveSmallIntegerField(default=0)
    reimbursement = models.CharField(max_length=32)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            # Target of a composite key: a pass names the question and the hash of its quote.
            models.UniqueConstraint(fields=["id", "question", "sha256"], name="quote_as_agreed"),
            # Target of a composite key: a meter reads by the rate and the cap of its own quote.
            models.UniqueConstraint(
                fields=["id", "per_minute_cents", "platform_cents"], name="quote_as_metered"
            ),
            models.CheckConstraint(
                condition=Q(per_minute_cents=0, cap_minutes=0)
                | Q(
                    per_minute_cents__gte=50,
                    cap_minutes__lte=MOST_MINUTES,
                    platform_cents=F("per_minute_cents") * F("cap_minutes"),
                ),
                name="quote_cap_is_rate_times_minutes",
            ),
            models.CheckConstraint(
                condition=Q(honoraires_cents=0) | Q(honoraires_cents__gte=50),
                name="quote_honoraires_zero_or_chargeable",
            ),
            models.CheckConstraint(
                condition=Q(platform_cents=0) | Q(platform_cents__gte=50),
                name="quote_fee_zero_or_chargeable",
            ),
            models.CheckConstraint(
                condition=~Q(honoraires_cents=0) | Q(platform_cents=0),
                name="quote_no_honoraires_no_fee",
            ),
            models.CheckConstraint(
                condition=Q(billable=True) | Q(honoraires_cents=0, platform_cents=0),
                name="quote_unbillable_is_free",
            ),
            models.CheckConstraint(
                condition=Q(platform_vat_cents__lte=F("platform_cents")),
                name="quote_vat_inside_fee",
            ),
            models.CheckConstraint(
                condition=Q(settlement__in=["card", "off_platform"]), name="quote_settlement"
            ),
        ]


class Acceptance(models.Model):
    """The patient's agreement to one quote: when it was shown, when accepted, how to settle."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(editable=False)
    quote = models.OneToOneField(Quote, on_delete=models.PROTECT, related_name="+")
    settlement = models.CharField(max_length=16)
    shown_at = models.DateTimeField()
    accepted_at = models.DateTimeField()
    # The hash of the terms of use that were accepted with it; empty when none were published.
    terms_sha256 = models.CharField(max_length=64, blank=True, default="")
    # Asked for by itself, where something is owed: to begin before the fourteen days are over.
    begins_at_once = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(settlement__in=["card", "off_platform"]), name="acceptance_settlement"
            ),
            models.CheckConstraint(
                condition=Q(shown_at__lte=F("accepted_at")), name="acceptance_after_shown"
            ),
        ]
