"""Tables of people: patients, physicians, and the dated evidence about them."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from consults import states
from consults.models.rows import Row, one_of


class Patient(Row):
    """A person who is asked about. `key_id` names the content key in the key store.

    An account has one file of its own, and may hold the files of children until `held_until`,
    the instant at which the child is of age: from then on the account reads nothing of it.
    """

    subject = models.UUIDField(unique=True, default=uuid4, editable=False)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    own = models.BooleanField(default=True)
    held_until = models.DateTimeField(null=True)
    key_id = models.UUIDField(unique=True)
    name = models.CharField(max_length=200)
    birth_date = models.DateField()
    parental_authority = models.BooleanField(null=True)
    identified_by = models.CharField(max_length=20, blank=True, default="")
    identified_at = models.DateTimeField(null=True)
    identified_until = models.DateTimeField(null=True)
    enrolled_at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("identified_by", states.IDENTIFIED_BY),
            models.UniqueConstraint(
                fields=["account"], condition=Q(own=True), name="patient_one_own_file"
            ),
            models.CheckConstraint(
                condition=Q(own=True, held_until__isnull=True)
                | Q(own=False, held_until__isnull=False),
                name="patient_held_until_of_age",
            ),
        ]


class IdentityProof(Row):
    """What an identity provider vouched for: one person there is one file here.

    `mark` stands for the issuer and its name of the person, under a key of this service.
    """

    patient = models.OneToOneField(Patient, on_delete=models.PROTECT, related_name="+")
    mark = models.CharField(max_length=64, unique=True)
    acr = models.CharField(max_length=80)
    proved_at = models.DateTimeField()


class MinorException(Row):
    """A physician spares a minor the parents' consent (L.1111-5 CSP), for their own answers."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    physician = models.ForeignKey("consults.Physician", on_delete=models.PROTECT)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "physician"], name="minorexception_once_a_physician"
            )
        ]


class Physician(Row):
    """A registered physician; what is certified of them is in `Attestation`, with dates."""

    subject = models.UUIDField(unique=True, default=uuid4, editable=False)
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    rpps = models.CharField(max_length=11, unique=True)
    name = models.CharField(max_length=200)
    specialty = models.CharField(max_length=80)
    departement = models.CharField(max_length=3)
    council = models.CharField(max_length=3)
    status = models.CharField(max_length=20, default="private")
    # Where the career stands now; the moves that led there are in `CareerMove`.
    state = models.CharField(max_length=20, default=states.APPLIED)
    enrolled_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(rpps__regex=r"^[0-9]{11}$"), name="physician_rpps_is_eleven_digits"
            ),
            one_of("status", tuple(states.STATUSES)),
            one_of("state", states.CAREER),
        ]


class Attestation(Row):
    """Dated evidence about a physician, in force on `[valid_from, valid_until)`; append-only."""

    physician = models.ForeignKey(Physician, on_delete=models.PROTECT)
    kind = models.CharField(max_length=20)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    details = models.JSONField(default=dict)
    evidence_sha256 = models.CharField(max_length=64)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("kind", states.ATTESTATIONS_KEPT),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="attestation_ends_after_it_starts",
            ),
        ]
        indexes = [
            models.Index(fields=["physician", "kind", "-recorded_at"], name="attestation_latest")
        ]


class PathwayEvidence(Row):
    """A declared link of care; `confirmed` stays null until the attestor has spoken.

    A link that ends keeps what was said of it: it counts no more from `ended_at` on.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    ground = models.CharField(max_length=20)
    physician = models.ForeignKey(Physician, on_delete=models.PROTECT, related_name="linked_by")
    attestor = models.ForeignKey(Physician, on_delete=models.PROTECT, related_name="asked_of")
    declared_at = models.DateTimeField()
    confirmed = models.BooleanField(null=True)
    decided_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=10, blank=True, default="")

    class Meta:
        constraints = [
            one_of("ground", states.DECLARED_GROUNDS),
            one_of("ended_by", states.ENDED_BY),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by="")
                | (Q(ended_at__gte=F("declared_at")) & ~Q(ended_by="")),
                name="pathwayevidence_ended_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(confirmed__isnull=True, decided_at__isnull=True)
                | Q(confirmed__isnull=False, decided_at__isnull=False),
                name="pathwayevidence_decided_when_said",
            ),
        ]
        indexes = [models.Index(fields=["patient", "physician"], name="pathway_of_patient")]


class Duty(Row):
    """A turn of duty, `[starts_at, ends_at)`, entered by the operator; a `DutyEnd` may cut it.

    `role` is "on-call" (the département's permanence des soins, a ground of the pathway) or
    "alerts" (the duty physician, told of the emergencies heard here).
    """

    physician = models.ForeignKey(Physician, on_delete=models.PROTECT)
    role = models.CharField(max_length=8)
    departement = models.CharField(max_length=3)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    paid_by_allowance = models.BooleanField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="duty_ends_after_it_starts"
            ),
            one_of("role", states.DUTY_ROLES),
        ]
        indexes = [models.Index(fields=["starts_at", "ends_at"], name="duty_hours")]
