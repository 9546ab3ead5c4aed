"""What may be recorded and what each entry accounts for: the registries, and their union."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import ModuleType

Allowances = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Registries:
    """The union of every app's registry; see `gather`.

    `entry_types`: entry type -> {table: columns it accounts for}, where a column is a name,
    `"*"` (any update), `"+"` (INSERT) or `"-"` (DELETE).
    `append_only`: tables where rows are only added.
    `ungoverned`: table, or table.column -> why no entry is asked for.
    `subject_of`: table -> SQL over the row `r` that gives the subject of its entries.
    `auto`: table of another's code -> (entry type, SQL of the subject): the trigger itself
    writes the entry, with the names of the columns that changed and no values.
    `owner_only`: tables that the running service may only read.
    """

    entry_types: Mapping[str, Allowances] = field(default_factory=dict)
    append_only: tuple[str, ...] = ()
    ungoverned: Mapping[str, str] = field(default_factory=dict)
    subject_of: Mapping[str, str] = field(default_factory=dict)
    auto: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    owner_only: tuple[str, ...] = ()


class RegistryConflict(ValueError):
    """Two registries say different things of one table or one entry type."""


def gather(modules: Iterable[ModuleType]) -> Registries:
    """Unite the registries of the apps' `schemas` modules; a name may be said only once."""
    united: dict[str, dict[str, object]] = {}
    lists: dict[str, list[str]] = {"append_only": [], "owner_only": []}
    for module in modules:
        for name in ("entry_types", "ungoverned", "subject_of", "auto"):
            said = getattr(module, name.upper(), {})
            target = united.setdefault(name, {})
            if twice := sorted(set(said) & set(target)):
                raise RegistryConflict(f"{name} said twice: {', '.join(twice)}")
            target.update(said)
        for name, names in lists.items():
            names.extend(getattr(module, name.upper(), ()))
    return Registries(
        append_only=tuple(lists["append_only"]),
        owner_only=tuple(lists["owner_only"]),
        **united,  # type: ignore[arg-type]
    )


ENTRY_TYPES: dict[str, dict[str, tuple[str, ...]]] = {
    "account.opened": {"audit_account": ("+",)},
    "account.changed": {"audit_account": ("+", "*", "-")},
    "invitation.issued": {"audit_invitation": ("+",)},
    "invitation.used": {"audit_invitation": ("used_at",)},
    "rights.changed": {
        "audit_account_groups": ("+", "*", "-"),
        "audit_account_user_permissions": ("+", "*", "-"),
        "audit_counciluserpermission": ("+", "*", "-"),
        "auth_group": ("+", "*", "-"),
        "auth_group_permissions": ("+", "*", "-"),
        "guardian_userobjectpermission": ("+", "*", "-"),
        "guardian_groupobjectpermission": ("+", "*", "-"),
    },
    "authenticator.changed": {
        "account_emailaddress": ("+", "*", "-"),
        "account_emailconfirmation": ("+", "*", "-"),
        "mfa_authenticator": ("+", "*", "-"),
        "socialaccount_socialaccount": ("+", "*", "-"),
        "socialaccount_socialtoken": ("+", "*", "-"),
        "socialaccount_socialapp": ("+", "*", "-"),
    },
    "council.named": {"audit_council": ("+", "name")},
    "reviewer.admitted": {"audit_counciluserpermission": ("+",)},
    "reviewer.dismissed": {"audit_counciluserpermission": ("-",)},
    # Reads of the record, recorded before the page or the file leaves.
    "record.listed": {},
    "record.read": {},
    "record.verified": {},
    "record.replayed": {},
    "record.downloaded": {},
    "log.exported": {},
}

APPEND_ONLY: tuple[str, ...] = (
    "audit_entry",
    "audit_leaf",
    "audit_checkpoint",
    "audit_opening",
    "audit_rulepack",
)

UNGOVERNED: dict[str, str] = {
    "audit_entry": "the record itself: append-only and in the tree",
    "audit_pending": "the sequencer's queue, filled by a trigger",
    "audit_leaf": "places in the tree: append-only, covered by the signed root",
    "audit_tile": "hashes of the tree: they only grow, covered by the signed root",
    "audit_head": "the tree's size: re-computed by the signer before it signs",
    "audit_checkpoint": "append-only and signed",
    "audit_opening": "append-only, checked against the commitments in its entry",
    "audit_entrytype": "written at preparation by the owner, from this registry",
    "audit_allowed": "written at preparation by the owner, from this registry",
    "audit_rulepack": "written at preparation by the owner, from the dated texts",
    "audit_setting": "the owner's; the service cannot write it",
    "mfa_authenticator.last_used_at": "a moment of sign-in, not a right",
    "audit_account.last_login": "a moment of sign-in, not a right",
    "django_session": "sessions come and go; what is done in them is recorded",
    "django_migrations": "the owner's; the service cannot write it",
    "django_content_type": "names of tables: the owner's; the service cannot write it",
    "auth_permission": "names of rights: the owner's; the service cannot write it",
    "django_site": "the address of the site: the owner's; the service cannot write it",
}

OWNER_ONLY: tuple[str, ...] = (
    "audit_entrytype",
    "audit_allowed",
    "audit_setting",
    "audit_rulepack",
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "django_site",
)

SUBJECT_OF: dict[str, str] = {}

_OF_USER = "(SELECT a.subject FROM audit_account a WHERE a.id = r.user_id)"
_NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"

AUTO: dict[str, tuple[str, str]] = {
    "audit_account": ("account.changed", "r.subject"),
    "audit_account_groups": (
        "rights.changed",
        "(SELECT a.subject FROM audit_account a WHERE a.id = r.account_id)",
    ),
    "audit_account_user_permissions": (
        "rights.changed",
        "(SELECT a.subject FROM audit_account a WHERE a.id = r.account_id)",
    ),
    "audit_counciluserpermission": ("rights.changed", _OF_USER),
    "auth_group": ("rights.changed", _NOBODY),
    "auth_group_permissions": ("rights.changed", _NOBODY),
    "guardian_userobjectpermission": ("rights.changed", _OF_USER),
    "guardian_groupobjectpermission": ("rights.changed", _NOBODY),
    "account_emailaddress": ("authenticator.changed", _OF_USER),
    "account_emailconfirmation": (
        "authenticator.changed",
        "(SELECT a.subject FROM audit_account a JOIN account_emailaddress e ON e.user_id = a.id"
        " WHERE e.id = r.email_address_id)",
    ),
    "mfa_authenticator": ("authenticator.changed", _OF_USER),
    "socialaccount_socialaccount": ("authenticator.changed", _OF_USER),
    "socialaccount_socialtoken": (
        "authenticator.changed",
        "(SELECT a.subject FROM audit_account a JOIN socialaccount_socialaccount s"
        " ON s.user_id = a.id WHERE s.id = r.account_id)",
    ),
    "socialaccount_socialapp": ("authenticator.changed", _NOBODY),
}
