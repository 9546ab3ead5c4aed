"""A physician's own account at Stripe, as far as it has come."""

from uuid import UUID

from django.db.models import F

from billing.models import ConnectedAccount
from billing.states import AccountState


def account_for(physician_id: UUID) -> ConnectedAccount | None:
    """The physician's connected account, if one was opened: one that is not cut, or the last."""
    own = ConnectedAccount.objects.filter(physician=physician_id)
    return own.order_by(F("deauthorised_at").desc(nulls_first=True), "-opened_at").first()


def account_state(own: ConnectedAccount | None) -> AccountState:
    """Where an account stands."""
    if own is None:
        return AccountState.NONE
    if own.deauthorised_at is not None:
        return AccountState.DEAUTHORISED
    if own.charges_enabled:
        return AccountState.ACTIVE
    return AccountState.PENDING if own.details_submitted else AccountState.BEGUN


def takes_cards(physician_id: UUID) -> bool:
    """Whether honoraires can be paid by card to this physician now."""
    return account_state(account_for(physician_id)) is AccountState.ACTIVE
