"""A patient picks another tier for a quote that is not accepted yet: a new quote, or why not."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.facts import Actor
from billing import queries as money
from billing.models import Quote
from billing.money import FORFAIT
from billing.money.tiers import LIVE, SWITCHED
from billing.queries.quotes import in_catalogue
from broker.actions.asking import USUAL, quote
from broker.actions.faults import Moved
from broker.queries.presence import ready_for
from broker.queries.questions import view_of
from consults import states
from consults.actions.steps import locked


def choose_tier(
    *, question_id: UUID, tier: str, actor: Actor, now: datetime, cap_minutes: int = 0
) -> Quote:
    """Issue a quote of the same physician under another tier.

    The honoraires stay the same, but for a forfait, which has its own. A tier by speed is quoted
    only while that physician is here and may answer, and the quote says when they were last seen;
    one by the minute, with the cap that the patient sets. Raises ActNotInCatalogue, CapUnfit, and
    Moved: WRONG_STATE, ACT_NOT_IN_CATALOGUE, NO_ELIGIBLE_PRESENT, CAP_NOT_SET.
    """
    with transaction.atomic(durable=True):
        locked(question_id=question_id)
        view, last = view_of(question_id), money.quote_of(question_id)
        agreed = money.acceptance_of(question_id)
        if last is None or (agreed is not None and agreed.quote_id == last.id):
            raise Moved("WRONG_STATE")
        if view.state not in (states.OPENED, states.QUEUED):
            raise Moved("WRONG_STATE")
        if tier not in (view.tier, FORFAIT, *SWITCHED) or view.tier not in USUAL:
            raise Moved("ACT_NOT_IN_CATALOGUE")
        free = tier in SWITCHED and not last.honoraires_cents  # there, nobody is hurried
        if free or in_catalogue(tier, now) is None:
            raise Moved("ACT_NOT_IN_CATALOGUE")
        if tier == LIVE and not cap_minutes:
            raise Moved("CAP_NOT_SET")
        seen_at = must_be_met(quote_tier=tier, question_id=question_id, by=last.physician, now=now)
        same = (last.tier, last.cap_minutes) == (tier, cap_minutes)
        if same and last.expires_at > now:
            return last
        return quote(
            question_id=question_id, physician_id=last.physician, tier=tier, seen_at=seen_at,
            cap_minutes=cap_minutes, actor=actor, now=now,
        )  # fmt: skip


def must_be_met(*, quote_tier: str, question_id: UUID, by: UUID, now: datetime) -> datetime | None:
    """When the physician was last seen, for a tier by speed; Moved(NO_ELIGIBLE_PRESENT) if away.

    Asked when such a quote is issued, and once more when it is accepted.
    """
    if quote_tier not in SWITCHED:
        return None
    seen_at = ready_for(question_id, by, now)
    if seen_at is None:
        raise Moved("NO_ELIGIBLE_PRESENT")
    return seen_at
