"""The real money against the real sandbox over HTTP, with everything going wrong at random.

Hypothesis plays patient, physician, worker, post and accident on one question at a time. After
every step nothing is taken without a pass; once everybody has had the time to finish, every leg
has ended once, and the books, the sandbox and the log say the same.
"""

import json
import time
from contextlib import suppress
from datetime import timedelta
from typing import ClassVar
from uuid import uuid4

import psycopg
import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from billing import gateway
from billing.actions import desk, gate, payments, refunding, work
from billing.models import GatePass, Leg, Op
from billing.queries.legs import account_of
from billing.sandbox import shapes
from billing.sandbox.post import signature
from billing.states import ENDED, TAKEN
from consults import actions as care
from consults.models import Answer, Question
from tests import people
from tests.billing import trials
from tests.billing.conftest import SECRETS
from tests.billing.walk import DECLINED, OK, SITE, STRONG, Walk, browse
from tests.billing.wire import violations

RETURNS = shapes.REFUND_FAILS
CARDS = st.sampled_from([OK, OK, RETURNS, DECLINED, STRONG])
PARTIES = st.sampled_from(["honoraires", "platform"])
FAULTS = st.sampled_from(["lost_answer", "error_500", "conflict_409"])
PATHS = st.sampled_from(
    ["/v1/", "checkout/sessions", "/expire", "payment_intents", "/capture", "/cancel", "/refunds"]
)
WAITS = st.sampled_from([1, 90, 700, 1900, 6 * 3600, 25 * 3600, 3 * 86_400, 8 * 86_400])
ROUNDS = 40  # rounds of the worker within which everything must have ended
ENDPOINTS = {"platform": "/stripe/plateforme/", "accounts": "/stripe/comptes/"}


class Money(RuleBasedStateMachine):
    """One question's money, and what may happen to it."""

    home: ClassVar[Walk]
    clock: ClassVar[trials.Clock]
    trouble: ClassVar[trials.Trouble]

    @initialize(
        settlement=st.sampled_from(["card", "card", "off_platform"]),
        stage=st.sampled_from(["charged", "held", "charged", "paid", "held", "accepted"]),
        card=st.sampled_from([OK, OK, RETURNS]),
        answered_at_last=st.sampled_from([True, False]),
        back=st.sampled_from([2, 4, 0]),
    )
    def begins(
        self, settlement: str, stage: str, card: str, answered_at_last: bool, back: int
    ) -> None:
        self.store = self.home.server.sandbox.store
        self.clock.ahead = timedelta()
        self.trouble.restart()
        self.store._rows("DELETE FROM fault")
        self.store._rows("DELETE FROM setting")
        self.requests_before = len(self.store.requests())
        self.events_before = len(self.store.every("event"))
        self.moved_before = len(self.store.every("balance_transaction"))
        self.post: list[tuple[str, dict]] = []
        self.pages: dict[str, str] = {}
        self.answered = self.released = False
        self.settlement = settlement
        self.walk = self.home.again()
        self.subject = Question.objects.get(pk=self.walk.question).subject
        self.walk.accepted(settlement=settlement)
        self._claimed()
        self.quotes, self.answered_at_last, self.back = 1, answered_at_last, back
        if stage != "accepted":
            for party in self.walk.legs():
                self._pays(party, card)
                if stage in ("held", "charged"):
                    self.looks(party)
        if stage == "charged":
            self._answers(True)
            for _ in range(2):
                self.works()

    def _claimed(self) -> None:
        at, of = self.clock.now(), self.walk
        with transaction.atomic():
            care.enqueue(
                question_id=of.question, physician_id=of.physician.id,
                deadline_at=at + timedelta(hours=48), actor=of.patient.actor, now=at,
            )  # fmt: skip
            care.claim(
                question_id=of.question, physician_id=of.physician.id, actor=of.physician.actor,
                now=self.clock.now(),
            )  # fmt: skip

    def _alive(self, act) -> bool:
        """Do something in a process that may die of it, and start it again."""
        try:
            act()
            return True
        except trials.Killed:
            return False
        except (payments.LegNotPayable, payments.PaymentUnavailable):
            return True
        finally:
            if self.trouble.dead:
                self.trouble.restart()

    # --- people
    def _pays(self, party: str, card: str) -> None:
        leg = self.walk.legs().get(party)
        if leg is None or leg.settlement != "card":
            return

        def opens() -> None:
            self.pages[party] = payments.open_payment(
                leg_id=leg.id, return_url=SITE, now=self.clock.now()
            )

        self._alive(opens)
        if party in self.pages:
            _, to, _ = browse(self.pages[party], number=card)
            if "/c/3ds/" in to:
                browse(self.home.server.sandbox.base + to, choice="complete")

    @rule(
        party=PARTIES,
        card=st.sampled_from([OK, OK, RETURNS, DECLINED, STRONG]),
        back=st.booleans(),
    )
    def pays(self, party: str, card: str, back: bool) -> None:
        self._pays(party, card)
        if back:
            self.looks(party)

    @rule(party=PARTIES)
    def looks(self, party: str) -> None:
        leg = self.walk.legs().get(party)
        if leg:
            self._alive(lambda: payments.reconcile(leg_id=leg.id, now=self.clock.now()))

    @precondition(lambda self: not self.answered and not self.released and self.quotes < 3)
    @rule()
    def asks_another_quote(self) -> None:
        if self._alive(lambda: self.walk.accepted(settlement=self.settlement)):
            self.pages.clear()
            self.quotes += 1

    @precondition(lambda self: not self.answered)
    @rule(billable=st.sampled_from([True, True, True, False]))
    def answers(self, billable: bool) -> None:
        self._answers(billable)

    def _answers(self, billable: bool) -> None:
        kind = "telemedicine_act" if billable else "simple_advice"

        def act() -> None:
            with transaction.atomic():
                given = people.answered(self.walk.question, self.walk.physician, act_kind=kind)
                gate.charge(
                    question_id=self.walk.question, answer_id=given.answer_id,
                    actor=self.walk.physician.actor, now=self.clock.now(),
                )  # fmt: skip

        self.answered = self._alive(act)

    @precondition(lambda self: not self.answered)
    @rule()
    def releases(self) -> None:
        self.released = self._alive(lambda: self._releases("withdrawn"))

    def _releases(self, reason: str) -> None:
        with transaction.atomic():
            payments.release(
                question_id=self.walk.question, reason=reason, actor=people.SYSTEM,
                now=self.clock.now(),
            )  # fmt: skip

    @precondition(lambda self: self.settlement == "off_platform" and self.answered)
    @rule()
    def acquits(self) -> None:
        def act() -> None:
            leg = self.walk.legs()["honoraires"]
            if leg.state == "due":
                with transaction.atomic():
                    desk.acquit(
                        leg_id=leg.id, actor=self.walk.physician.actor, now=self.clock.now()
                    )

        self._alive(act)

    @precondition(lambda self: self.answered)
    @rule(party=PARTIES, part=st.integers(1, 4), elsewhere=st.booleans())
    def refunds(self, party: str, part: int, elsewhere: bool) -> None:
        """Part of a payment is given back, by us or on the party's own account at Stripe."""
        self._refunds(party, part, elsewhere)

    def _refunds(self, party: str, part: int, elsewhere: bool) -> None:
        leg = self.walk.legs().get(party)
        if leg is None or leg.state not in TAKEN:
            return

        def orders() -> None:
            with transaction.atomic(), suppress(refunding.NotRefundable):
                refunding.refund(
                    leg_id=leg.id, amount_cents=leg.amount_cents * part // 4, reason="complaint",
                    actor=people.SYSTEM, now=self.clock.now(),
                )  # fmt: skip

        def gives() -> None:
            with suppress(gateway.Refused, gateway.Unreachable):
                gateway.refund(
                    account=account_of(leg), intent=leg.payment_intent or "", amount_cents=100,
                    reference=str(uuid4()), key=str(uuid4()),
                )  # fmt: skip

        self._alive(gives if elsewhere and part == 1 else orders)

    # --- machinery
    @rule()
    def works(self) -> None:
        self._alive(lambda: work.run_due(now=self.clock.now()))

    @rule(place=st.integers(0, 7), again=st.booleans(), lost=st.booleans())
    def posts(self, place: int, again: bool, lost: bool) -> None:
        """One waiting webhook, not always the first, arrives; perhaps twice, perhaps never."""
        self._fetch_post()
        if not self.post:
            return
        endpoint, event = self.post[place % len(self.post)]
        if not again:
            self.post.remove((endpoint, event))
        if not lost:
            self._delivers(endpoint, event)

    def _fetch_post(self) -> None:
        every = self.store.every("event")
        self.post += [
            ("accounts" if of else "platform", e) for of, e in every[self.events_before :]
        ]
        self.events_before = len(every)

    def _delivers(self, endpoint: str, event: dict) -> None:
        body = json.dumps(event).encode()
        said = Client().post(
            ENDPOINTS[endpoint], body, content_type="application/json",
            headers={"Stripe-Signature": signature(SECRETS[endpoint], body, int(time.time()))},
        )  # fmt: skip
        assert said.status_code == 200

    # --- accidents
    @rule(kind=FAULTS, path=PATHS, times=st.integers(1, 3))
    def breaks(self, kind: str, path: str, times: int) -> None:
        self.store.plant(kind, path, 0, times)

    @rule(point=st.sampled_from(trials.POINTS), after=st.integers(0, 3))
    def will_be_killed(self, point: str, after: int) -> None:
        self.trouble.killing = point, after

    @rule(what=st.sampled_from(["work", "release", "honoraires", "platform"]))
    def will_be_overtaken(self, what: str) -> None:
        """Between the next call's answer and what is made of it, somebody else acts."""

        def other() -> None:
            if what == "work":
                work.run_due(now=self.clock.now())
            elif what == "release":
                if not self.answered:
                    self._releases("overtaken")
            elif leg := self.walk.legs().get(what):
                payments.reconcile(leg_id=leg.id, now=self.clock.now())

        self.trouble.meanwhile = other

    @rule(seconds=WAITS)
    def waits(self, seconds: int) -> None:
        if self.clock.ahead < timedelta(days=60):
            self._waits(seconds)

    def _waits(self, seconds: int) -> None:
        self.clock.ahead += timedelta(seconds=seconds)
        self.store.advance(seconds)

    # --- what is always true
    def _legs(self) -> list[Leg]:
        return list(Leg.objects.filter(question=self.walk.question).select_related("quote"))

    def _taken(self) -> dict[str, int]:
        """What was really taken in this question, by leg reference, as the sandbox has it."""
        charges = {one["id"]: one for _, one in self.store.every("charge")}
        moved = self.store.every("balance_transaction")[self.moved_before :]
        taken: dict[str, int] = {}
        for _, one in moved:
            if one["type"] == "charge":
                reference = charges[one["source"]]["metadata"]["reference"]
                taken[reference] = taken.get(reference, 0) + one["amount"]
        return taken

    def _refunded(self, legs: list[Leg]) -> dict[str, int]:
        """What really left again, by leg reference, refunds that came back not counted."""
        of = {leg.payment_intent: leg.reference for leg in legs if leg.payment_intent}
        given: dict[str, int] = {}
        for _, one in self.store.every("refund"):
            if one["payment_intent"] in of and one["status"] == "succeeded":
                reference = of[one["payment_intent"]]
                given[reference] = given.get(reference, 0) + one["amount"]
        return given

    @invariant()
    def no_more_goes_back_than_was_taken(self) -> None:
        for leg in self._legs():  # I7, and the database holds it too
            assert leg.refunded_cents <= leg.refund_ordered_cents <= leg.captured_cents

    @invariant()
    def nothing_is_taken_without_a_pass(self) -> None:
        taken = self._taken()
        legs = {leg.reference: leg for leg in self._legs()}
        assert set(taken) <= set(legs)
        for reference, cents in taken.items():
            leg = legs[reference]
            passed = GatePass.objects.get(quote_id=leg.quote_id)  # I1
            assert passed.quote_sha256 == leg.quote.sha256
            assert Answer.objects.filter(pk=passed.answer, question=leg.question).exists()
            assert cents <= leg.amount_cents  # I2
            if leg.party == "platform":
                assert cents == leg.quote.platform_cents
                [own] = [
                    o
                    for o in legs.values()
                    if (o.quote_id, o.party) == (leg.quote_id, "honoraires")
                ]
                assert own.settlement == "off_platform" or taken.get(own.reference)  # I3

    @invariant()
    def every_row_is_in_one_book(self) -> None:
        assert trials.astray() == []  # I6

    # --- when everybody has finished
    def teardown(self) -> None:
        if hasattr(self, "walk"):
            self._comes_to_rest()
            self._all_is_right()

    def _comes_to_rest(self) -> None:
        self.store._rows("DELETE FROM fault")
        self.trouble.restart()
        if not self.answered and self.answered_at_last:
            self._answers(True)
        if not self.answered:
            self._releases("expired")
        self._rests()
        if self.back:  # quarters of both payments go back, and the first answer is lost
            self.store.plant("lost_answer", "/v1/refunds", 0, 1)
            for party in ("honoraires", "platform"):
                self._refunds(party, self.back, False)
            self._rests()
        self._waits(400)  # refunds that a bank sends back do so by now
        for leg in self._legs():
            payments.reconcile(leg_id=leg.id, now=self.clock.now())

    def _rests(self) -> None:
        for _ in range(ROUNDS):
            work.run_due(now=self.clock.now())
            self.acquits()
            if not self._open_ops() and all(leg.state in ENDED for leg in self._legs()):
                break
            self._waits(400)

    def _open_ops(self) -> bool:
        return Op.objects.filter(leg__question=self.walk.question, state="live").exists()

    def _all_is_right(self) -> None:
        legs = self._legs()
        assert not self._open_ops()
        assert [leg.state for leg in legs if leg.state not in ENDED] == []  # I4
        self._sandbox_agrees(legs)
        self._books_agree(legs)
        requests = self.store.requests()[self.requests_before :]
        assert violations(requests) == []  # I5
        story = trials.replayed(self.subject)
        assert story.counted["captures"] == sum(leg.state in TAKEN for leg in legs)
        assert not any(story.books().values())

    def _sandbox_agrees(self, legs: list[Leg]) -> None:
        taken = self._taken()
        references = {leg.reference: leg for leg in legs}
        assert self._refunded(legs) == {
            leg.reference: leg.refunded_cents for leg in legs if leg.refunded_cents
        }
        assert taken == {leg.reference: leg.captured_cents for leg in legs if leg.captured_cents}
        for kind, ended in (
            ("checkout.session", ("complete", "expired")),
            ("payment_intent", ("succeeded", "canceled")),
        ):
            for _, one in self.store.every(kind):
                if one["metadata"].get("reference") in references:
                    assert one["status"] in ended, kind

    def _books_agree(self, legs: list[Leg]) -> None:
        found = trials.balances(self.walk.question)
        moved = self.store.every("balance_transaction")[self.moved_before :]
        for book in {name for name, _ in found}:
            net = sum(one["net"] for of, one in moved if bool(of) == (book != "platform"))
            assert found.get((book, "stripe"), 0) == net  # I8
            assert sum(cents for (name, _), cents in found.items() if name == book) == 0
            assert (book, "memo_held") not in found
        owed = sum(leg.amount_cents for leg in legs if leg.state == "capture_lost"
                   and leg.party == "honoraires")  # fmt: skip
        assert sum(c for (_, name), c in found.items() if name == "receivable") == owed


@pytest.fixture
def stage(database, walk: Walk, monkeypatch):
    """People, an account, and a record that lets acts be dated ahead."""
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("UPDATE audit_setting SET value = '1000 days' WHERE name = 'tolerance'")
    clock, trouble = trials.Clock(), trials.Trouble()
    # The daily look at the balances would heal what is to be found here; it has its own tests.
    monkeypatch.setattr(work, "reconcile_due", lambda **_: 0)
    # A story moves the clock by days and the next begins today, which no real clock does.
    monkeypatch.setattr(work, "close_days", lambda **_: 0)
    with trials.troubled(clock, trouble):
        Money.home, Money.clock, Money.trouble = walk, clock, trouble
        yield


def budget(examples: int, steps: int, *, same: bool) -> settings:
    """So many stories of so many steps; `same` plays the same ones every time."""
    return settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None,
        derandomize=same, suppress_health_check=list(HealthCheck), print_blob=True,
    )  # fmt: skip


def test_the_money_is_right_whatever_fails(stage):
    run_state_machine_as_test(Money, settings=budget(20, 20, same=True))


@pytest.mark.long
def test_the_money_is_right_whatever_fails_for_200_000_steps(stage):
    run_state_machine_as_test(Money, settings=budget(4000, 50, same=False))
