"""What a physician decides about their own money."""

from datetime import datetime
from uuid import UUID, uuid4

from audit.actions import record
from audit.facts import SYSTEM, Actor
from billing import money
from billing.actions.papers import issue_receipt
from billing.actions.steps import in_transaction, locked_legs, note, posted
from billing.models import ConnectedAccount, Honoraires, Leg
from billing.queries.legs import of_leg, told
from billing.states import LegState
from consults.queries.record import named


class NotDue(Exception):
    """Nothing is due on this payment."""

    code = "NOT_DUE"


class NotChargeable(Exception):
    """Honoraires are 0, or at least 50 cents."""

    code = "NOT_CHARGEABLE"


def set_honoraires(*, physician_id: UUID, cents: int, actor: Actor, now: datetime) -> Honoraires:
    """Fix what this physician asks for one act: 0, or at least 50 cents."""
    in_transaction()
    if cents != 0 and cents < money.MINIMUM_CARD_CENTS:
        raise NotChargeable
    who = named(physician_id)
    row = Honoraires(id=uuid4(), subject=who.subject, physician=physician_id, cents=cents)
    row.set_at = now
    record(
        type="honoraires.set", subject=row.subject, scope=who.scope, actor=actor, now=now,
        data={"physician_rpps": who.rpps, "cents": cents},
    )  # fmt: skip
    row.save(force_insert=True)
    return row


def open_connected_account(
    *,
    physician_id: UUID,
    stripe_account: str,
    charges_enabled: bool = False,
    details_submitted: bool = False,
    actor: Actor,
    now: datetime,
) -> ConnectedAccount:
    """Remember the physician's own Stripe account; charges are made on it and nowhere else."""
    in_transaction()
    who = named(physician_id)
    record(
        type="connected-account.opened", subject=who.subject, scope=who.scope, actor=actor,
        now=now, data={"physician_rpps": who.rpps, "account": stripe_account},
    )  # fmt: skip
    return ConnectedAccount.objects.create(
        subject=who.subject, physician=physician_id, stripe_account=stripe_account,
        charges_enabled=charges_enabled, details_submitted=details_submitted,
        opened_at=now, changed_at=now,
    )  # fmt: skip


def note_account(
    *, stripe_account: str, charges_enabled: bool, details_submitted: bool, now: datetime
) -> None:
    """Take over what Stripe says a connected account may do now; unknown accounts are ignored."""
    in_transaction()
    own = (
        ConnectedAccount.objects.select_for_update().filter(stripe_account=stripe_account).first()
    )
    if own is None:
        return
    if (own.charges_enabled, own.details_submitted) == (charges_enabled, details_submitted):
        return
    who = named(own.physician)
    record(
        type="connected-account.changed", subject=own.subject, scope=who.scope, actor=SYSTEM,
        now=now,
        data={
            "account": stripe_account, "charges_enabled": charges_enabled,
            "details_submitted": details_submitted,
        },
    )  # fmt: skip
    own.charges_enabled, own.details_submitted = charges_enabled, details_submitted
    own.changed_at = now
    own.save(update_fields=["charges_enabled", "details_submitted", "changed_at"])


def acquit(*, leg_id: UUID, actor: Actor, now: datetime) -> Leg:
    """The physician acknowledges honoraires settled off-platform: DUE becomes ACQUITTED."""
    in_transaction()
    quote_id = Leg.objects.filter(pk=leg_id).values_list("quote_id", flat=True).first()
    legs = locked_legs(quote_id=quote_id) if quote_id else []
    leg = next((one for one in legs if one.id == leg_id), None)
    if leg is None or leg.state != LegState.DUE:
        raise NotDue
    of = of_leg(leg)
    leg.state, leg.ended_at = LegState.ACQUITTED, now
    rows = posted(
        leg=leg, of=of, postings=money.acquitted(leg.amount_cents), source=f"acquit:{leg.id}",
        now=now,
    )  # fmt: skip
    note(type="leg.acquitted", of=of, actor=actor, now=now, data=told(leg, journal=rows))
    leg.save(update_fields=["state", "ended_at"])
    issue_receipt(leg=leg, of=of, now=now)
    return leg
