"""The national register as last published: loads, their rows, and the pointer to the one read.

A load is written whole beside the one in use; moving the pointer is what makes it the register.
The rows are a copy of a public file, so they carry no subject and demand no entry.
"""

from uuid import uuid4

from django.db import models
from django.db.models import Q


class RegisterLoad(models.Model):
    """One file that was read: what it held, and its SHA-256 as evidence."""

    id = models.BigAutoField(primary_key=True)
    file = models.TextField()
    sha256 = models.CharField(max_length=64)
    encoding = models.CharField(max_length=20)
    lines = models.PositiveBigIntegerField(default=0)
    rows = models.PositiveBigIntegerField(default=0)
    rejected = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField()


class RegisterEntry(models.Model):
    """One activity of one physician, as the register's line `line` says it."""

    pk = models.CompositePrimaryKey("load_id", "rpps", "line")
    # No constraint: it would be checked row by row, for rows that only one function writes.
    load = models.ForeignKey(RegisterLoad, models.DO_NOTHING, db_constraint=False, db_index=False)
    rpps = models.CharField(max_length=11, db_collation="C")
    line = models.PositiveIntegerField()
    family_name = models.TextField()
    given_name = models.TextField()
    category = models.TextField()
    skill = models.TextField()
    mode = models.TextField()
    finess = models.TextField()
    site = models.TextField()
    departement = models.TextField()
    authority = models.TextField()


class Register(models.Model):
    """The pointer, one row: the load that is read. Moving it is an act, with its entry."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    subject = models.UUIDField(default=uuid4, editable=False)
    current = models.ForeignKey(RegisterLoad, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="register_is_one_row")]
