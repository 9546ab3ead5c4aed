"""One question's money, step by step, as the doors would do it: used by tests of money."""

import http.client
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4

from django.db import transaction

from audit.law import packs
from audit.law.model import Fact
from billing import gateway, queries
from billing.actions import desk, events, gate, onboarding, payments, quotes, work
from billing.models import Leg, Op, Quote
from billing.money.tiers import SWITCHED
from billing.sandbox.server import Server
from broker.rules import may_be_billed
from consults import actions as care
from consults.models import Question
from consults.queries import act_facts
from tests import people
from tests.people import PatientPerson, PhysicianPerson, now
from tests.waiting import PATIENCE_SECONDS

SITE = "http://patient.localhost:8000"
OK, DECLINED, STRONG = "4242424242424242", "4000000000000002", "4000002500003155"


def browse(url: str, **form: str) -> tuple[int, str, str]:
    """GET a hosted page, or POST a form to it: status, where it sends, text. Not followed."""
    where = urlsplit(url)
    line = http.client.HTTPConnection(where.netloc, timeout=PATIENCE_SECONDS)
    try:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        line.request("POST" if form else "GET", where.path, urlencode(form) or None, kind)
        answer = line.getresponse()
        return answer.status, answer.headers.get("Location", ""), answer.read().decode()
    finally:
        line.close()


def enabled_account(physician: PhysicianPerson) -> str:
    """The physician's connected account, onboarded through its hosted page."""
    own = onboarding.open_account(physician_id=physician.id, actor=physician.actor, now=now())
    link = gateway.onboarding_url(account=own.stripe_account, return_url=SITE)
    assert browse(link, yes="1")[0] == 303
    onboarding.refresh_account(stripe_account=own.stripe_account, now=now())
    return own.stripe_account


@dataclass
class Walk:
    """Where one question stands; each step commits."""

    server: Server
    patient: PatientPerson
    physician: PhysicianPerson
    question: UUID
    settlement: str = "card"
    account: str = ""  # the physician's, at Stripe

    @classmethod
    def begun(cls, server: Server, *, cents: int = 1500, ground: str = "treating") -> "Walk":
        """People, an account, honoraires, and an open question."""
        patient, physician = people.a_patient(), people.a_physician()
        if ground != "none":
            people.linked(patient, physician, ground=ground)
        walk = cls(server, patient, physician, UUID(int=0), account=enabled_account(physician))
        walk.asks_for(cents)
        walk.question = people.asked(patient, physician, ground=ground).question_id
        return walk

    def again(self) -> "Walk":
        """Another question of the same people."""
        opened = people.asked(self.patient, self.physician)
        return Walk(self.server, self.patient, self.physician, opened.question_id)

    def asks_for(self, cents: int) -> None:
        """The physician fixes their honoraires."""
        with transaction.atomic():
            desk.set_honoraires(
                physician_id=self.physician.id, cents=cents, actor=self.physician.actor, now=now()
            )

    def quoted(
        self, *, tier: str = "async-48h", billable: bool = True, cap_minutes: int = 0
    ) -> Quote:
        """A quote in the physician's name, on a forecast as said here."""
        known = act_facts(self.question, now())
        known["integrated_in_care_pathway"] = Fact(billable, "system")
        forecast = may_be_billed(known=known, at=now(), profile="cnom2016", pack=packs.load())
        assert forecast.allowed is billable
        seen_at = now() if tier in SWITCHED else None  # speed is promised by who is here
        with transaction.atomic():
            return quotes.issue_quote(
                question_id=self.question,
                subject=Question.objects.get(pk=self.question).subject,
                physician_id=self.physician.id,
                tier=tier,
                settlement=self.settlement,
                forecast=forecast,
                cap_minutes=cap_minutes,
                physician_seen_at=seen_at,
                actor=self.patient.actor,
                now=now(),
            )

    def accepted(self, *, settlement: str = "card", **quote: object) -> Quote:
        """A quote, shown and accepted."""
        quote_made = self.quoted(**quote)  # type: ignore[arg-type]
        shown = now()
        seen_at = shown if quote_made.tier in SWITCHED else None
        with transaction.atomic():
            quotes.accept_quote(
                quote_id=quote_made.id, settlement=settlement, shown_at=shown,
                physician_seen_at=seen_at, actor=self.patient.actor, now=now(),
            )  # fmt: skip
        return quote_made

    def legs(self) -> dict[str, Leg]:
        """The legs by party."""
        return {leg.party: leg for leg in queries.legs_of(self.question)}

    def states(self) -> dict[str, str]:
        """Where the legs stand, by party."""
        return {party: str(leg.state) for party, leg in self.legs().items()}

    def page_of(self, party: str) -> str:
        """The hosted page of one payment."""
        leg = self.legs()[party]
        return payments.open_payment(leg_id=leg.id, return_url=SITE, now=now())

    def pays(self, party: str, card: str = OK, *, proves: bool = True) -> str:
        """The person types a card on the hosted page; comes back, and we look."""
        page = self.page_of(party)
        _, to, _ = browse(page, number=card)
        if "/c/3ds/" in to:
            _, to, _ = browse(self.server.sandbox.base + to, choice="complete" if proves else "no")
        self.looks(party)
        return to

    def looks(self, party: str) -> Leg:
        """Reconcile one leg."""
        return payments.reconcile(leg_id=self.legs()[party].id, now=now())

    def held(self, **accepted: object) -> Quote:
        """Quoted, accepted, and both holds placed."""
        quote = self.accepted(**accepted)  # type: ignore[arg-type]
        for party, leg in self.legs().items():
            if leg.settlement == "card":
                self.pays(party)
        return quote

    def waits(self, hours: int = 48) -> None:
        """The question waits for its physician, until its deadline."""
        with transaction.atomic():
            care.enqueue(
                question_id=self.question, physician_id=self.physician.id,
                deadline_at=now() + timedelta(hours=hours), actor=self.patient.actor, now=now(),
            )  # fmt: skip

    def answers(self, **said: object) -> gate.Charged:
        """The physician takes the question, answers, and the gate judges in the same act."""
        if Question.objects.get(pk=self.question).state == "opened":
            self.waits()
        with transaction.atomic():
            care.claim(
                question_id=self.question, physician_id=self.physician.id,
                actor=self.physician.actor, now=now(),
            )  # fmt: skip
        with transaction.atomic():
            given = people.answered(self.question, self.physician, **said)  # type: ignore[arg-type]
            return gate.charge(
                question_id=self.question, answer_id=given.answer_id or uuid4(),
                actor=self.physician.actor, now=now(),
            )  # fmt: skip

    def works(self, rounds: int = 4) -> int:
        """The worker runs until nothing is left to do."""
        done = 0
        for _ in range(rounds):
            did = work.run_due(now=now())
            done += did
            if not did and not Op.objects.filter(state="live").exists():
                break
        return done

    def told(self, event: dict[str, object], endpoint: str = "accounts") -> bool:
        """An event arrives, as the webhook door would take it in."""
        read = gateway.Event(
            id=str(event["id"]), type=str(event["type"]), account=str(event.get("account", "")),
            about=event["data"]["object"]["id"],  # type: ignore[index]
            reference="", livemode=False,
        )  # fmt: skip
        return events.receive(endpoint=endpoint, event=read, now=now())

    def sums(self) -> dict[str, dict[str, int]]:
        """Balances that are not zero, by book; every book sums to zero."""
        states = queries.books()
        assert all(state.sum_cents == 0 for state in states)
        return {
            state.name: {name: cents for name, cents in state.accounts.items() if cents}
            for state in states
        }
