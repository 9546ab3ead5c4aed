"""The operator opens accounts and hands out links; a link sets a password, and so a beginning."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction

from audit.actions import inviting, reviewing
from audit.facts import SYSTEM, Actor
from audit.models import Account, Invitation
from broker.actions.faults import Moved
from broker.actions.leaving import free_address

LINK_LASTS = timedelta(hours=72)
INVITED = ("physician", "reviewer", "operator")
TOKEN_BYTES = 32


@dataclass(frozen=True)
class Invited:
    """An account and the secret of its link, which is kept nowhere.

    Whoever has the link becomes the account's holder: once somebody has `begun`, it is for their
    letter box alone, since it would open to another what physicians and reviewers read.
    """

    account_id: UUID
    email: str
    token: str
    expires_at: datetime
    begun: bool = False


def invite(
    *,
    email: str,
    kind: str,
    actor: Actor,
    now: datetime,
    council: str = "",
    language: str = "fr",
) -> Invited:
    """Open an account for a physician, a reviewer or an operator, or give theirs a new link.

    Raises Moved with ACCOUNT_OF_ANOTHER_KIND where the address belongs to somebody else's kind
    of account: a patient's never becomes another. One whose address was never proven is closed.
    """
    assert kind in INVITED
    with transaction.atomic(durable=True):
        free_address(email=email, actor=actor, now=now)
        account = Account.objects.filter(email=email.lower()).first()
        if account is None:
            account = inviting.open_account(
                email=email, kind=kind, council=council, language=language, actor=actor, now=now
            )
            _admit(account, actor, now)
        if account.kind != kind or (kind == "reviewer" and account.council != council):
            raise Moved("ACCOUNT_OF_ANOTHER_KIND")
        token, expires_at = secrets.token_urlsafe(TOKEN_BYTES), now + LINK_LASTS
        inviting.issue_invitation(
            account=account,
            token_sha256=_hash(token),
            expires_at=expires_at,
            actor=actor,
            now=now,
        )
    return Invited(account.pk, account.email, token, expires_at, account.has_usable_password())


def apply_for_link(*, email: str, now: datetime, language: str = "fr") -> Invited | None:
    """A link for a physician who asks for one on the public page; None where none may be given.

    Whose address is known is told to nobody: an account that has begun, or that is somebody
    else's, gets nothing by this way, neither a mail nor a change.
    """
    held = Account.objects.filter(email=email.lower()).first()
    if held is not None and (held.kind != "physician" or held.has_usable_password()):
        return None
    return invite(email=email, kind="physician", actor=SYSTEM, now=now, language=language)


def _admit(account: Account, actor: Actor, now: datetime) -> None:
    """A reviewer reads their council's entries from the start."""
    if account.kind != "reviewer":
        return
    code = account.council
    council = reviewing.name_council(code=code, name=code, actor=actor, now=now)
    reviewing.admit_reviewer(account=account, council=council, actor=actor, now=now)


def invited_by(*, token: str, now: datetime) -> Account | None:
    """Whose link this is, while it may be used."""
    found = Invitation.objects.filter(token_sha256=_hash(token)).select_related("account").first()
    if found is None or not inviting.stands(invitation=found, now=now):
        return None
    return found.account


def begin(*, token: str, password: str, now: datetime) -> Account:
    """Use a link: the password is set, the address counts as proven, an old second factor goes.

    Raises Moved with INVITATION_SPENT.
    """
    with transaction.atomic(durable=True):
        try:
            account = inviting.use_invitation(token_sha256=_hash(token), now=now)
        except inviting.InvitationSpent:
            raise Moved("INVITATION_SPENT") from None
        Authenticator.objects.filter(user=account).delete()
        account.set_password(password)
        account.save(update_fields=["password"])
        EmailAddress.objects.update_or_create(
            user=account, email=account.email, defaults={"verified": True, "primary": True}
        )
    return account


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
