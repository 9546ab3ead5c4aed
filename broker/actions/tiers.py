"""A patient picks another tier for a quote that is not accepted yet: a new quote, or why not.

An answer within minutes that nobody here could give is refused, and the refusal is recorded: what
the log says, and not a page that was looked at.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from audit.actions import record
from audit.facts import Actor
from audit.law import packs
from audit.law.model import Decision, Fact
from audit.law.words import refusal_code
from audit.queries.decisions import told_since
from billing import queries as money
from billing.money import FORFAIT
from billing.money.tiers import LIVE, SWITCHED
from billing.queries.quotes import in_catalogue
from broker.actions.asking import USUAL, quote
from broker.actions.faults import Moved
from broker.queries.presence import ready_for
from broker.queries.questions import view_of
from broker.rules import may_promise
from consults import queries as people
from consults import states
from consults.actions.steps import locked

RECORDED_FOR = timedelta(minutes=1)  # how long one recorded refusal stands for those after it


def choose_tier(
    *, question_id: UUID, tier: str, actor: Actor, now: datetime, cap_minutes: int = 0
) -> Decision | None:
    """Issue a quote of the same physician under another tier; return the refusal of a promise.

    The honoraires stay the same, but for a forfait, which has its own. A tier by speed is quoted
    only while that physician is here and may answer, and the quote says when they were last seen;
    one by the minute, with the cap that the patient sets. Raises ActNotInCatalogue, CapUnfit, and
    Moved: WRONG_STATE, ACT_NOT_IN_CATALOGUE, CAP_NOT_SET.
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
        seen_at = ready_for(question_id, last.physician, now) if tier in SWITCHED else None
        refused = refuse_promise(
            tier=tier, question_id=question_id, by=last.physician, seen_at=seen_at, actor=actor,
            now=now,
        )  # fmt: skip
        if refused:
            return refused
        same = (last.tier, last.cap_minutes) == (tier, cap_minutes)
        if not same or last.expires_at <= now:
            quote(
                question_id=question_id, physician_id=last.physician, tier=tier, seen_at=seen_at,
                cap_minutes=cap_minutes, actor=actor, now=now,
            )  # fmt: skip
    return None


def refuse_promise(
    *, tier: str, question_id: UUID, by: UUID, seen_at: datetime | None, actor: Actor,
    now: datetime,
) -> Decision | None:  # fmt: skip
    """Refuse a tier by speed, on the record, where its physician is not here; None where they are.

    Asked when such a quote is requested, and once more when it is accepted. Who asks again within
    a minute is refused again, and the entry of that minute stands for it.
    """
    if tier not in SWITCHED:
        return None
    said = may_promise(
        facts={"physician_ready_now": Fact(seen_at is not None, "system")}, at=now,
        pack=packs.load(),
    )  # fmt: skip
    if said.allowed:
        return None
    subject = view_of(question_id).subject
    lately = told_since(subject, "promise.refused", now - RECORDED_FOR)
    if any(one["tier"] == tier for one in lately):
        return said
    record(
        type="promise.refused", subject=subject,
        scope=people.council_of(by), actor=actor, now=now,
        data={"code": refusal_code(said), "tier": tier}, decision=said,
    )  # fmt: skip
    return said
