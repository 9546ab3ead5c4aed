"""Tables of questions and their threads. Text written by people is kept sealed, never in clear."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from guardian.models import UserObjectPermissionBase

from consults import states
from consults.models.people import Patient, Physician
from consults.models.rows import Row, one_of


class Question(Row):
    """One request of one patient, with its thread; `head_seq` is the last event's number."""

    subject = models.UUIDField(unique=True, default=uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    physician = models.ForeignKey(Physician, on_delete=models.PROTECT, null=True)
    named = models.BooleanField()
    ground = models.CharField(max_length=20)
    state = models.CharField(max_length=20)
    severity = models.CharField(max_length=20)
    tier = models.CharField(max_length=20)
    # What the patient said it is about, from the list in topics.json; health, so never recorded.
    topic = models.CharField(max_length=40, blank=True, default="")
    # What the patient is told when the question did not get in; empty when it did.
    refusal = models.CharField(max_length=40, blank=True, default="")
    refused_by = models.CharField(max_length=80, blank=True, default="")
    reason = models.CharField(max_length=40, blank=True, default="")
    decision_id = models.UUIDField()
    consented_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    deadline_at = models.DateTimeField(null=True)
    # When it was seen that nobody had answered by then: from there on the answer costs nothing.
    breached_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    head_seq = models.BigIntegerField(default=0)
    # How far the screen has listened to what the patient writes.
    screened_seq = models.BigIntegerField(default=0)

    class Meta:
        permissions = [
            ("take_part", "Reads and writes in the thread"),
            ("read_report", "Reads the report as the treating physician"),
        ]
        constraints = [
            one_of("state", states.STATES),
            one_of("ground", states.GROUNDS),
            one_of("severity", states.SEVERITIES),
            models.CheckConstraint(
                condition=Q(named=False) | Q(physician__isnull=False),
                name="question_named_has_physician",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("claimed", "answered", "closed"))
                | Q(physician__isnull=False),
                name="question_taken_has_physician",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "deadline_at"], name="question_queue"),
            models.Index(fields=["patient", "-opened_at"], name="question_of_patient"),
            models.Index(fields=["physician", "state"], name="question_of_physician"),
        ]


class Message(Row):
    """One event of a thread, numbered without gap. Text is sealed; `code` names a state event."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT)
    seq = models.BigIntegerField()
    client_id = models.UUIDField()
    kind = models.CharField(max_length=10)
    author_kind = models.CharField(max_length=20)
    author_id = models.UUIDField()
    at = models.DateTimeField()
    code = models.CharField(max_length=40, blank=True, default="")
    body = models.BinaryField(null=True)
    commitment = models.BinaryField(null=True)
    # Tells a resend from a conflict without comparing ciphertexts, which always differ.
    mac = models.BinaryField(null=True)
    body_bytes = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["question", "seq"], name="message_seq_once"),
            models.UniqueConstraint(fields=["question", "client_id"], name="message_id_once"),
            models.CheckConstraint(condition=Q(seq__gt=0), name="message_seq_from_one"),
            one_of("kind", ("message", "answer", "state")),
            models.CheckConstraint(
                condition=Q(kind="state", body__isnull=True)
                | Q(
                    body__isnull=False,
                    commitment__isnull=False,
                    mac__isnull=False,
                    kind__in=("message", "answer"),
                ),
                name="message_text_is_sealed",
            ),
        ]


class Seen(Row):
    """How far one reader has read one thread, and since when."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    seq = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["question", "account"], name="seen_once_a_reader")
        ]


class Draft(Row):
    """A text that was not accepted, sealed, kept thirty days so that it can be rephrased."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT)
    field = models.CharField(max_length=10)
    seq = models.BigIntegerField()
    author_id = models.UUIDField()
    client_id = models.UUIDField()
    kept_at = models.DateTimeField()
    delete_at = models.DateTimeField()
    body = models.BinaryField()
    mac = models.BinaryField()
    body_bytes = models.PositiveIntegerField()

    class Meta:
        constraints = [one_of("field", ("message", "answer", "report", "form"))]
        indexes = [models.Index(fields=["delete_at"], name="draft_due")]


class QuestionUserPermission(UserObjectPermissionBase):
    """Who may do what with one question: a row a right, tied to the question by a real key."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    content_object = models.ForeignKey(Question, on_delete=models.PROTECT)

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False
