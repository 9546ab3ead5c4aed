"""What the clock does to payments: look at silent ones, free lone holds, ask for renewals."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from audit.facts import SYSTEM
from billing import gateway, money
from billing.actions.onboarding import refresh_account
from billing.actions.payments import look_after, reconcile
from billing.actions.releasing import release_quote
from billing.actions.renewing import ask_renewals, end_unwanted, reconcile_renewal
from billing.actions.steps import Since
from billing.models import ConnectedAccount, Leg, Op
from billing.queries.legs import account_of
from billing.queries.renewals import renewals_to_look_at
from billing.states import BEFORE_HOLD, GIVEN_UP, TAKEN, LegState, OpState

log = structlog.get_logger(__name__)
BATCH = 50
MANY_AWAY = 3  # that do not answer, before it is Stripe itself
CUT_AGAIN = timedelta(days=1)
ACCOUNT_AGAIN = timedelta(days=1)
UNANSWERED_AGAIN = timedelta(hours=1)
LOOK_AGAIN_SECONDS = {True: 60, False: 600}  # before a hold stands; afterwards


def apart(*, act: Callable[[], int]) -> int | None:
    """One thing among many: its failure is logged by its type, and holds up no other."""
    try:
        return int(act())
    except Exception as failed:
        log.error("money.failed", error=type(failed).__name__)
        return None


def sweep(*, running: Since) -> int:
    """Look again at silent legs, accounts and unseen ends; free lone holds, ask for more time."""
    now, done = running.at(), 0
    for early, seconds in LOOK_AGAIN_SECONDS.items():
        states = BEFORE_HOLD if early else (LegState.AUTHORISED, LegState.CAPTURING)
        silent = Leg.objects.filter(
            Q(looked_at=None, made_at__lt=now - timedelta(seconds=seconds))
            | Q(looked_at__lt=now - timedelta(seconds=seconds)),
            state__in=states, checkout_session__isnull=False,
        )  # fmt: skip
        legs = list(silent.values_list("id", flat=True)[:BATCH])
        done += _each(partial(_looked, leg_id, running) for leg_id in legs)
    done += _each(partial(_account_looked, account, running) for account in _accounts(now))
    done += _each(partial(_looked_after, leg_id, running) for leg_id in _unseen_ends(now))
    for quote_id in _lone_holds(now):
        done += apart(act=partial(_freed, quote_id, running)) or 0
    return done + _renewals(running)


def _each(looks: Iterable[Callable[[], int]]) -> int:
    """Look at what waits its turn, one by one, until Stripe itself seems to be away."""
    done, away = 0, 0
    for look in looks:
        seen = apart(act=look)
        done, away = done + (seen or 0), away + (seen is None)
        if away == MANY_AWAY:
            break
    return done


def _renewals(running: Since) -> int:
    """Ask for the holds that would lapse too soon, look at their pages, close the unwanted."""
    now, done = running.at(), 0
    for act in (ask_renewals, end_unwanted):
        done += apart(act=partial(act, now=now, limit=BATCH)) or 0
    for one in renewals_to_look_at(now - timedelta(seconds=LOOK_AGAIN_SECONDS[True]), BATCH):
        done += apart(act=partial(_looked_again, one, running)) or 0
    return done


def _looked_again(renewal_id: UUID, running: Since) -> int:
    reconcile_renewal(renewal_id=renewal_id, now=running.at())
    return 1


def _looked(leg_id: UUID, running: Since) -> int:
    # Remembered before the answer: a leg that cannot be fetched waits its turn like the others.
    Leg.objects.filter(pk=leg_id).update(looked_at=running.at())
    reconcile(leg_id=leg_id, now=running.at())
    return 1


def _accounts(now: datetime) -> list[str]:
    """Physicians' accounts, each once a day: an event that was lost is not sent again for ever."""
    before = now - ACCOUNT_AGAIN
    due = ConnectedAccount.objects.filter(
        Q(looked_at=None, opened_at__lt=before) | Q(looked_at__lt=before)
    )
    first = due.order_by(F("looked_at").asc(nulls_first=True), "opened_at")
    return list(first.values_list("stripe_account", flat=True)[:BATCH])


def _account_looked(account: str, running: Since) -> int:
    known, at = ConnectedAccount.objects.filter(stripe_account=account), running.at()
    # Remembered before the answer, as above: without one it is asked again within the hour.
    known.update(looked_at=at - ACCOUNT_AGAIN + UNANSWERED_AGAIN)
    refresh_account(stripe_account=account, now=at)
    known.update(looked_at=at)
    return 1


def _unseen_ends(now: datetime) -> list[UUID]:
    """Payments given up by the clock while their account was cut, once it is not cut any more.

    That may have gone unheard, and beside another account the first stays cut for good: once a
    day what is noted as cut is tried as well.
    """
    open_again = Q(connected_account__deauthorised_at=None)
    ended = Leg.objects.filter(
        open_again | Q(look_after_at__lte=now - CUT_AGAIN), look_after_at__lte=now,
        state__in=GIVEN_UP, connected_account__isnull=False,
    )  # fmt: skip
    return list(ended.order_by("look_after_at").values_list("id", flat=True)[:BATCH])


def _looked_after(leg_id: UUID, running: Since) -> int:
    # Remembered before the answer, as above: one that is not told waits its turn.
    again = running.at() + timedelta(seconds=LOOK_AGAIN_SECONDS[True])
    unseen = Leg.objects.filter(pk=leg_id, look_after_at__isnull=False)
    if not unseen.update(look_after_at=again):
        return 0
    try:
        look_after(leg_id=leg_id, now=running.at())
        return 1
    except gateway.Refused as refused:
        if refused.code not in gateway.GONE:
            raise
    # Cut again, or still, and nobody had told us.
    leg = Leg.objects.select_related("connected_account").get(pk=leg_id)
    refresh_account(stripe_account=account_of(leg), now=running.at())
    return 0


def _freed(quote_id: UUID, running: Since) -> int:
    with transaction.atomic(durable=True):
        release_quote(quote_id=quote_id, reason="lone-hold", actor=SYSTEM, now=running.at())
    return 1


def _lone_holds(now: datetime) -> list[UUID]:
    """Quotes with one hold older than 30 minutes whose other payment by card does not hold."""
    old = now - timedelta(seconds=money.LONE_HOLD_SECONDS)
    other = Leg.objects.filter(quote_id=OuterRef("quote_id"), settlement="card").exclude(
        pk=OuterRef("pk")
    )
    not_held = other.exclude(state__in=[LegState.AUTHORISED, LegState.CAPTURING, *TAKEN])
    ending = Op.objects.filter(leg=OuterRef("pk"), state=OpState.LIVE)
    return list(
        Leg.objects.filter(
            Exists(not_held), ~Exists(ending), state=LegState.AUTHORISED, authorised_at__lt=old
        )
        .values_list("quote_id", flat=True)
        .distinct()[:BATCH]
    )
