"""Tables of the record: accounts, entries, the tree over them, and who may read which council.

Rights on these tables, the stamps on an entry and the refusals of any change are in `sql/`.
"""

from typing import ClassVar
from uuid import uuid4

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from guardian.models import UserObjectPermissionBase

from audit.facts import KINDS


class AccountManager(BaseUserManager["Account"]):
    """Makes accounts; the e-mail address is the name that people sign in with."""

    def create_user(
        self, email: str, password: str | None = None, *, kind: str = "patient", **fields: object
    ) -> "Account":
        """Make an account that may sign in with this address."""
        account = self.model(email=self.normalize_email(email).lower(), kind=kind, **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def create_superuser(
        self, email: str, password: str | None = None, **fields: object
    ) -> "Account":
        """Make an operator; nobody has every right here, so there is no more than that."""
        return self.create_user(email, password, kind="operator", **fields)

    def get_by_natural_key(self, username: str | None) -> "Account":
        """Find the account of an address, whatever its case."""
        return self.get(email=(username or "").lower())


class Account(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. `subject` is what the record knows of them: a random number."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(unique=True, default=uuid4, editable=False)
    email = models.EmailField(unique=True)
    kind = models.CharField(max_length=16, choices=[(kind, kind) for kind in KINDS])
    council = models.CharField(max_length=16, blank=True, default="")
    language = models.CharField(max_length=8, default="fr")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = AccountManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="reviewer") | models.Q(council=""),
                name="audit_account_council_of_reviewers_only",
            ),
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")),
                name="audit_account_email_lower_case",
            ),
        ]

    def __str__(self) -> str:
        return str(self.subject)

    @property
    def is_staff(self) -> bool:
        """Nobody here is staff in Django's sense: there is no writable admin."""
        return False


class Invitation(models.Model):
    """One use of one link, by which an invited person sets a password and a second factor.

    Only the link's hash is kept. A later invitation of the same account replaces this one.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    token_sha256 = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("issued_at")),
                name="audit_invitation_ends_after_it_starts",
            )
        ]
        indexes = [models.Index(fields=["account", "-issued_at"], name="audit_invitation_latest")]


class Entry(models.Model):
    """One line of the log: exact bytes, and `type`, `at`, `tx` that the database stamps."""

    id = models.BigAutoField(primary_key=True)
    body = models.BinaryField()
    subject = models.UUIDField()
    scope = models.CharField(max_length=16)
    type = models.CharField(max_length=64)
    at = models.DateTimeField()
    tx = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["tx", "subject"], name="audit_entry_tx_subject"),
            models.Index(fields=["subject", "id"], name="audit_entry_subject"),
            models.Index(fields=["scope", "id"], name="audit_entry_scope"),
        ]


class Pending(models.Model):
    """An entry that the sequencer has not placed yet."""

    entry = models.OneToOneField(
        Entry, primary_key=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )


class Leaf(models.Model):
    """The place of an entry in the tree, with its number within its scope."""

    index = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, related_name="leaf", db_constraint=False
    )
    scope = models.CharField(max_length=16)
    n = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "n"], name="audit_leaf_scope_n"),
        ]


class Tile(models.Model):
    """Up to 256 hashes of one level of the tree, in tlog-tiles layout; it only grows."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField()


class Head(models.Model):
    """How far the tree has grown: one row, moved by the sequencer."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField()
    root = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="audit_head_is_one_row"),
        ]


class Checkpoint(models.Model):
    """A tree head that the signer has signed, as the bytes it published."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    at = models.DateTimeField()


class Opening(models.Model):
    """Values and salts behind the commitments of one entry, sealed under a patient's key."""

    entry = models.OneToOneField(
        Entry, primary_key=True, on_delete=models.PROTECT, related_name="opening"
    )
    subject = models.UUIDField(db_index=True)
    field = models.CharField(max_length=64)
    author = models.UUIDField()
    sealed = models.BinaryField()


class EntryType(models.Model):
    """The closed list of what may be recorded."""

    name = models.CharField(max_length=64, primary_key=True)


class Allowed(models.Model):
    """A change that an entry type accounts for: `column` is a name, `*`, `+` or `-`."""

    pk = models.CompositePrimaryKey("type", "table", "column")
    type = models.CharField(max_length=64)
    table = models.CharField(max_length=64)
    column = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["table", "column"], name="audit_allowed_table_column")]


class Setting(models.Model):
    """What only the owner may set: the tolerance between an act's moment and the clock."""

    name = models.CharField(max_length=64, primary_key=True)
    value = models.TextField()


class RulePack(models.Model):
    """A version of the dated rules that decisions were judged by, kept for every replay."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    version = models.CharField(max_length=64)
    body = models.BinaryField()


class Council(models.Model):
    """A departmental council of the Order, or the national one, as an object of rights."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField(unique=True, default=uuid4, editable=False)
    code = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=120)

    class Meta:
        default_permissions = ()
        permissions = [("review", "May review the entries of this council")]

    def __str__(self) -> str:
        return self.code


class CouncilUserPermission(UserObjectPermissionBase):
    """A reviewer's right on one council; it dies with the row it points to."""

    # guardian finds this table by the way back, which has to have a name.
    content_object = models.ForeignKey(
        Council, on_delete=models.PROTECT, related_name="user_permissions"
    )
