"""Who may read which paper and which book; anything else does not exist (404)."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from audit.models import Account
from billing.queries.papers import Paper, account_behind
from consults import access as care
from consults.queries import physician_of
from consults.queries.agreements import asked_by

STRONG_AT = "strong_at"  # the session's moment of second factor


def admitted(request: HttpRequest, *kinds: str) -> Account:
    """The signed-in person of one of these kinds, with their second factor; Http404 otherwise."""
    account = request.user
    if not isinstance(account, Account) or not account.is_active or account.kind not in kinds:
        raise Http404
    if account.kind != "patient" and not request.session.get(STRONG_AT):
        raise PermissionDenied("SECOND_FACTOR_NEEDED")
    return account


def may_read(account: Account, paper: Paper) -> bool:
    """The patient reads both papers, the physician their own, the operator the platform's."""
    if account.kind == "patient":
        return care.may_take_part(account, paper.receipt.question)
    if account.kind == "physician":
        own = physician_of(account.pk)
        return own is not None and own.id == paper.physician and not paper.is_invoice
    return account.kind == "operator" and paper.is_invoice


def behind(token: str) -> list[UUID]:
    """The questions whose papers a sealed address opens: those of an account that is closed."""
    account_id = account_behind(token)
    if account_id is None or Account.objects.filter(pk=account_id, is_active=True).exists():
        raise Http404
    return asked_by(account_id)


def book_of(account: Account) -> str:
    """The one book that this person may read: a physician's own, or the platform's."""
    if account.kind == "operator":
        return "platform"
    own = physician_of(account.pk) if account.kind == "physician" else None
    if own is None:
        raise Http404
    return f"dr:{own.rpps}"
