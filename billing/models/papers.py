"""Receipts and credit notes: issued once, never changed, one gap-free series per issuer.

A closed account leaves a sealed address behind, so that its papers stay within reach.
"""

from uuid import uuid4

from django.db import models
from django.db.models import Q


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
