"""Tables of a physician's way in: moves of their career, contracts, evidence, warnings.

All append-only: what was known at an instant is what had been recorded by then.
"""

from django.db import models
from django.db.models import F, Q

from consults import contracts, states
from consults.models.people import Attestation, Physician
from consults.models.rows import Row, one_of


class CareerMove(Row):
    """One move of a physician from a state to another, with its reason."""

    physician = models.ForeignKey(Physician, on_delete=models.PROTECT, related_name="moves")
    number = models.PositiveSmallIntegerField()
    left = models.CharField(max_length=20)
    to = models.CharField(max_length=20)
    reason = models.CharField(max_length=30)
    evidence_sha256 = models.CharField(max_length=64, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("to", states.CAREER),
            one_of("reason", states.MOVE_REASONS),
            models.UniqueConstraint(fields=["physician", "number"], name="careermove_number"),
        ]


class Contract(Row):
    """A contract between a physician and the platform, in writing (L.4113-9 CSP)."""

    physician = models.ForeignKey(Physician, on_delete=models.PROTECT, related_name="contracts")
    party = models.CharField(max_length=200)
    pay = models.CharField(max_length=20)
    signed_on = models.DateField()
    effective_on = models.DateField()
    # The first day on which it binds no more.
    ends_on = models.DateField(null=True)
    evidence_sha256 = models.CharField(max_length=64)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("pay", contracts.PAYS),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("effective_on")),
                name="contract_ends_after_it_starts",
            ),
        ]
        indexes = [models.Index(fields=["physician", "recorded_at"], name="contract_of_physician")]


class ContractStep(Row):
    """What happened to a contract on a day: an item proved, sent, answered, declared."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10)
    item = models.CharField(max_length=20, blank=True, default="")
    opinion = models.CharField(max_length=20, blank=True, default="")
    on = models.DateField()
    reference = models.CharField(max_length=40, blank=True, default="")
    evidence_sha256 = models.CharField(max_length=64)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("kind", contracts.STEPS),
            models.CheckConstraint(
                condition=Q(kind="item", item__in=contracts.ITEMS)
                | (~Q(kind="item") & Q(item="")),
                name="contractstep_item_is_known",
            ),
            models.CheckConstraint(
                condition=Q(kind="answered", opinion__in=contracts.OPINIONS)
                | (~Q(kind="answered") & Q(opinion="")),
                name="contractstep_answer_is_known",
            ),
        ]


class Evidence(Row):
    """A file that proves something about a physician, sealed under a key of the master key."""

    physician = models.ForeignKey(Physician, on_delete=models.PROTECT)
    # What it is said to prove, "" for a paper of the contract, and on which days, the last one in.
    kind = models.CharField(max_length=20, blank=True, default="")
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=30)
    size = models.PositiveIntegerField()
    body = models.BinaryField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["physician", "sha256", "kind"], name="evidence_once"),
            one_of("media_type", states.EVIDENCE_TYPES),
            one_of("kind", ("", *states.ATTESTATIONS)),
        ]


class ExpiryWarning(Row):
    """A physician was told, by a mail without content, that an attestation ends soon."""

    attestation = models.ForeignKey(Attestation, on_delete=models.PROTECT)
    days = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["attestation", "days"], name="expirywarning_once")
        ]
