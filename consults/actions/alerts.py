"""What the duty physician does with an alert, and with the question it may hold back."""

from datetime import datetime
from uuid import UUID

from audit.facts import Actor, Json
from consults import states
from consults.actions.steps import Act, WrongState, in_transaction, locked
from consults.models import Alert, Draft, Question
from consults.seal import opened


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
    text = opened(
        act.key,
        bytes(draft.body),
        question=act.question.id,
        seq=draft.seq,
        field="body",
        author=draft.author_id,
    )
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
