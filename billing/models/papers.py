"""Receipts and credit notes: issued once, never changed, one gap-free series per issuer.

A closed account leaves a sealed address behind, so that its papers stay within reach.
"""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from billing.states import SECTORS, Mode


class Receipt(models.Model):
    """A physician's receipt or the platform's invoice, as it was issued.

    A refund has its credit note in the same series; one that failed has the note undone.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(editable=False)
    question = models.UUIDField(db_index=True)
    leg = models.UUIDField()
    kind = models.CharField(max_length=16, default="receipt")  # receipt, credit, credit_undone
    refund = models.UUIDField(null=True)
    series = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    issuer = models.CharField(max_length=200)
    amount_cents = models.PositiveIntegerField()
    vat_cents = models.PositiveIntegerField()
    settlement = models.CharField(max_length=16)
    issued_at = models.DateTimeField()
    text = models.TextField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "number"], name="receipt_number"),
            models.UniqueConstraint(
                fields=["leg"], condition=Q(kind="receipt"), name="receipt_one_a_leg"
            ),
            models.UniqueConstraint(fields=["refund", "kind"], name="receipt_one_a_refund"),
            models.CheckConstraint(
                condition=Q(kind="receipt", refund__isnull=True)
                | Q(kind__in=["credit", "credit_undone"], refund__isnull=False),
                name="receipt_credit_has_refund",
            ),
            models.CheckConstraint(
                condition=Q(series="platform") | Q(series__startswith="dr:", vat_cents=0),
                name="receipt_care_has_no_vat",
            ),
        ]


class PaperLink(models.Model):
    """The sealed address of a closed account's papers: it opens them and nothing else.

    Only the hash of its token is kept, so that nobody can make the address from this table.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(editable=False)
    account = models.UUIDField(db_index=True)
    token_sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()


class Letterhead(models.Model):
    """What a physician's receipts carry beside the name: address, sector; the latest counts."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(editable=False)
    physician = models.UUIDField(db_index=True)
    address = models.CharField(max_length=300)
    sector = models.CharField(max_length=20, blank=True)
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sector__in=["", *SECTORS]), name="letterhead_sector_is_known"
            ),
        ]


class Customer(models.Model):
    """A business to which the platform's fee is invoiced; the latest statement counts.

    It is on the platform's invoice alone. Without a name the patient is the customer again.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(editable=False)
    question = models.UUIDField(db_index=True)
    name = models.CharField(max_length=200, blank=True)
    siren = models.CharField(max_length=14, blank=True)  # a SIREN, or a SIRET that begins with it
    vat_number = models.CharField(max_length=20, blank=True)
    street = models.CharField(max_length=200, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    stated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(name="", siren="", vat_number="", street="", postcode="", city="")
                | ~Q(name="") & Q(siren__regex=r"^[0-9]{9}([0-9]{5})?$") & ~Q(city=""),
                name="customer_whole_or_none",
            ),
        ]


class Acquittal(models.Model):
    """How and when honoraires reached the practice, as their physician says."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(editable=False)
    leg = models.UUIDField(unique=True)
    mode = models.CharField(max_length=16, blank=True)
    received_on = models.DateField()
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(mode__in=["", *map(str, Mode)]), name="acquittal_mode"
            ),
        ]


class Reminder(models.Model):
    """That a patient was reminded of honoraires due at the practice: once for each bound."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(editable=False)
    leg = models.UUIDField()
    days = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["leg", "days"], name="reminder_once_a_bound"),
        ]


class Confirmation(models.Model):
    """That a patient was sent, by mail, what a contract of theirs says, or that it ended."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(editable=False)
    quote = models.UUIDField()
    kind = models.CharField(max_length=16)  # order, withdrawal
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["quote", "kind"], name="confirmation_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["order", "withdrawal"]), name="confirmation_kind"
            ),
        ]
