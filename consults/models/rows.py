"""What every table of care begins with."""

from uuid import uuid4

from django.db import models
from django.db.models import Q


class Row(models.Model):
    """A row with a public id, and the subject under which the log speaks of it."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(editable=False)

    class Meta:
        abstract = True


def one_of(field: str, words: tuple[str, ...]) -> models.CheckConstraint:
    """A constraint: the field holds one of the closed words."""
    return models.CheckConstraint(
        condition=Q(**{f"{field}__in": words}), name=f"%(class)s_{field}_is_known"
    )
