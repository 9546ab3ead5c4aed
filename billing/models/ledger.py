"""One party's accounts are one book. One row is one balanced transfer inside one book.

Both accounts of a row are tied to the row's book by composite foreign keys, and the pair of
accounts to a closed table of flows (migration 0002), so a row that joins a physician and the
platform cannot be written.
"""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q


class Book(models.Model):
    """The accounts of one party: `platform` or `dr:<RPPS>`."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(default=uuid4, editable=False)
    name = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=16)
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["id", "kind"], name="book_of_kind"),
            models.CheckConstraint(
                condition=Q(name="platform", kind="platform")
                | Q(name__startswith="dr:", kind="physician"),
                name="book_kind",
            ),
        ]


class LedgerAccount(models.Model):
    """One account inside one book."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(editable=False)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["book", "name"], name="ledgeraccount_name"),
            models.UniqueConstraint(
                fields=["id", "book", "kind", "name"], name="ledgeraccount_of_book"
            ),
        ]


class Flow(models.Model):
    """A pair of accounts that an event may move money between; the closed list."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(default=uuid4, editable=False)
    kind = models.CharField(max_length=16)
    event = models.CharField(max_length=32)
    debit = models.CharField(max_length=32)
    credit = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "event", "debit", "credit"], name="flow_allowed"
            )
        ]


class Journal(models.Model):
    """One balanced transfer inside one book; its source makes a replay a no-op."""

    id = models.BigAutoField(primary_key=True)
    subject = models.UUIDField(editable=False)
    # Composite keys hold these three: none has a constraint or an index of its own.
    book = models.ForeignKey(
        Book, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    kind = models.CharField(max_length=16)
    event = models.CharField(max_length=32)
    debit = models.ForeignKey(
        LedgerAccount,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    debit_name = models.CharField(max_length=32)
    credit = models.ForeignKey(
        LedgerAccount,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    credit_name = models.CharField(max_length=32)
    amount_cents = models.PositiveBigIntegerField()
    source = models.CharField(max_length=160)
    seq = models.PositiveSmallIntegerField()
    question = models.UUIDField(null=True)
    leg = models.UUIDField(null=True)
    posted_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["question"], name="journal_question"),
            models.Index(fields=["book", "posted_at"], name="journal_of_day"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["source", "seq"], name="journal_once"),
            # No payment is ever captured twice, whatever its holds.
            models.UniqueConstraint(
                fields=["leg"],
                condition=Q(event="captured", debit_name="stripe"),
                name="journal_one_capture",
            ),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="journal_positive"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="journal_two_accounts"),
        ]


class ClosedDay(models.Model):
    """A day in UTC whose sums are kept; the database takes no row of it any more."""

    day = models.DateField(primary_key=True)
    closed_at = models.DateTimeField()


class DaySum(models.Model):
    """What one account moved on one closed day: derived, so that no balance scans history."""

    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    debit_cents = models.PositiveBigIntegerField()
    credit_cents = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "day"], name="daysum_once"),
        ]
