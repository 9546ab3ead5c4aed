"""What a physician decides about their own money."""

from datetime import datetime
from uuid import UUID

from audit.facts import Actor
from billing.models import ConnectedAccount, Honoraires, Leg


class NotDue(Exception):
    """Nothing is due on this payment (`NOT_DUE`)."""


def set_honoraires(*, physician_id: UUID, cents: int, actor: Actor, now: datetime) -> Honoraires:
    """Fix what this physician asks for one act: 0, or at least 50 cents."""
    raise NotImplementedError


def open_connected_account(
    *, physician_id: UUID, stripe_account: str, actor: Actor, now: datetime
) -> ConnectedAccount:
    """Remember the physician's own Stripe account; charges are made on it and nowhere else."""
    raise NotImplementedError


def acquit(*, leg_id: UUID, actor: Actor, now: datetime) -> Leg:
    """The physician acknowledges honoraires settled off-platform: DUE becomes ACQUITTED."""
    raise NotImplementedError
