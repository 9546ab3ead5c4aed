"""The real money against the real sandbox over HTTP, with everything going wrong at random.

Hypothesis plays patient, physician, worker, post, bank and accident on one question at a time.
After every step nothing is taken without a pass; once everybody has had the time to finish, every
leg has ended once, and the books, the sandbox and the log say the same.
"""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar
from uuid import uuid4

from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from billing import gateway
from billing.actions import (
    desk,
    gate,
    metering,
    onboarding,
    payments,
    quotes,
    reconciling,
    refunding,
    renewing,
    work,
)
from billing.models import ConnectedAccount, Leg
from billing.queries import renewals
from billing.queries.legs import account_of
from billing.sandbox import balances, shapes, till
from billing.sandbox.post import signature
from billing.sandbox.store import Object
from billing.states import ENDED, TAKEN, LegState
from broker.actions.breaching import breach
from broker.actions.sweeping import pass_deadline
from broker.queries import questions
from consults import actions as care
from consults.models import Question
from tests import people
from tests.billing import trials, truths
from tests.billing.conftest import SECRETS
from tests.billing.walk import DECLINED, OK, SITE, STRONG, Walk, browse

RETURNS = shapes.REFUND_FAILS
CARDS = st.sampled_from([OK, OK, RETURNS, DECLINED, STRONG])
PARTIES = st.sampled_from(["honoraires", "platform"])
# A slow answer is a lost one to the caller, and late or lost webhooks are the post's own rule.
FAULTS = st.sampled_from(["lost_answer", "error_500", "conflict_409", "rate_429", "reset", "down"])
PATHS = st.sampled_from(
    ["/v1/", "checkout/sessions", "/expire", "payment_intents", "/capture", "/cancel", "/refunds"]
)
WAITS = st.sampled_from([1, 90, 700, 1900, 6 * 3600, 25 * 3600, 3 * 86_400, 8 * 86_400])
ROUNDS = 40  # rounds of the worker within which everything must have ended
ENDPOINTS = {"platform": "/stripe/plateforme/", "accounts": "/stripe/comptes/"}
SAME_PATIENT = 10  # stories; each reads what the one before agreed, so not for ever
LONGEST = timedelta(days=60)
CAP = {"async-48h": 0, "live": 5}  # minutes
BEAT = 10  # seconds between two signs of life, as the pages send them


class Money(RuleBasedStateMachine):
    """One question's money, and what may happen to it."""

    home: ClassVar[Walk]
    clock: ClassVar[trials.Clock]
    trouble: ClassVar[trials.Trouble]
    stories: ClassVar[int] = 0
    steps: ClassVar[int] = 0
    on_story: ClassVar[Callable[[], None]] = staticmethod(lambda: None)

    @initialize(
        settlement=st.sampled_from(["card", "card", "off_platform"]),
        stage=st.sampled_from(["charged", "held", "charged", "paid", "held", "accepted"]),
        card=st.sampled_from([OK, OK, RETURNS]),
        answered_at_last=st.sampled_from([True, False]),
        back=st.sampled_from([2, 4, 0]),
        tier=st.sampled_from(["async-48h", "async-48h", "live"]),
        stands=st.sampled_from([168, 168, 24]),
    )
    def begins(
        self, settlement: str, stage: str, card: str, answered_at_last: bool, back: int,
        tier: str, stands: int,
    ) -> None:  # fmt: skip
        """A question with its quote accepted, and its payments as far as `stage` says.

        Its holds stand for so many hours: with 24 they lapse before the answer is due.
        """
        self.store = self.home.server.sandbox.store
        self.clock.ahead = timedelta()
        self.trouble.restart()
        self.account = truths.Account(
            self.store, truths.emptied(self.store, self.home.account), set(), set()
        )
        self.events_before = 0
        self.post: list[tuple[str, Object]] = []
        self.pages: dict[str, str] = {}
        self.answered = self.released = self.breached = self.over = self.cut = False
        self.agreed = {"settlement": settlement, "tier": tier, "cap_minutes": CAP[tier]}
        self._somebody()
        self.subject = Question.objects.get(pk=self.walk.question).subject
        self.store.hold_for(stands * 3600)
        self._claimed(self.walk.accepted(**self.agreed).answer_within_seconds)
        self.quotes, self.answered_at_last, self.back = 1, answered_at_last, back
        if stage != "accepted":
            for party in self._parties():
                self._pays(party, card, "yes")
                if stage in ("held", "charged"):
                    self.looks(party)
        if stage == "charged":
            if tier == "live":
                self._talks(70)
            self._answers(True)
            for _ in range(2):
                self.works()

    def _somebody(self) -> None:
        """Another question, now and then of another patient."""
        if Money.stories and Money.stories % SAME_PATIENT == 0:
            Money.home.patient = people.a_patient()
            people.linked(self.home.patient, self.home.physician)
        Money.stories += 1
        self.walk = self.home.again()
        self.began = self.clock.now()
        ConnectedAccount.objects.update(looked_at=self.began)  # each story begins today again

    def _claimed(self, within: int) -> None:
        at, of = self.clock.now(), self.walk
        self.deadline = at + timedelta(seconds=within)
        with transaction.atomic():
            care.enqueue(
                question_id=of.question, physician_id=of.physician.id,
                deadline_at=self.deadline, actor=of.patient.actor, now=at,
            )  # fmt: skip
            care.claim(
                question_id=of.question, physician_id=of.physician.id, actor=of.physician.actor,
                now=self.clock.now(),
            )  # fmt: skip

    def _alive(self, act: Callable[[], object]) -> bool:
        """Do something in a process that may die of it, and start it again."""
        try:
            act()
            return True
        except trials.Killed:
            return False
        except (
            payments.LegNotPayable, payments.PaymentUnavailable, gateway.Unreachable,
            gateway.Refused, renewing.RenewalNotDue, quotes.NoConnectedAccount,
        ):  # fmt: skip
            return True
        finally:
            if self.trouble.dead:
                self.trouble.restart()

    def _leg(self, party: str) -> Leg | None:
        """The payment of the newest quote, as the machine reads it."""
        return (
            Leg.objects.filter(question=self.walk.question, party=party)
            .select_related("connected_account").order_by("-made_at").first()
        )  # fmt: skip

    def _parties(self) -> list[str]:
        return [party for party in ("honoraires", "platform") if self._leg(party)]

    # --- people
    def _pays(self, party: str, card: str, proves: str) -> None:
        leg = self._leg(party)
        if leg is None or leg.settlement != "card":
            return

        def opens() -> None:
            self.pages[party] = payments.open_payment(
                leg_id=leg.id, return_url=SITE, now=self.clock.now()
            )

        self._alive(opens)
        if party in self.pages:
            _, to, _ = browse(self.pages[party], number=card)
            if "/c/3ds/" in to and proves != "leaves":
                choice = "complete" if proves == "yes" else "no"
                browse(self.home.server.sandbox.base + to, choice=choice)

    @rule(
        party=PARTIES, card=CARDS, proves=st.sampled_from(["yes", "no", "leaves"]),
        back=st.booleans(),
    )  # fmt: skip
    def pays(self, party: str, card: str, proves: str, back: bool) -> None:
        """A card is typed; 3-D Secure is proven, failed or abandoned."""
        self._pays(party, card, proves)
        if back:
            self.looks(party)

    @rule(party=PARTIES)
    def looks(self, party: str) -> None:
        if leg := self._leg(party):
            self._alive(lambda: payments.reconcile(leg_id=leg.id, now=self.clock.now()))

    @precondition(
        lambda self: self.quotes < 3 and not (self.closed or self.released or self.breached)
    )
    @rule()
    def asks_another_quote(self) -> None:
        if self._alive(lambda: self.walk.accepted(**self.agreed)):
            self.pages.clear()
            self.quotes += 1

    @precondition(lambda self: self.agreed["tier"] == "live" and not self.closed)
    @rule(seconds=st.sampled_from([30, 70, 130]))
    def talks(self, seconds: int) -> None:
        """Both are there for so long, and the meter counts whole minutes of it."""
        self._talks(seconds)

    def _talks(self, seconds: int) -> None:
        with transaction.atomic():
            care.post_message(
                question_id=self.walk.question, author=self.walk.physician.actor,
                client_id=uuid4(), body="Bonjour, dites-moi.", now=self.clock.now(),
            )  # fmt: skip
        for _ in range(seconds // BEAT):
            since = self.clock.now()
            self._waits(BEAT)
            self._alive(partial(self._both_here, since))

    def _both_here(self, since: datetime) -> None:
        people_there = {"patient": self.walk.patient, "physician": self.walk.physician}
        with transaction.atomic():
            for side, person in people_there.items():
                metering.mark(
                    question_id=self.walk.question, side=side, since=since,
                    actor=person.actor, now=since + timedelta(seconds=BEAT),
                )  # fmt: skip

    @property
    def closed(self) -> bool:
        """Nothing more is said or answered."""
        return self.answered or self.over

    @precondition(lambda self: not self.closed)
    @rule(billable=st.sampled_from([True, True, True, False]))
    def answers(self, billable: bool) -> None:
        self._answers(billable)

    def _answers(self, billable: bool) -> None:
        kind = "telemedicine_act" if billable else "simple_advice"

        def act() -> None:
            with transaction.atomic():
                self._late()
                given = people.answered(self.walk.question, self.walk.physician, act_kind=kind)
                gate.charge(
                    question_id=self.walk.question, answer_id=given.answer_id or uuid4(),
                    actor=self.walk.physician.actor, now=self.clock.now(),
                )  # fmt: skip

        self.answered = self._alive(act)

    def _late(self) -> None:
        """As the door of an answer does: late, it is delivered all the same, and free."""
        now = self.clock.now()
        if self.deadline < now:
            breach(view=questions.view_of(self.walk.question), now=now)
            self.breached = True

    @precondition(lambda self: not self.closed)
    @rule(at_work=st.booleans())
    def deadline_passes(self, at_work: bool) -> None:
        """The agreed time is over; a physician at work may still answer, free."""
        ahead = (self.deadline - self.clock.now()).total_seconds() + 1
        if ahead > 0:
            self._waits(int(ahead) + 1)

        def act() -> None:
            if at_work:
                with transaction.atomic():
                    self._late()
            else:
                pass_deadline(question_id=self.walk.question, now=self.clock.now())

        if self._alive(act):
            self.breached, self.over = True, not at_work

    @precondition(lambda self: not self.closed)
    @rule()
    def releases(self) -> None:
        self.released = self._alive(lambda: self._releases("withdrawn"))

    def _releases(self, reason: str) -> None:
        with transaction.atomic():
            payments.release(
                question_id=self.walk.question, reason=reason, actor=people.SYSTEM,
                now=self.clock.now(),
            )  # fmt: skip

    @precondition(lambda self: self.agreed["settlement"] == "off_platform" and self.answered)
    @rule()
    def acquits(self) -> None:
        def act() -> None:
            leg = self._leg("honoraires")
            if leg and leg.state == "due":
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
        leg = self._leg(party)
        if leg is None or leg.state not in TAKEN:
            return

        def orders() -> None:
            with transaction.atomic(), suppress(refunding.NotRefundable):
                refunding.refund(
                    leg_id=leg.id, amount_cents=leg.amount_cents * part // 4, reason="complaint",
                    actor=people.SYSTEM, now=self.clock.now(),
                )  # fmt: skip

        def gives() -> None:
            gateway.refund(
                account=account_of(leg), intent=leg.payment_intent or "", amount_cents=100,
                reference=str(uuid4()), key=str(uuid4()),
            )  # fmt: skip

        self._alive(gives if elsewhere and part == 1 else orders)

    @rule(party=PARTIES, card=CARDS, back=st.booleans())
    def places_again(self, party: str, card: str, back: bool) -> None:
        """The patient was asked for one more hold, since the first would lapse; they place it."""
        leg = self._leg(party)
        waiting = leg and renewals.waiting_of(leg.id)
        if not leg or not waiting:
            return
        opened: list[str] = []
        self._alive(
            lambda: opened.append(
                renewing.open_renewal(leg_id=leg.id, return_url=SITE, now=self.clock.now())
            )
        )
        if opened:
            browse(opened[0], number=card)
        if back:
            self._alive(
                lambda: renewing.reconcile_renewal(renewal_id=waiting.id, now=self.clock.now())
            )

    # --- what others do at Stripe, without asking us
    @rule(party=PARTIES)
    def cancels_elsewhere(self, party: str) -> None:
        """The holder of the account gives a hold back on Stripe's own pages."""
        leg = self._leg(party)
        if leg and leg.payment_intent and leg.state in (LegState.AUTHORISED, LegState.CAPTURING):
            intent = leg.payment_intent
            self._alive(
                lambda: gateway.cancel(account=account_of(leg), intent=intent, key=str(uuid4()))
            )

    @rule(party=PARTIES)
    def takes_elsewhere(self, party: str) -> None:
        """The holder of the account takes a hold on Stripe's own pages, whole."""
        leg = self._leg(party)
        if leg is None or not leg.payment_intent:
            return
        found = self.store.load(account_of(leg), leg.payment_intent, "payment_intent")
        if found and found["status"] == "requires_capture":
            self.account.by_holder.add(leg.payment_intent)
            with self.store.lock:
                till.capture(self.store, account_of(leg), found, None)

    @precondition(lambda self: self.answered)
    @rule(party=PARTIES, part=st.booleans())
    def contests(self, party: str, part: bool) -> None:
        """The cardholder contests a payment, or half, at their bank; one dispute a payment."""
        leg = self._leg(party)
        took = self.account.taken().get(leg.payment_intent or "") if leg else None
        if leg and took:
            with self.store.lock:
                known = {one["payment_intent"] for _, one in self.store.every("dispute")}
                if leg.payment_intent not in known:
                    balances.contest(self.store, leg.payment_intent, took // 2 if part else took)

    @rule(won=st.booleans(), again=st.booleans())
    def bank_decides(self, won: bool, again: bool) -> None:
        """The bank decides what is open, perhaps otherwise what it had decided before."""
        word, back = "won" if won else "lost", self.account.refunded()
        with self.store.lock:
            for _, one in self.store.every("dispute"):
                otherwise = again and one["status"] != word and one["payment_intent"] not in back
                if one["status"] not in balances.CLOSED or otherwise:
                    balances.close(self.store, one["id"], won=won)

    @precondition(lambda self: not self.cut)
    @rule(noticed=st.booleans())
    def cuts_us_off(self, noticed: bool) -> None:
        """The physician ends our access to their account, whatever is under way there."""
        with self.store.lock:
            balances.cut_account(self.store, self.home.account)
        self.cut = True
        if noticed:
            self._alive(self._asks_about_account)

    @precondition(lambda self: self.cut)
    @rule(noticed=st.booleans())
    def lets_us_in(self, noticed: bool) -> None:
        self._lets_us_in()
        if noticed:
            self._alive(self._asks_about_account)

    def _lets_us_in(self) -> None:
        with self.store.lock:
            balances.join_account(self.store, self.home.account)
        self.cut = False

    def _asks_about_account(self) -> None:
        onboarding.refresh_account(stripe_account=self.home.account, now=self.clock.now())

    @rule(party=PARTIES, what=st.sampled_from([700, -700, 90, -35]))
    def moves_unasked(self, party: str, what: int) -> None:
        """A payout, or its return; a charge or a fee that nobody here asked for."""
        universe = self.home.account if party == "honoraires" else ""
        with self.store.lock:
            if abs(what) == 700:
                moved = balances.pay_out(self.store, universe, what)["balance_transaction"]
            else:
                moved = balances.move_elsewhere(self.store, universe, what)["id"]
        self.account.asides.add(moved)

    # --- machinery
    @rule(daily=st.sampled_from([False, False, False, False, True]))
    def works(self, daily: bool = False) -> None:
        """A round of the worker; now and then with the daily look at the balances."""
        self._alive(lambda: work.run_due(now=self.clock.now()))
        if daily:
            self._alive(self._compares)

    def _compares(self) -> None:
        for side in reconciling.sides():
            reconciling.compare(
                side=side, since=self.began - timedelta(days=1), now=self.clock.now()
            )

    @rule(place=st.integers(0, 7), again=st.booleans(), lost=st.booleans())
    def posts(self, place: int, again: bool, lost: bool) -> None:
        """One waiting webhook, not always the first, arrives; perhaps twice, perhaps never."""
        every = self.store.every("event")
        self.post += [
            ("accounts" if of else "platform", e) for of, e in every[self.events_before :]
        ]
        self.events_before = len(every)
        if not self.post:
            return
        endpoint, event = self.post[place % len(self.post)]
        if not again:
            self.post.remove((endpoint, event))
        if not lost:
            self._delivers(endpoint, event)

    def _delivers(self, endpoint: str, event: Object) -> None:
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
                if not self.closed:
                    self._releases("overtaken")
            elif leg := self._leg(what):
                payments.reconcile(leg_id=leg.id, now=self.clock.now())

        self.trouble.meanwhile = other

    @rule(seconds=WAITS)
    def waits(self, seconds: int) -> None:
        if self.clock.ahead < LONGEST:
            self._waits(seconds)

    def _waits(self, seconds: int) -> None:
        self.clock.ahead += timedelta(seconds=seconds)
        self.store.advance(seconds)

    # --- what is always true
    @invariant()
    def all_is_right_so_far(self) -> None:
        Money.steps += 1
        truths.at_every_step(self.walk.question, self.account)

    # --- when everybody has finished
    def teardown(self) -> None:
        if hasattr(self, "walk"):
            Money.steps -= 1  # the beginning is no step
            self._comes_to_rest()
            truths.ended(self.walk.question, self.subject, self.account)
            if self.breached:
                truths.given_back_whole(self.walk.question)
            self._waits(25 * 3600)  # the daily look leaves a payment's own line a day
            truths.accounts_agree(self.began - timedelta(days=1), self.clock.now())
            work.run_due(now=self.clock.now())
            truths.is_known_to_be_open(self.home.account)
            Money.on_story()

    def _comes_to_rest(self) -> None:
        self.store._rows("DELETE FROM fault")
        self.trouble.restart()
        if self.cut:
            self._lets_us_in()
        if not self.closed and self.answered_at_last:
            self._answers(True)
        if not self.closed:
            self._releases("expired")
        self._rests()
        if self.back:  # quarters of both payments go back, and the first answer is lost
            self.store.plant("lost_answer", "/v1/refunds", 0, 1)
            for party in ("honoraires", "platform"):
                self._refunds(party, self.back, False)
            self._rests()
        self.store._rows("DELETE FROM fault")
        self._waits(400)  # refunds that a bank sends back do so by now
        for leg in Leg.objects.filter(question=self.walk.question):
            payments.reconcile(leg_id=leg.id, now=self.clock.now())
        self._rests()  # what that look ordered back

    def _rests(self) -> None:
        for n in range(ROUNDS):
            work.run_due(now=self.clock.now())
            self.acquits()
            legs = truths.standing(self.walk.question)
            unseen = Leg.objects.filter(question=self.walk.question, look_after_at__isnull=False)
            if not unseen and not any(leg.live_ops or leg.state not in ENDED for leg in legs):
                break
            # What waits for an account that nobody said was open again is tried once a day.
            self._waits(400 if n < ROUNDS / 2 else 2 * 3600)


def budget(examples: int, steps: int, *, shorter: bool = True) -> settings:
    """So many stories of so many steps, of whatever seed the machine was given.

    With `shorter` a story that fails is told again, and again, until it is as short as can be.
    """
    return settings(
        phases=[Phase.generate, *([Phase.shrink] if shorter else [])],
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), print_blob=True,
    )  # fmt: skip
