"""Take a question in, turn it away with its reason, or hold it for a human."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.facts import Actor, Json
from audit.law.model import Decision
from audit.law.words import refusal_code
from consults import states
from consults.access import allow
from consults.actions.alerts import raise_alerts
from consults.actions.leaving import ErasureUnderWay
from consults.actions.steps import Act, in_transaction, law
from consults.models import Patient, Physician, Question
from consults.queries import intake_facts
from consults.queries.agreements import erasure_of
from consults.rules import may_ask
from consults.screen import Screening, screen


@dataclass(frozen=True)
class Opened:
    """What became of a request; `alerted` says that a duty physician is on the roster for it."""

    question_id: UUID
    decision: Decision
    screening: Screening
    state: str
    refusal: str = ""
    alerted: bool = False


class AlreadyAsked(Exception):
    """This question was already written down: the form came twice."""

    code = "ALREADY_ASKED"


def open_question(
    *,
    question_id: UUID,
    patient_id: UUID,
    text: str,
    client_id: UUID,
    flags: tuple[str, ...],
    ground: str,
    physician_id: UUID | None,
    tier: str,
    actor: Actor,
    now: datetime,
    topic: str = "",
) -> Opened:
    """Screen and judge a request; asking records the consent. See `_check_new` for refusals."""
    _check_new(question_id, patient_id)
    screening = screen(text)
    facts = intake_facts(
        patient_id=patient_id,
        screening=screening,
        flags=flags,
        ground=ground,
        physician_id=physician_id,
        at=now,
    )
    decision = may_ask(facts=facts, at=now, **law())
    question = Question(
        id=question_id,
        patient=Patient.objects.get(pk=patient_id),
        **_asked_of(physician_id),
        ground=ground,
        tier=tier,
        topic=topic,
        **_outcome(decision, screening, now),
    )
    _write(Act(question, actor, now), text, client_id, decision)
    alerted = raise_alerts(question=question, kinds=_alarms(screening, flags), now=now)
    return Opened(question.id, decision, screening, question.state, question.refusal, alerted)


def _asked_of(physician_id: UUID | None) -> dict[str, object]:
    """The columns of a question that say whom its patient named, if anybody."""
    physician = Physician.objects.get(pk=physician_id) if physician_id else None
    return {"physician": physician, "named": physician is not None}


def _check_new(question_id: UUID, patient_id: UUID) -> None:
    """Raise AlreadyAsked, or ErasureUnderWay for a file that waits for its end."""
    in_transaction()
    if erasure_of(patient_id) is not None:
        raise ErasureUnderWay
    if Question.objects.filter(pk=question_id).exists():
        raise AlreadyAsked


def _outcome(decision: Decision, screening: Screening, now: datetime) -> dict[str, object]:
    """The columns of a question that say what became of the request."""
    state = states.OPENED
    if not decision.allowed:
        state = states.REFUSED
    elif screening.action == "hold_for_human":
        state = states.HELD
    refused = state == states.REFUSED
    return {
        "state": state,
        "severity": "routine",
        "screened_seq": 1,  # the opening text: screened before it got in
        "refusal": {
            # Shown to the patient; kept out of the log, which holds commitments of it.
            states.REFUSED: refusal_code(decision),
            states.HELD: states.HELD_FOR_REVIEW,
        }.get(state, ""),
        "refused_by": decision.refusing[0].rule if refused else "",
        "decision_id": decision.id,
        "consented_at": now,
        "opened_at": now,
        "closed_at": now if refused else None,
    }


def _write(act: Act, text: str, client_id: UUID, decision: Decision) -> None:
    """Record and write: a text that got in is the thread's first message, another is a draft."""
    question = act.question
    got_in = question.state == states.OPENED
    cover = act.cover(text, client_id=client_id)
    data: dict[str, Json] = {
        "seq": act.next_seq if got_in else 0,
        "commitment": cover.commitment.hex(),
        "bytes": cover.size,
        "named": question.named,
        "tier": question.tier,
    }
    act.note(f"question.{question.state}", data, decision)
    question.save(force_insert=True)
    allow(question, question.patient.account_id)
    if got_in:
        act.say("message", cover, client_id)
    else:
        act.keep("message", cover, client_id)


def _alarms(screening: Screening, flags: tuple[str, ...]) -> list[str]:
    """The alerts that the text or the ticked list call for."""
    heard = set(screening.alerts) & set(states.ALERTS)
    heard |= {"suicidal"} if "suicide" in flags else set()
    heard |= {"emergency"} if any(flag != "suicide" for flag in flags) else set()
    return sorted(heard)
