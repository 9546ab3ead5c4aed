"""Accounts made by the operator: opened, invited by a link of one use, and the link's use."""

from datetime import datetime

from audit.actions import record
from audit.facts import NATIONAL, Actor
from audit.models import Account, Invitation


class InvitationSpent(Exception):
    """The link was used, has expired, or was replaced by a later one."""

    code = "INVITATION_SPENT"


def open_account(
    *, email: str, kind: str, council: str, language: str, actor: Actor, now: datetime
) -> Account:
    """Open an account that nobody can sign in to yet; `council` is a reviewer's own."""
    account = Account(
        email=Account.objects.normalize_email(email).lower(),
        kind=kind,
        council=council if kind == "reviewer" else "",
        language=language,
    )
    account.set_unusable_password()
    record(
        type="account.opened",
        subject=account.subject,
        scope=council or NATIONAL,
        actor=actor,
        now=now,
        data={"kind": kind},
    )
    account.save(force_insert=True)
    return account


def issue_invitation(
    *, account: Account, token_sha256: str, expires_at: datetime, actor: Actor, now: datetime
) -> Invitation:
    """Write down a link by its hash; an earlier one of the same account counts no more."""
    record(
        type="invitation.issued",
        subject=account.subject,
        scope=account.council or NATIONAL,
        actor=actor,
        now=now,
        data={},
    )
    return Invitation.objects.create(
        subject=account.subject,
        account=account,
        token_sha256=token_sha256,
        issued_at=now,
        expires_at=expires_at,
    )


def use_invitation(*, token_sha256: str, now: datetime) -> Account:
    """Use a link once, and give its account; raises InvitationSpent."""
    found = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("account")
        .filter(token_sha256=token_sha256)
        .first()
    )
    if found is None or not stands(invitation=found, now=now):
        raise InvitationSpent
    record(
        type="invitation.used",
        subject=found.subject,
        scope=found.account.council or NATIONAL,
        actor=Actor(found.account.kind, found.account.subject),  # type: ignore[arg-type]
        now=now,
        data={},
    )
    found.used_at = now
    found.save(update_fields=["used_at"])
    return found.account


def stands(*, invitation: Invitation, now: datetime) -> bool:
    """Whether this link may be used: the latest of its account, unused, and in its time."""
    latest = Invitation.objects.filter(account=invitation.account).order_by("-issued_at").first()
    return (
        invitation.used_at is None
        and invitation.issued_at <= now < invitation.expires_at
        and latest == invitation
        and invitation.account.is_active
    )
