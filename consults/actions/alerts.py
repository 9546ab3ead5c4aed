"""What the duty physician does with an alert, and with the question it may hold back."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from audit.facts import SYSTEM, Actor, Json
from consults import states
from consults.actions.steps import Act, WrongState, in_transaction, locked
from consults.models import Alert, Draft, Question
from consults.queries import on_duty, thread
from consults.screen import screen
from consults.seal import opened

# What an alert makes of a question's place in the queue.
URGENT = frozenset({"emergency", "suicidal"})


def raise_alerts(*, question: Question, kinds: Sequence[str], now: datetime) -> bool:
    """Call the duty physician, once a kind; False when nobody is on duty to hear it."""
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


def screen_thread(*, question_id: UUID, now: datetime) -> list[str]:
    """Listen to what the patient wrote since the last time; return the alerts it called for.

    The messages stay where they are: the screen adds an alert and an urgency, nothing else.
    """
    question = locked(question_id=question_id)
    said = thread(question_id, after=question.screened_seq)
    heard = {
        alert
        for event in said
        if event.kind == "message" and event.author == "patient"
        for alert in screen(event.body).alerts
    }
    kinds = sorted(heard)
    if kinds:
        Act(question, SYSTEM, now).note("alert.raised")
        raise_alerts(question=question, kinds=kinds, now=now)
        if URGENT & set(kinds):
            Question.objects.filter(pk=question_id).update(severity="urgent")
    # What a long silence of the worker left over is listened to in the next round.
    upto = said[-1].seq if said else question.head_seq
    Question.objects.filter(pk=question_id).update(screened_seq=upto)
    return kinds


def read_alert(*, alert_id: UUID, actor: Actor, now: datetime) -> list[str]:
    """What raised an alert, for the duty physician: the held draft, else the patient's messages.

    The reading is an entry of the log in the caller's transaction: let it commit before the
    texts leave.
    """
    in_transaction()
    alert = Alert.objects.get(pk=alert_id)
    act = Act(locked(question_id=alert.question_id), actor, now)
    act.note("alert.read")
    if act.question.state in (states.HELD, states.REFUSED):
        drafts = Draft.objects.filter(question=act.question, field="message")
        return [text for draft in drafts if (text := _held_text(act, draft))]
    return [
        event.body
        for event in thread(alert.question_id)
        if event.kind == "message" and event.author == "patient"
    ]


def acknowledge_alert(*, alert_id: UUID, verdict: str, actor: Actor, now: datetime) -> Alert:
    """Say that a human has seen an alert; `released` lets a held question in, `refused` ends it.

    Raises WrongState when somebody has already acknowledged it.
    """
    in_transaction()
    alert = Alert.objects.select_for_update().get(pk=alert_id)
    if alert.acknowledged_at is not None:
        raise WrongState("this alert has been acknowledged")
    act = Act(locked(question_id=alert.question_id), actor, now)
    waited = int((now - alert.raised_at).total_seconds())
    act.note("alert.acknowledged", {"after_seconds": waited})
    alert.acknowledged_at, alert.acknowledged_by, alert.verdict = now, actor.id, verdict
    alert.save(update_fields=["acknowledged_at", "acknowledged_by", "verdict"])
    if act.question.state == states.HELD and verdict == "released":
        _release(act)
    elif act.question.state == states.HELD and verdict == "refused":
        act.note("question.refused")
        Question.objects.filter(pk=act.question.pk).update(state=states.REFUSED, closed_at=now)
    return alert


def _release(act: Act) -> None:
    """Let a held question in: its draft becomes the thread's first message, by its author."""
    draft = Draft.objects.get(question=act.question, field="message")
    text = _held_text(act, draft)
    patient = Act(act.question, Actor("patient", draft.author_id), act.now)
    cover = patient.cover(text, client_id=draft.client_id)
    data: dict[str, Json] = {
        "seq": act.next_seq,
        "commitment": cover.commitment.hex(),
        "bytes": cover.size,
    }
    act.note("question.released", data)
    patient.say("message", cover, draft.client_id)
    Question.objects.filter(pk=act.question.pk).update(state=states.OPENED, refusal="")
    draft.delete()


def _held_text(act: Act, draft: Draft) -> str:
    return opened(
        act.key,
        bytes(draft.body),
        question=act.question.id,
        seq=draft.seq,
        field="body",
        author=draft.author_id,
    )
