"""A live exchange on a clock of its own: who is there, beat by beat, and the signed answer."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction

from billing.actions import gate, metering
from billing.models import Quote
from billing.money.metering import SILENCE
from billing.money.tiers import LIVE
from broker.actions import offering
from consults import actions as care
from consults.models import Question
from tests.billing.walk import Walk
from tests.people import ANSWER, REPORT, now


def offer_live(walk: Walk, cents: int = 199) -> None:
    """The operator offers the live tier, at so much a minute."""
    offered = offering.offer_tier(
        tier=LIVE, platform_cents=cents, actor=walk.patient.actor, now=now()
    )
    assert offered.line is not None


@dataclass
class Exchange:
    """One live question whose holds stand; `at` is where its clock is."""

    walk: Walk
    at: datetime
    heard: dict[str, datetime] = field(default_factory=dict)

    @classmethod
    def begun(cls, walk: Walk, *, cap_minutes: int = 20, settlement: str = "card") -> "Exchange":
        """Offered, quoted with a cap, held, claimed, and both pages open."""
        offer_live(walk)
        walk.held(tier="live", cap_minutes=cap_minutes, settlement=settlement)
        with transaction.atomic():
            care.enqueue(
                question_id=walk.question, physician_id=walk.physician.id,
                deadline_at=now() + timedelta(hours=1), actor=walk.patient.actor, now=now(),
            )  # fmt: skip
            care.claim(
                question_id=walk.question, physician_id=walk.physician.id,
                actor=walk.physician.actor, now=now(),
            )  # fmt: skip
        return cls(walk, now())

    @property
    def quote(self) -> Quote:
        """The quote that was accepted."""
        return self.walk.legs()["honoraires"].quote

    def says(self, side: str = "physician") -> None:
        """One side writes a message."""
        person = getattr(self.walk, side)
        with transaction.atomic():
            care.post_message(
                question_id=self.walk.question, author=person.actor, client_id=uuid4(),
                body="Bonjour, dites-moi.", now=self.at,
            )  # fmt: skip

    def goes_on(
        self, seconds: float, *, there: tuple[str, ...] = ("patient", "physician")
    ) -> None:
        """Time passes; the lines of these sides speak at every beat, the others are silent."""
        end = self.at + timedelta(seconds=seconds)
        for side in {"patient", "physician"} - {*there}:
            self.heard.pop(side, None)
        for side in there:
            at = self.at
            while True:
                self.speaks(side, at)
                if at >= end:
                    break
                at = min(at + SILENCE, end)
        self.at = end

    def speaks(self, side: str, at: datetime, *, since: datetime | None = None) -> None:
        """One frame of one line; by default of the one line that this side has."""
        since = since or self.heard.get(side)
        if since is not None:
            with transaction.atomic():
                metering.mark(
                    question_id=self.walk.question, side=side, since=since,
                    actor=getattr(self.walk, side).actor, now=at,
                )  # fmt: skip
        self.heard[side] = at

    def ends(self, side: str = "patient") -> None:
        """One side ends the metered exchange."""
        with transaction.atomic():
            metering.stop_meter(
                question_id=self.walk.question, side=side,
                actor=getattr(self.walk, side).actor, now=self.at,
            )  # fmt: skip

    def signs(self, *, outcome: str = "advised") -> gate.Charged:
        """The physician signs, and the gate judges in the same act."""
        walk = self.walk
        head = Question.objects.values_list("head_seq", flat=True).get(pk=walk.question)
        with transaction.atomic():
            given = care.give_answer(
                question_id=walk.question, physician_id=walk.physician.id, client_id=uuid4(),
                against_seq=head, text=ANSWER, report=REPORT,
                classification=care.Classification("telemedicine_act", True, True),
                outcome=outcome, incidents="none", strong_at=self.at,
                actor=walk.physician.actor, now=self.at,
            )  # fmt: skip
            assert given.answer_id is not None
            return gate.charge(
                question_id=walk.question, answer_id=given.answer_id,
                actor=walk.physician.actor, now=self.at,
            )  # fmt: skip
