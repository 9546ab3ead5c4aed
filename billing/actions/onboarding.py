"""Physicians' own accounts at Stripe: open one, and take over what it may do."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.facts import Actor
from billing import gateway
from billing.actions.desk import note_account, open_connected_account
from billing.actions.steps import Since
from billing.models import ConnectedAccount
from consults.queries.record import named


def open_account(*, physician_id: UUID, actor: Actor, now: datetime) -> ConnectedAccount:
    """The physician's connected account, made at Stripe the first time. Outside a transaction.

    Raises gateway.Unreachable. The key is the physician's id, so asking twice makes one account.
    """
    running = Since(now)
    known = ConnectedAccount.objects.filter(physician=physician_id).first()
    if known is not None:
        return known
    name = named(physician_id).name
    made = gateway.create_account(key=f"account-{physician_id}", name=name)
    with transaction.atomic(durable=True):
        return open_connected_account(
            physician_id=physician_id, stripe_account=made.id,
            charges_enabled=made.charges_enabled, details_submitted=made.details_submitted,
            actor=actor, now=running.at(),
        )  # fmt: skip


def refresh_account(*, stripe_account: str, now: datetime) -> None:
    """Fetch what an account may do now and take it over. Outside a transaction."""
    running = Since(now)
    found = gateway.retrieve_account(account=stripe_account)
    with transaction.atomic(durable=True):
        note_account(
            stripe_account=found.id, charges_enabled=found.charges_enabled,
            details_submitted=found.details_submitted, now=running.at(),
        )  # fmt: skip
