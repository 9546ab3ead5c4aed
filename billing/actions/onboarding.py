"""Physicians' own accounts at Stripe: open one, follow what it may do, notice when it is cut."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.actions import record
from audit.facts import SYSTEM, Actor
from billing import gateway
from billing.actions.reconciling import leave_behind
from billing.actions.steps import Since, in_transaction, one_at_a_time
from billing.models import ConnectedAccount
from billing.queries.accounts import account_for
from consults.queries.record import named

FOLLOWED = (
    "charges_enabled", "details_submitted", "payouts_enabled", "requirements", "disabled_reason",
)  # fmt: skip


class OnboardingUnavailable(Exception):
    """Stripe did not answer, or does not open this account; nothing was changed."""

    code = "PAYMENT_UNAVAILABLE"


def open_account(*, physician_id: UUID, actor: Actor, now: datetime) -> ConnectedAccount:
    """The physician's connected account, made at Stripe the first time. Outside a transaction.

    One that its holder cut is taken up again where Stripe lets us in; else another is made, and
    the first stays with its payments. Raises gateway.Unreachable, gateway.Refused. The key is
    the physician's id and the number of the account, so asking twice makes one.
    """
    running = Since(now)
    known = account_for(physician_id)
    if known is not None and known.deauthorised_at is not None:
        refresh_account(stripe_account=known.stripe_account, now=running.at())
        known = account_for(physician_id)
    if known is not None and known.deauthorised_at is None:
        return known
    cut = ConnectedAccount.objects.filter(physician=physician_id).count()
    name = named(physician_id).name
    key = f"account-{physician_id}-{cut}" if cut else f"account-{physician_id}"
    made = gateway.create_account(key=key, name=name)
    with transaction.atomic(durable=True):
        return _opened(physician_id=physician_id, made=made, actor=actor, now=running.at())


def begin(*, physician_id: UUID, return_url: str, actor: Actor, now: datetime) -> str:
    """Where the physician goes on at Stripe; each address works once. Outside a transaction.

    Raises OnboardingUnavailable.
    """
    try:
        own = open_account(physician_id=physician_id, actor=actor, now=now)
        return gateway.onboarding_url(account=own.stripe_account, return_url=return_url)
    except (gateway.Unreachable, gateway.Refused):
        raise OnboardingUnavailable from None


def refresh_account(*, stripe_account: str, now: datetime) -> None:
    """Fetch what an account may do now and take it over. Outside a transaction.

    An account that Stripe no longer lets us see was cut by its holder.
    """
    running = Since(now)
    try:
        found = gateway.retrieve_account(account=stripe_account)
    except gateway.Refused as refused:
        if refused.code not in gateway.GONE:
            raise
        with transaction.atomic(durable=True):
            note_cut(stripe_account=stripe_account, now=running.at())
        return
    with transaction.atomic(durable=True):
        note_account(found=found, now=running.at())


def _opened(
    *, physician_id: UUID, made: gateway.Account, actor: Actor, now: datetime
) -> ConnectedAccount:
    """Remember the physician's own account; charges are made on it and nowhere else."""
    who = named(physician_id)
    one_at_a_time(name=f"account {physician_id}")
    known = account_for(physician_id)
    if known is not None and known.deauthorised_at is None:
        return known  # the page was pressed twice
    if known is not None:
        leave_behind(account=known.stripe_account, book=f"dr:{who.rpps}", scope=who.scope, now=now)
    record(
        type="connected-account.opened", subject=who.subject, scope=who.scope, actor=actor,
        now=now, data={"physician_rpps": who.rpps, "account": made.id},
    )  # fmt: skip
    return ConnectedAccount.objects.create(
        subject=who.subject, physician=physician_id, stripe_account=made.id,
        charges_enabled=made.charges_enabled, details_submitted=made.details_submitted,
        payouts_enabled=made.payouts_enabled, requirements=list(made.requirements),
        disabled_reason=made.disabled_reason, opened_at=now, changed_at=now,
    )  # fmt: skip


def note_account(*, found: gateway.Account, now: datetime) -> None:
    """Take over what Stripe says an account may do now; unknown accounts are ignored."""
    in_transaction()
    own = _ours(found.id)
    if own is None:
        return
    _reopened(own, now)
    seen = {name: getattr(found, name) for name in FOLLOWED}
    seen["requirements"] = list(found.requirements)
    if all(getattr(own, name) == value for name, value in seen.items()):
        return
    record(
        type="connected-account.changed", subject=own.subject, scope=named(own.physician).scope,
        actor=SYSTEM, now=now, data={"account": found.id, **seen},
    )  # fmt: skip
    for name, value in seen.items():
        setattr(own, name, value)
    own.changed_at = now
    own.save(update_fields=[*FOLLOWED, "changed_at"])


def _reopened(own: ConnectedAccount, now: datetime) -> None:
    """Its holder lets us in again; beside another that was opened since, it stays cut."""
    one_at_a_time(name=f"account {own.physician}")
    current = account_for(own.physician)
    if own.deauthorised_at is None or current is None or current.deauthorised_at is None:
        return
    record(
        type="connected-account.reopened", subject=own.subject, scope=named(own.physician).scope,
        actor=SYSTEM, now=now, data={"account": own.stripe_account},
    )  # fmt: skip
    own.deauthorised_at, own.changed_at = None, now
    own.save(update_fields=["deauthorised_at", "changed_at"])


def note_cut(*, stripe_account: str, now: datetime) -> None:
    """The physician has cut the link: nothing can be asked there any more."""
    in_transaction()
    own = _ours(stripe_account)
    if own is None or own.deauthorised_at is not None:
        return
    record(
        type="connected-account.deauthorised", subject=own.subject,
        scope=named(own.physician).scope, actor=SYSTEM, now=now,
        data={"account": stripe_account},
    )  # fmt: skip
    own.charges_enabled, own.deauthorised_at, own.changed_at = False, now, now
    own.save(update_fields=["charges_enabled", "deauthorised_at", "changed_at"])


def _ours(stripe_account: str) -> ConnectedAccount | None:
    mine = ConnectedAccount.objects.select_for_update()
    return mine.filter(stripe_account=stripe_account).first()
