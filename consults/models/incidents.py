"""Tables of acts judged again after they were done, and of what was found too late."""

from django.db import models

from consults.models.rows import Row
from consults.models.threads import Question


class Rejudgment(Row):
    """An act judged once more, at its own moment, with what is known since; it replaces none."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT)
    decision_id = models.UUIDField(unique=True)
    # The moment of the act, whose law counts; `at` is when it was looked at again.
    act_at = models.DateTimeField()
    at = models.DateTimeField()
    outcome = models.CharField(max_length=20)
    code = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["question", "-at"], name="rejudgment_of_question")]


class Incident(Row):
    """A charge that the law turns out not to have allowed: once a question, given back whole."""

    question = models.OneToOneField(Question, on_delete=models.PROTECT)
    rejudgment = models.OneToOneField(Rejudgment, on_delete=models.PROTECT)
    opened_at = models.DateTimeField()
