"""The two payments of a quote, the operations on them, and the pass that a capture needs."""

from enum import StrEnum
from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from billing.models.quotes import ConnectedAccount, Quote
from billing.states import LegState, OpKind, OpState, Party, Settlement


def _one_of(field: str, values: type[StrEnum], name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{field}__in": [str(value) for value in values]}), name=name
    )


class Leg(models.Model):
    """One of the two payments: one party's money, on that party's own account."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(editable=False)
    question = models.UUIDField(db_index=True)
    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="+")
    party = models.CharField(max_length=16)
    settlement = models.CharField(max_length=16)
    connected_account = models.ForeignKey(
        ConnectedAccount, on_delete=models.PROTECT, null=True, related_name="+"
    )
    amount_cents = models.PositiveIntegerField()
    state = models.CharField(max_length=20, default=LegState.DRAFT)
    salt = models.BinaryField()
    reference = models.CharField(max_length=40, unique=True)
    return_token = models.CharField(max_length=64, unique=True)
    checkout_session = models.CharField(max_length=120, null=True, unique=True)
    hosted_url = models.CharField(max_length=1000, blank=True)
    payment_intent = models.CharField(max_length=120, null=True, unique=True)
    charge = models.CharField(max_length=120, blank=True)
    refused_code = models.CharField(max_length=80, blank=True)
    captured_cents = models.PositiveIntegerField(default=0)
    refund_ordered_cents = models.PositiveIntegerField(default=0)
    refunded_cents = models.PositiveIntegerField(default=0)
    lost_cents = models.PositiveIntegerField(default=0)  # to the cardholder's bank
    capture_before = models.DateTimeField(null=True)
    # Its holder took it at Stripe without an operation of ours; false again under a pass.
    elsewhere = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    authorised_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)
    look_after_at = models.DateTimeField(null=True)  # when an end that nobody saw is looked at

    class Meta:
        indexes = [
            models.Index(fields=["state", "made_at"], name="leg_open", condition=Q(ended_at=None)),
            # Given up by the clock alone: a few.
            models.Index(
                fields=["look_after_at"],
                name="leg_unseen_end",
                condition=Q(look_after_at__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["quote", "party"], name="leg_one_a_party"),
            # Target of the composite keys that hold an operation and its pass to one quote.
            models.UniqueConstraint(fields=["id", "quote"], name="leg_of_quote"),
            _one_of("party", Party, "leg_party"),
            _one_of("settlement", Settlement, "leg_settlement"),
            _one_of("state", LegState, "leg_state"),
            models.CheckConstraint(
                condition=Q(party="honoraires", settlement="card", connected_account__isnull=False)
                | Q(connected_account__isnull=True) & ~Q(party="honoraires", settlement="card"),
                name="leg_on_its_own_account",
            ),
            models.CheckConstraint(
                condition=Q(party="honoraires") | Q(settlement="card"), name="leg_fee_by_card"
            ),
            models.CheckConstraint(condition=Q(amount_cents__gte=50), name="leg_chargeable"),
            models.CheckConstraint(
                condition=Q(captured_cents__lte=F("amount_cents")), name="leg_captured_within_cap"
            ),
            models.CheckConstraint(
                condition=Q(refund_ordered_cents__lte=F("captured_cents")),
                name="leg_refunds_within_capture",
            ),
            models.CheckConstraint(
                condition=Q(refunded_cents__lte=F("refund_ordered_cents")),
                name="leg_refunded_was_ordered",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["captured", "part_refunded"], elsewhere=True)
                & ~Q(state="taken_elsewhere", elsewhere=False),
                name="leg_taken_elsewhere",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["due", "acquitted", "waived"])
                | Q(settlement="off_platform"),
                name="leg_due_off_platform",
            ),
        ]


class GatePass(models.Model):
    """The law's yes to one answer on one quote. Without it no capture can be written."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(editable=False)
    question = models.UUIDField()
    answer = models.UUIDField(unique=True)
    quote = models.OneToOneField(Quote, on_delete=models.PROTECT, related_name="+")
    quote_sha256 = models.CharField(max_length=64)
    decision = models.UUIDField()
    pack_id = models.CharField(max_length=80)
    pack_version = models.CharField(max_length=40)
    pack_sha256 = models.CharField(max_length=64)
    passed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["id", "quote"], name="gatepass_of_quote"),
        ]


class Op(models.Model):
    """Something asked of Stripe; its id is the idempotency key. Committed before the call."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(editable=False)
    leg = models.ForeignKey(Leg, on_delete=models.PROTECT, related_name="+")
    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16)
    state = models.CharField(max_length=16, default=OpState.LIVE)
    gate_pass = models.ForeignKey(GatePass, on_delete=models.PROTECT, null=True, related_name="+")
    renewal = models.ForeignKey("Renewal", on_delete=models.PROTECT, null=True, related_name="+")
    amount_cents = models.PositiveIntegerField()
    reason = models.CharField(max_length=64, blank=True)
    returns_to = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["asked_at"], name="op_live", condition=Q(state="live"))]
        constraints = [
            _one_of("kind", OpKind, "op_kind"),
            _one_of("state", OpState, "op_state"),
            models.CheckConstraint(
                condition=Q(kind="capture", gate_pass__isnull=False)
                | ~Q(kind="capture") & Q(gate_pass__isnull=True),
                name="op_capture_has_pass",
            ),
            models.UniqueConstraint(
                fields=["leg"],
                condition=Q(state="live", kind__in=["capture", "cancel"]),
                name="op_one_live_end",
            ),
            models.UniqueConstraint(
                fields=["leg"],
                condition=Q(kind="capture", state__in=["live", "done"]),
                name="op_one_capture",
            ),
            models.UniqueConstraint(
                fields=["leg"], condition=Q(state="live", kind="open"), name="op_one_live_open"
            ),
            models.UniqueConstraint(
                fields=["leg"], condition=Q(state="live", kind="refund"), name="op_one_live_refund"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["renew", "drop"], renewal__isnull=False)
                | ~Q(kind__in=["renew", "drop"]) & Q(renewal__isnull=True),
                name="op_of_renewal",
            ),
            models.UniqueConstraint(
                fields=["renewal", "kind"],
                condition=Q(state="live"),
                name="op_one_live_of_renewal",
            ),
        ]


class Refund(models.Model):
    """Money of one leg given back, as Stripe shows it; `op` is null when others asked for it."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(editable=False)
    leg = models.ForeignKey(Leg, on_delete=models.PROTECT, related_name="+")
    op = models.OneToOneField(Op, on_delete=models.PROTECT, null=True, related_name="+")
    stripe_refund = models.CharField(max_length=120, unique=True)
    amount_cents = models.PositiveIntegerField()
    vat_cents = models.PositiveIntegerField()
    failed = models.BooleanField(default=False)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="refund_positive"),
            models.CheckConstraint(
                condition=Q(vat_cents__lte=F("amount_cents")), name="refund_vat_inside"
            ),
        ]


class Dispute(models.Model):
    """A cardholder contests one leg at their bank, as Stripe shows it."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(editable=False)
    leg = models.ForeignKey(Leg, on_delete=models.PROTECT, related_name="+")
    stripe_dispute = models.CharField(max_length=120, unique=True)
    amount_cents = models.PositiveIntegerField()
    status = models.CharField(max_length=40)
    seen_at = models.DateTimeField()
    changed_at = models.DateTimeField()


class Reconciliation(models.Model):
    """The last look at one account's balance beside its book: figures of the machinery."""

    book = models.CharField(max_length=40, primary_key=True)
    account = models.CharField(max_length=64, blank=True)
    looked_at = models.DateTimeField()
    looked_until = models.DateTimeField(null=True)
    balance_cents = models.BigIntegerField(default=0)
    book_cents = models.BigIntegerField(default=0)
    unexplained = models.PositiveIntegerField(default=0)


class Attempt(models.Model):
    """One try at an operation: who tries the n-th time is decided by this row's uniqueness."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    op = models.ForeignKey(Op, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["op", "number"], name="attempt_number")]


class StripeEvent(models.Model):
    """An event as received: it only ever means "go and fetch"."""

    id = models.CharField(max_length=120, primary_key=True)
    endpoint = models.CharField(max_length=16)
    account = models.CharField(max_length=64, blank=True)
    type = models.CharField(max_length=80)
    about = models.CharField(max_length=120, blank=True)
    reference = models.CharField(max_length=40, blank=True)
    received_at = models.DateTimeField()
    followed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["received_at"], name="event_waiting", condition=Q(followed_at=None)
            )
        ]
