"""What a patient asks about a fee, and the physician's explanation."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q


class FeeQuestion(models.Model):
    """A demand for an explanation of the honoraires; both texts are sealed for the patient."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(editable=False)
    question = models.UUIDField(db_index=True)
    physician = models.UUIDField(db_index=True)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    asked = models.BinaryField()
    answered_at = models.DateTimeField(null=True)
    answered = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["question"], condition=Q(answered_at=None), name="one_open_fee_question"
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered=None)
                | Q(answered_at__gte=F("asked_at"), answered__isnull=False),
                name="fee_question_answered_whole",
            ),
        ]
