"""A question whose agreed time runs from a moment of the test's, and what all three say of it.

The record takes acts of any moment here: what the tests turn is `now`, not the clock.
"""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from audit.models import Entry
from billing.models import Leg, Op
from broker.actions import answering, claiming, paying
from consults.facts import Classification
from consults.models import Question
from tests import people
from tests.billing.trials import astray, replayed
from tests.billing.walk import Walk

HOURS_48 = timedelta(seconds=172_800)
SECOND = timedelta(seconds=1)
# What Stripe calls the end of a payment that we call so.
AT_STRIPE = {"captured": "succeeded", "refunded": "succeeded", "voided": "canceled"}


def begun(walk: Walk, at: datetime) -> datetime:
    """Both holds stand and the time runs from `at`; when it ends."""
    assert paying.enter_queue(question_id=walk.question, now=at)
    due: datetime = Question.objects.get(pk=walk.question).deadline_at
    return due


def taken(walk: Walk, at: datetime) -> Any:
    """The physician takes the question; the fence."""
    return claiming.claim(
        question_id=walk.question, physician_id=walk.physician.id, actor=walk.physician.actor,
        now=at,
    ).token  # fmt: skip


def answered(walk: Walk, lease: Any, at: datetime) -> answering.Verdict:
    """The physician signs the answer at that moment."""
    written = answering.Written(
        client_id=uuid4(), against_seq=Question.objects.get(pk=walk.question).head_seq,
        text=people.ANSWER, report=people.REPORT,
        classification=Classification("telemedicine_act", True, True), outcome="advised",
        incidents="none", strong_at=at,
    )  # fmt: skip
    return answering.answer(
        question_id=walk.question, physician_id=walk.physician.id, lease=lease, written=written,
        actor=walk.physician.actor, now=at,
    )  # fmt: skip


def entries(walk: Walk, *types: str) -> list[dict[str, Any]]:
    """The entries of this question of these types, in order."""
    subject = Question.objects.get(pk=walk.question).subject
    rows = Entry.objects.filter(subject=subject).order_by("pk")
    return [one for one in (json.loads(bytes(row.body)) for row in rows) if one["type"] in types]


def agreed_by_all(walk: Walk, state: str) -> None:
    """Legs, Stripe, ledger and log say one thing: every payment ended so, once, and no more."""
    assert set(walk.states().values()) == {state}, walk.states()
    assert not Op.objects.filter(state="live").exists()
    intents = {one["id"]: one for _, one in walk.server.sandbox.store.every("payment_intent")}
    for leg in walk.legs().values():
        there = intents[leg.payment_intent]
        assert there["status"] == AT_STRIPE[state], leg.party
        assert there["amount_received"] == (0 if state == "voided" else leg.amount_cents)
        assert _asked(walk, leg) <= 1, "Stripe was asked more than once"
    assert astray() == []
    sums = walk.sums()  # every book is zero
    if state == "voided":
        assert all(not accounts for accounts in sums.values()), sums
    replayed(walk.legs()["platform"].subject)


def _asked(walk: Walk, leg: Leg) -> int:
    """How many operations, by their keys, asked Stripe to take or cancel this payment."""
    ends = (f"/{leg.payment_intent}/cancel", f"/{leg.payment_intent}/capture")
    asked = [one for one in walk.server.sandbox.store.requests() if one["path"].endswith(ends)]
    keys = {
        value
        for one in asked
        for name, value in one["headers"].items()
        if name.lower() == "idempotency-key"
    }
    return len(keys)
