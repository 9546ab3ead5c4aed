"""Who may read the record: every question about rights over entries is asked here."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from guardian.shortcuts import assign_perm, get_objects_for_user, remove_perm

from audit.facts import NATIONAL
from audit.models import Account, Council, Entry

REVIEW = "audit.review"
STRONG_AT = "strong_at"


@dataclass(frozen=True, slots=True)
class Reach:
    """What a reviewer may read: the councils' codes; the national council reads every scope."""

    codes: frozenset[str] = frozenset()

    @property
    def whole(self) -> bool:
        """Whether every scope is within reach."""
        return NATIONAL in self.codes

    @property
    def scope(self) -> str:
        """The scope under which this reviewer's own reads are recorded."""
        return NATIONAL if self.whole or not self.codes else min(self.codes)


def reach_of(account: Any) -> Reach:
    """Return what an account may read of the record; nothing unless it is a reviewer's."""
    if not (account.is_authenticated and account.is_active and account.kind == "reviewer"):
        return Reach()
    councils = get_objects_for_user(
        account,
        REVIEW,
        klass=Council,
        use_groups=False,
        with_superuser=False,
        accept_global_perms=False,
    )
    return Reach(frozenset(councils.values_list("code", flat=True)))


def may_read(reach: Reach, subject: UUID) -> bool:
    """Say whether something happened in a scope within reach; that it was read is not enough.

    A reviewer of several councils leaves the trace of a reading in only one of them.
    """
    entries = Entry.objects.filter(subject=subject).exclude(type__startswith="record.")
    if reach.whole:
        return entries.exists()
    return bool(reach.codes) and entries.filter(scope__in=reach.codes).exists()


def strongly_authenticated(request: HttpRequest) -> bool:
    """Say whether this session has shown a second factor."""
    return bool(request.session.get(STRONG_AT))


def grant_review(account: Account, council: Council) -> None:
    """Give a reviewer the right on one council."""
    assign_perm(REVIEW, account, council)


def withdraw_review(account: Account, council: Council) -> None:
    """Take that right back."""
    remove_perm(REVIEW, account, council)
