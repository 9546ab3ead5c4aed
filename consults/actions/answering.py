"""Sign an answer with its report and classification, and bring the report to its reader."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.law.model import Decision

from audit.facts import Actor, Json
from consults import states
from consults.actions.asking import keep_draft
from consults.actions.routing import NotClaimed
from consults.actions.steps import WrongState, append, key_of, law, locked, move, note
from consults.facts import Classification, Report, is_greeting_only
from consults.models import Answer, Message, Question, ReportDelivery
from consults.queries import physician_facts
from consults.rules import may_answer
from consults.seal import Sealed, report_text, sealed


@dataclass(frozen=True)
class Answered:
    """An answer has been signed, or refused by the law (`answer_id` None, text kept as draft)."""

    answer_id: UUID | None
    decision: Decision | None
    seq: int = 0
    repeated: bool = False


class StaleView(Exception):
    """The patient wrote after what the physician had on the screen."""

    code = "STALE_VIEW"


def give_answer(
    *,
    question_id: UUID,
    physician_id: UUID,
    client_id: UUID,
    against_seq: int,
    text: str,
    report: Report | None,
    classification: Classification,
    outcome: str,
    incidents: str,
    strong_at: datetime | None,
    actor: Actor,
    now: datetime,
) -> Answered:
    """Judge the physician again and write the signed answer; the refused text becomes a draft.

    `strong_at` is when the physician's session passed its second factor. The same `client_id`
    again gives the same answer. Raises NotClaimed and StaleView.
    """
    question = locked(question_id)
    if earlier := Answer.objects.filter(question=question, message__client_id=client_id).first():
        return Answered(earlier.id, None, earlier.message.seq, repeated=True)
    if question.state != states.CLAIMED or question.physician_id != physician_id:
        raise NotClaimed
    if _moved_since(question, against_seq, actor):
        raise StaleView
    decision = may_answer(facts=physician_facts(physician_id, now), at=now, **law())
    covers = _covers(question, text, report, client_id, actor)
    if not decision.allowed:
        note(question, "answer.refused", actor=actor, now=now, decision=decision)
        for field, cover in covers.items():
            keep_draft(question, field, cover, author=actor, client_id=client_id, now=now)
        return Answered(None, decision)
    answer = Answer(
        subject=question.subject,
        question=question,
        physician_id=physician_id,
        against_seq=against_seq,
        signed_at=now,
        strong_at=strong_at,
        outcome=outcome,
        act_kind=classification.act_kind,
        remote_relevant=classification.remote_relevant,
        personalised=classification.personalised,
        incidents=incidents,
        greeting_only=is_greeting_only(text),
        report_says_acts=report is not None and bool(report.acts.strip()),
        decision_id=decision.id,
    )
    _write(question, answer, covers, client_id, decision=decision, actor=actor, now=now)
    return Answered(answer.id, decision, answer.message.seq)


def _moved_since(question: Question, against_seq: int, actor: Actor) -> bool:
    """Whether somebody else has written since; the question's own state events do not count."""
    return (
        Message.objects.filter(question=question, seq__gt=against_seq, kind="message")
        .exclude(author_id=actor.id)
        .exists()
    )


def _covers(
    question: Question, text: str, report: Report | None, client_id: UUID, actor: Actor
) -> dict[str, Sealed]:
    """The texts sealed for the place that the answer is about to take."""
    texts = {"answer": text}
    if report is not None and report.text.strip():
        texts["report"] = report_text(report)
    key = key_of(question)
    return {
        field: sealed(
            key,
            words,
            question=question.id,
            seq=question.head_seq + 1,
            field="body" if field == "answer" else field,
            author=actor.id,
            client_id=client_id,
        )
        for field, words in texts.items()
    }


def _write(
    question: Question,
    answer: Answer,
    covers: dict[str, Sealed],
    client_id: UUID,
    *,
    decision: Decision,
    actor: Actor,
    now: datetime,
) -> None:
    body, report = covers["answer"], covers.get("report")
    data: dict[str, Json] = {
        "answer": str(answer.id),
        "seq": question.head_seq + 1,
        "commitment": body.commitment.hex(),
        "bytes": body.size,
        "against_seq": answer.against_seq,
        "act_kind": answer.act_kind,
        "remote_relevant": answer.remote_relevant,
        "personalised": answer.personalised,
        "report": report.commitment.hex() if report else None,
    }
    note(question, "answer.given", actor=actor, now=now, data=data, decision=decision)
    answer.message = append(
        question, actor=actor, now=now, kind="answer", sealed=body, client_id=client_id
    )
    if report:
        answer.report, answer.report_commitment = report.body, report.commitment
        answer.report_bytes = report.size
    answer.save(force_insert=True)
    move(question, states.ANSWERED, actor=actor, now=now, changes={"answered_at": now})


def deliver_report(*, question_id: UUID, way: str, actor: Actor, now: datetime) -> ReportDelivery:
    """Record how the report reached the treating physician, or the patient's objection.

    Said twice, the first way stands. Raises WrongState before there is an answer.
    """
    question = locked(question_id)
    if question.state not in (states.ANSWERED, states.CLOSED):
        raise WrongState("no answer, no report")
    if earlier := ReportDelivery.objects.filter(question=question).first():
        return earlier
    # That a patient objected is theirs to tell: the way stays out of the log.
    note(question, "report.delivered", actor=actor, now=now)
    append(question, actor=actor, now=now, code="report-delivered")
    return ReportDelivery.objects.create(
        subject=question.subject, question=question, way=way, at=now, by=actor.id
    )
