"""Sign an answer with its report and classification."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.facts import Actor, Json
from audit.law.model import Decision
from consults import states
from consults.actions.routing import NotClaimed
from consults.actions.steps import Act, law, locked
from consults.facts import Classification, Report, is_greeting_only, report_text
from consults.models import Answer, Draft, Message, Question
from consults.queries import physician_facts, treatment_facts
from consults.rules import may_answer
from consults.seal import Sealed


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


class TreatmentUntold(Exception):
    """A treatment is adapted, and the report does not say which drug, from and to which dose."""

    code = "TREATMENT_UNTOLD"


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
    again gives the same answer. Raises NotClaimed, StaleView, and TreatmentUntold when a
    treatment is adapted and the report does not name the drug with both doses.
    """
    act = Act(locked(question_id=question_id), actor, now)
    if earlier := _earlier(act.question, client_id):
        return Answered(earlier.id, None, earlier.message.seq, repeated=True)
    _check_hands(act, physician_id, against_seq)
    if outcome == "adapted-treatment" and (report is None or not report.adapts):
        raise TreatmentUntold
    treated = treatment_facts(act.question, outcome, now, report)
    decision = may_answer(facts=physician_facts(physician_id, now) | treated, at=now, **law())
    covers = _covers(act, text, report, client_id)
    if not decision.allowed:
        act.note("answer.refused", decision=decision)
        for field, cover in covers.items():
            act.keep(field, cover, client_id)
        return Answered(None, decision)
    answer = _unsaved(act, classification, text=text, report=report, decision=decision)
    answer.against_seq, answer.strong_at = against_seq, strong_at
    answer.outcome, answer.incidents = outcome, incidents
    _write(act, answer, covers, client_id, decision)
    return Answered(answer.id, decision, answer.message.seq)


def _earlier(question: Question, client_id: UUID) -> Answer | None:
    return Answer.objects.filter(question=question, message__client_id=client_id).first()


def _check_hands(act: Act, physician_id: UUID, against_seq: int) -> None:
    """The question is in these hands, and nobody else wrote since what was on the screen."""
    if act.question.state != states.CLAIMED or act.question.physician_id != physician_id:
        raise NotClaimed
    # The question's own state events, and what this physician wrote, make no view stale.
    since = Message.objects.filter(question=act.question, seq__gt=against_seq, kind="message")
    if since.exclude(author_id=act.actor.id).exists():
        raise StaleView


def _covers(act: Act, text: str, report: Report | None, client_id: UUID) -> dict[str, Sealed]:
    """The texts, sealed for the place that the answer is about to take."""
    covers = {"answer": act.cover(text, client_id=client_id)}
    if report is not None and report.written:
        covers["report"] = act.cover(report_text(report), client_id=client_id, field="report")
    return covers


def _unsaved(
    act: Act,
    classification: Classification,
    *,
    text: str,
    report: Report | None,
    decision: Decision,
) -> Answer:
    """The answer as the physician classifies it; the rest is filled in by its writer."""
    assert act.question.physician_id is not None
    return Answer(
        subject=act.question.subject,
        question=act.question,
        physician_id=act.question.physician_id,
        signed_at=act.now,
        act_kind=classification.act_kind,
        remote_relevant=classification.remote_relevant,
        personalised=classification.personalised,
        greeting_only=is_greeting_only(text),
        report_says_acts=report is not None and bool(report.acts.strip()),
        report_is_whole=report is not None and report.whole,
        decision_id=decision.id,
    )


def _write(
    act: Act, answer: Answer, covers: dict[str, Sealed], client_id: UUID, decision: Decision
) -> None:
    body, report = covers["answer"], covers.get("report")
    assert act.question.physician is not None
    data: dict[str, Json] = {
        "answer": str(answer.id),
        "physician_rpps": act.question.physician.rpps,
        "seq": act.next_seq,
        "commitment": body.commitment.hex(),
        "bytes": body.size,
        "against_seq": answer.against_seq,
        "act_kind": answer.act_kind,
        "remote_relevant": answer.remote_relevant,
        "personalised": answer.personalised,
        "report": report.commitment.hex() if report else None,
    }
    act.note("answer.given", data, decision)
    answer.message = act.say("answer", body, client_id)
    if report:
        answer.report, answer.report_commitment = report.body, report.commitment
        answer.report_bytes = report.size
    answer.save(force_insert=True)
    Draft.objects.filter(question=act.question, author_id=act.actor.id).delete()
    act.move(states.ANSWERED, {"answered_at": act.now})
