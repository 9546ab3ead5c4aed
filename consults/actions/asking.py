"""Take a question in, turn it away with its reason, or hold it for a human."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from audit.law.model import Decision

from audit.facts import Actor
from consults import states
from consults.access import allow
from consults.actions.steps import (
    WrongState,
    append,
    in_transaction,
    key_of,
    law,
    locked,
    note,
)
from consults.models import Alert, Draft, Patient, Physician, Question
from consults.queries import intake_facts, on_duty
from consults.rules import may_ask
from consults.screen import Screening, screen
from consults.seal import Sealed, opened, sealed

DRAFT_LIFE = timedelta(days=30)
FIRST = 1


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
) -> Opened:
    """Screen and judge a request; asking records the consent. Raises AlreadyAsked."""
    in_transaction()
    if Question.objects.filter(pk=question_id).exists():
        raise AlreadyAsked
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
    state = _state(decision, screening)
    question = Question(
        id=question_id,
        patient=Patient.objects.get(pk=patient_id),
        physician=Physician.objects.get(pk=physician_id) if physician_id else None,
        named=physician_id is not None,
        ground=ground,
        state=state,
        severity="routine",
        tier=tier,
        refusal="" if state == states.OPENED else _refusal(decision, screening),
        refused_by=decision.refusing[0].rule if state == states.REFUSED else "",
        decision_id=decision.id,
        consented_at=now,
        opened_at=now,
        closed_at=now if state == states.REFUSED else None,
    )
    _write(question, text, client_id, decision=decision, actor=actor, now=now)
    alerted = _alert(question, _alarms(screening, flags), now)
    return Opened(question.id, decision, screening, state, question.refusal, alerted)


def _state(decision: Decision, screening: Screening) -> str:
    if not decision.allowed:
        return states.REFUSED
    return states.HELD if screening.action == "hold_for_human" else states.OPENED


def _refusal(decision: Decision, screening: Screening) -> str:
    """The code that the patient is shown; kept out of the log, which holds commitments of it."""
    rules = {finding.rule for finding in decision.refusing}
    if "suicide-redirect" in rules:
        return "SUICIDE_REDIRECT"
    if "emergency-redirect" in rules:
        return "EMERGENCY_REDIRECT"
    return states.REFUSALS.get(screening.label, "INTAKE_REFUSED")


def _write(
    question: Question,
    text: str,
    client_id: UUID,
    *,
    decision: Decision,
    actor: Actor,
    now: datetime,
) -> None:
    """Record and write: a text that got in is the thread's first message, another is a draft."""
    got_in = question.state == states.OPENED
    cover = sealed(
        key_of(question),
        text,
        question=question.id,
        seq=FIRST,
        field="body",
        author=actor.id,
        client_id=client_id,
    )
    note(
        question,
        f"question.{question.state}",
        actor=actor,
        now=now,
        data={
            "seq": FIRST if got_in else 0,
            "commitment": cover.commitment.hex(),
            "bytes": cover.size,
            "named": question.named,
            "tier": question.tier,
        },
        decision=decision,
    )
    question.save(force_insert=True)
    allow(question, question.patient.account_id)
    if got_in:
        append(question, actor=actor, now=now, kind="message", sealed=cover, client_id=client_id)
    else:
        keep_draft(question, "message", cover, author=actor, client_id=client_id, now=now)


def keep_draft(
    question: Question,
    field: str,
    cover: Sealed,
    *,
    author: Actor,
    client_id: UUID,
    now: datetime,
) -> None:
    """Keep a text that was not accepted, sealed, so that its author can take it up again."""
    Draft.objects.create(
        subject=question.subject,
        question=question,
        field=field,
        author_id=author.id,
        client_id=client_id,
        kept_at=now,
        delete_at=now + DRAFT_LIFE,
        body=cover.body,
        mac=cover.mac,
        body_bytes=cover.size,
    )


def _alarms(screening: Screening, flags: tuple[str, ...]) -> list[str]:
    """The alerts that the text or the ticked list call for."""
    heard = set(screening.alerts) & set(states.ALERTS)
    label = {"emergency_red_flag": "emergency", "suicidal": "suicidal", "abusive": "abusive"}
    heard |= {label[screening.label]} if screening.label in label else set()
    heard |= {"suicidal"} if "suicide" in flags else set()
    heard |= {"emergency"} if any(flag != "suicide" for flag in flags) else set()
    return sorted(heard)


def _alert(question: Question, kinds: list[str], now: datetime) -> bool:
    """Raise the alerts with the duty physician; with nobody on duty nobody will call."""
    turns = on_duty(now) if kinds else []
    for kind in kinds:
        Alert.objects.create(
            subject=question.subject,
            question=question,
            patient=question.patient,
            kind=kind,
            duty_physician=turns[0].physician if turns else None,
            raised_at=now,
        )
    return bool(turns)


def acknowledge_alert(*, alert_id: UUID, verdict: str, actor: Actor, now: datetime) -> Alert:
    """Say that a human has seen an alert; `released` lets a held question in, `refused` ends it.

    Raises WrongState when somebody has already acknowledged it.
    """
    in_transaction()
    alert = Alert.objects.select_for_update().get(pk=alert_id)
    if alert.acknowledged_at is not None:
        raise WrongState("this alert has been acknowledged")
    question = locked(alert.question_id)
    waited = int((now - alert.raised_at).total_seconds())
    note(question, "alert.acknowledged", actor=actor, now=now, data={"after_seconds": waited})
    alert.acknowledged_at, alert.acknowledged_by, alert.verdict = now, actor.id, verdict
    alert.save(update_fields=["acknowledged_at", "acknowledged_by", "verdict"])
    if question.state == states.HELD and verdict == "released":
        _release(question, actor=actor, now=now)
    elif question.state == states.HELD and verdict == "refused":
        note(question, "question.refused", actor=actor, now=now)
        Question.objects.filter(pk=question.pk).update(state=states.REFUSED, closed_at=now)
    return alert


def _release(question: Question, *, actor: Actor, now: datetime) -> None:
    """Let a held question in: its draft becomes the thread's first message."""
    draft = Draft.objects.get(question=question, field="message")
    author = Actor("patient", draft.author_id)
    place = {"question": question.id, "seq": FIRST, "field": "body", "author": author.id}
    key = key_of(question)
    text = opened(key, bytes(draft.body), **place)
    cover = sealed(key, text, **place, client_id=draft.client_id)
    note(
        question,
        "question.released",
        actor=actor,
        now=now,
        data={"seq": FIRST, "commitment": cover.commitment.hex(), "bytes": cover.size},
    )
    append(
        question,
        actor=author,
        now=now,
        kind="message",
        sealed=cover,
        client_id=draft.client_id,
    )
    Question.objects.filter(pk=question.pk).update(state=states.OPENED, refusal="")
    draft.delete()
