"""Pure decisions: who may take a question and in which order, never by price; what may be said."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from audit.facts import Json
from audit.law.evaluator import judge
from audit.law.model import Decision, Fact, Pack, Value

# Clinical severity, most urgent first; a paid tier never appears here.
SEVERITIES = ("urgent", "soon", "routine")
MAX_NAMED_CANDIDATES = 50
LEASE_SECONDS = 600
FIND_SECONDS = 172_800  # how long a question waits for any eligible physician
FAR = datetime.max.replace(tzinfo=UTC)
DEFAULT_TIER = "async-48h"
# What the public is told is judged by every rule that was in force, whatever the profile: a
# profile decides what is billed.
EVERY_RULE = "cnom2016"


@dataclass(frozen=True)
class Waiting:
    """What ordering may see of a waiting question: no text, no tier, no amount."""

    question_id: UUID
    severity: str
    for_this_physician: bool  # the treating physician's patient, or this physician was named
    deadline_at: datetime | None
    opened_at: datetime


@dataclass(frozen=True)
class Candidate:
    """A physician looked at for a question; `excluded` holds the code of the first reason."""

    physician_id: UUID
    excluded: str = ""
    same_departement: bool = False


@dataclass(frozen=True)
class Opening:
    """How open a physician is to one question: by the rules, by their word, by their choice."""

    eligible: bool
    acknowledged: bool
    taking: bool
    kind_taken: bool
    topic_taken: bool

    @property
    def closed_by(self) -> str:
        """The code of the first reason against them; "" when there is none."""
        reasons = {
            "NOT_ELIGIBLE": self.eligible,
            "PROFILE_NOT_ACKNOWLEDGED": self.acknowledged,
            "NOT_TAKING": self.taking,
            "OTHER_KIND": self.kind_taken,
            "OTHER_TOPIC": self.topic_taken,
        }
        return next((code for code, open_to in reasons.items() if not open_to), "")


@dataclass(frozen=True)
class Routing:
    """Who was kept, in order, and how many were left out by reason: what the log records."""

    kept: tuple[UUID, ...]
    exclusions: dict[str, int]

    def as_data(self, *, names: bool = True) -> dict[str, Json]:
        """The routing as an entry's data: at most fifty names, every count.

        Without `names` where the patient chose a topic: the physicians' own would tell it.
        """
        kept = self.kept[:MAX_NAMED_CANDIDATES] if names else ()
        named: list[Json] = [str(one) for one in kept]
        return {"candidates": named, "kept": len(self.kept), "excluded": {**self.exclusions}}


def queue_order(waiting: Iterable[Waiting]) -> list[Waiting]:
    """Severity first, then the physician's own or named questions, then the deadline."""
    return sorted(waiting, key=_place)


def _place(one: Waiting) -> tuple[int, bool, datetime, datetime, str]:
    known = one.severity in SEVERITIES
    severity = SEVERITIES.index(one.severity) if known else 0  # unknown is treated as urgent
    own = not one.for_this_physician
    due = one.deadline_at or FAR  # unquoted yet: nobody waits on a promise
    return (severity, own, due, one.opened_at, str(one.question_id))


def route(candidates: Sequence[Candidate]) -> Routing:
    """Keep who has no reason against them; same département first when clinically equal."""
    kept = sorted(
        (one for one in candidates if not one.excluded),
        key=lambda one: (not one.same_departement, str(one.physician_id)),
    )
    counts = Counter(one.excluded for one in candidates if one.excluded)
    return Routing(tuple(one.physician_id for one in kept), dict(sorted(counts.items())))


def deadline(*, answer_within_seconds: int, ready_at: datetime) -> datetime:
    """When an answer is due: elapsed seconds of UTC, whatever the clocks do meanwhile."""
    return ready_at.astimezone(UTC) + timedelta(seconds=answer_within_seconds)


def lease_until(now: datetime) -> datetime:
    """Until when a claim holds without a sign of life."""
    return now + timedelta(seconds=LEASE_SECONDS)


def seconds_late(*, deadline_at: datetime, now: datetime) -> int:
    """Whole seconds past the deadline; 0 while there is time."""
    return max(0, int((now - deadline_at).total_seconds()))


# What only the answer and the payment can establish, at their best; see `may_be_billed`.
STILL_TO_COME: Mapping[str, Value] = {
    "act_kind": "telemedicine_act",
    "advice_is_personalised": True,
    "physician_attests_remote_relevance": True,
    "answer_signed_by_physician": True,
    "answer_delivered_to_patient": True,
    "physician_strongly_authenticated": True,
    "physician_had_access_to_needed_data": True,
    "trace_report_present": True,
    "trace_acts_and_prescriptions_present": True,
    "trace_datetime_present": True,
    "trace_incident_field_answered": True,
    "fee_amount_shown": True,
    "fee_shown_at": "2016-01-01T00:00:00.000000Z",
    "patient_accepted_fee_at": "2016-01-01T00:00:01.000000Z",
}
# A declared link that its attestor has not confirmed yet may still be.
MAY_YET_BE: Mapping[str, Value] = {"integrated_in_care_pathway": True}


# Says in the record which facts of a forecast are only hoped for.
HOPED = "hoped"


def may_be_billed(
    *, known: Mapping[str, Fact], at: datetime, profile: str, pack: Pack
) -> Decision:
    """Could the act still be billed, if everything that is not known yet went well?

    When it could not, the quote says 0 and no card is asked for. It is recorded with the quote
    and is no verdict: the gate judges the real facts when the answer is there.
    """
    hoped = {name: Fact(value, "system", HOPED) for name, value in MAY_YET_BE.items()}
    coming = {name: Fact(value, "system", HOPED) for name, value in STILL_TO_COME.items()}
    facts = {**hoped, **known, **coming}
    return judge(facts=facts, scopes=("act",), at=at, profile=profile, pack=pack)


def may_promise(*, facts: Mapping[str, Fact], at: datetime, pack: Pack) -> Decision:
    """May an answer within minutes be promised, by who is here to give it?"""
    return judge(facts=facts, scopes=("promise",), at=at, profile=EVERY_RULE, pack=pack)


def may_be_said(*, facts: Mapping[str, Fact], at: datetime, pack: Pack) -> Decision:
    """May the public be told this, by the rules of that day?"""
    return judge(facts=facts, scopes=("offer", "words"), at=at, profile=EVERY_RULE, pack=pack)


def may_send_visitors(*, facts: Mapping[str, Fact], at: datetime, pack: Pack) -> Decision:
    """May a site that says this lead people here?"""
    return judge(facts=facts, scopes=("words",), at=at, profile=EVERY_RULE, pack=pack)


def may_operate(*, facts: Mapping[str, Fact], at: datetime, pack: Pack) -> Decision:
    """May a platform with these settings work at all?"""
    return judge(facts=facts, scopes=("platform",), at=at, profile=EVERY_RULE, pack=pack)
