"""Facts about the act: the pathway by its evidence, the answer as signed, the trace it leaves.

An outcome other than advice, or an answer made of politeness alone, is signed as "no answer to
the question": `answer_signed_by_physician` is then false and the article on acts really
performed does the rest. Whether an answer may be charged is nowhere an `if`.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from audit import seal
from audit.law.dictionary import integrated
from audit.law.model import Fact
from consults.calendar.oncall import on_call_until
from consults.facts import Report
from consults.keys import content_key
from consults.models import (
    Answer,
    PathwayEvidence,
    Question,
    QuestionUserPermission,
    ReportDelivery,
)
from consults.queries.agreements import consent_stands, objects_to_sharing
from consults.queries.duty import on_call, turn_end
from consults.queries.files import identified_at
from consults.queries.links import in_force, treating_choice, treats
from consults.states import PERFORMED

FACT_OF_GROUND = {
    "treating": "is_treating_physician",
    "referral": "referred_by_treating_physician",
    "team": "in_care_team",
    "long-term": "ald_followup",
    "prescriber": "adapts_own_prescription",
}


def act_facts(question_id: UUID, at: datetime) -> dict[str, Fact]:
    """What is known of the act at that instant; whether a physician matches the specialty is not.

    The physician alone can say that the question is within their qualification, and is not
    asked yet: `specialty_matches_question` stays unknown.
    """
    question = Question.objects.select_related("patient", "physician").get(pk=question_id)
    answer = (
        Answer.objects.filter(question=question, signed_at__lte=at)
        .select_related("message")
        .first()
    )
    return {
        **constants(),
        **_person_facts(question, at),
        **_pathway_facts(question, at),
        **_answer_facts(question, answer, at),
        **_report_facts(question, at),
    }


def constants() -> dict[str, Fact]:
    """What this product never does, said as facts so that the rules on it are really asked."""
    never: dict[str, bool | int | str] = {
        "prescription_issued": False,
        "sick_leave_total_days": 0,
        "ngap_code_claimed": "none",
        "claims_reimbursement": False,
        "document_issued": False,
        "ins_used": False,
    }
    return {
        "channel": Fact("written", "system"),
        **{name: Fact(value, "system") for name, value in never.items()},
    }


def _person_facts(question: Question, at: datetime) -> dict[str, Fact]:
    patient = question.patient
    # Until when is left out: the same instant in two questions would join them in the log.
    identified = identified_at(patient, at)
    by = "physician" if patient.identified_by == "physician" else "system"
    return {
        "patient_consent_recorded": Fact(
            consent_stands(question, at), "patient", f"question:{question.subject}"
        ),
        "patient_identified": Fact(identified, by),
        "trace_identity_present": Fact(identified and question.physician is not None, "system"),
        # The patient named this physician, or may refuse the one named in the quote.
        "patient_could_choose_or_refuse_physician": Fact(True, "patient"),
    }


def _pathway_facts(question: Question, at: datetime) -> dict[str, Fact]:
    known = _treating_known(question, at)
    if question.ground == "none" or question.physician is None:
        return known | {"integrated_in_care_pathway": Fact(False, "patient")}
    grounds = {**_evidence_facts(question, at), **_duty_facts(question, at)}
    whole = integrated(grounds)
    if whole is None:
        return known | grounds
    by = [fact.evidence for fact in grounds.values() if fact.value is True and fact.evidence]
    return (
        known
        | grounds
        | {"integrated_in_care_pathway": Fact(whole, "system", by[0] if by else None)}
    )


def _treating_known(question: Question, at: datetime) -> dict[str, Fact]:
    """Whether there is a treating physician: by that physician's word, or by the patient's no."""
    links = PathwayEvidence.objects.filter(
        in_force(at), patient_id=question.patient_id, ground="treating", decided_at__lte=at
    )
    if _said(links.values_list("confirmed", flat=True)):
        return {"has_treating_physician": Fact(True, "physician")}
    said = treating_choice(question.patient_id, at)
    if said is not None and said.choice == "none":
        return {"has_treating_physician": Fact(False, "patient")}
    return {}


def _evidence_facts(question: Question, at: datetime) -> dict[str, Fact]:
    """One fact a ground: confirmed, denied or ended, or absent while it is only declared."""
    rows = PathwayEvidence.objects.filter(
        patient_id=question.patient_id, physician=question.physician, declared_at__lte=at
    ).order_by("declared_at")
    facts = {}
    for ground, name in FACT_OF_GROUND.items():
        mine = [row for row in rows if row.ground == ground]
        decided = {row.id: _answer_at(row, at) for row in mine}
        said = _said(decided.values()) if mine else (None if ground == question.ground else False)
        if said is not None:
            proof = next((i for i, value in decided.items() if value is said), None)
            source = "physician" if mine else "patient"
            evidence = None if proof is None else _proof_name(question, proof)
            facts[name] = Fact(said, source, evidence)
    return facts


def _proof_name(question: Question, evidence_id: UUID) -> str:
    """Name an evidence in one question's facts, so that no two questions can be joined by it."""
    key = seal.derived(content_key(question.patient.key_id), "evidence")
    return "pathway:" + seal.mac(key, question.subject.bytes + evidence_id.bytes).hex()[:32]


def _answer_at(row: PathwayEvidence, at: datetime) -> bool | None:
    """What the attestor's word is worth at that instant; an ended link is a no.

    Another physician's word counts while they are known, by their own word, to be treating.
    """
    if row.ended_at is not None and row.ended_at <= at:
        return False
    if row.decided_at is None or row.decided_at > at:
        return None
    if row.attestor_id == row.physician_id or treats(row.attestor_id, row.patient_id, at):
        return row.confirmed
    return None


def _said(answers: Iterable[bool | None]) -> bool | None:
    """True when one attestor confirmed, else unknown while one is asked, else false."""
    heard = list(answers)
    return True if True in heard else None if None in heard or not heard else False


def _duty_facts(question: Question, at: datetime) -> dict[str, Fact]:
    """Both are needed at that instant: a turn of the physician's, and the département's hours."""
    mine = [turn for turn in on_call(at) if turn.physician_id == question.physician_id]
    if not mine:
        return {"on_call_duty": Fact(False, "operator")}
    turn = mine[-1]
    proof = f"duty:{turn.id}"
    ends_at = min(turn_end(turn), on_call_until(turn.departement, at))
    return {
        "on_call_duty": Fact(True, "operator", proof, ends_at),
        "already_paid_by_on_call_allowance": Fact(turn.paid_by_allowance, "operator", proof),
    }


def _answer_facts(question: Question, answer: Answer | None, at: datetime) -> dict[str, Fact]:
    if answer is None:
        absent = ("answer_signed_by_physician", "answer_delivered_to_patient")
        return {name: Fact(False, "system") for name in (*absent, *TRACE)}
    proof = f"answer:{answer.id}"
    performed = answer.outcome in PERFORMED and not answer.greeting_only
    held_until = question.patient.held_until
    granted = QuestionUserPermission.objects.filter(content_object=question, user__kind="patient")
    readable = (held_until is None or at < held_until) and granted.exists()
    signed: dict[str, bool | str] = {
        "act_kind": answer.act_kind,
        "advice_is_personalised": answer.personalised,
        "physician_attests_remote_relevance": answer.remote_relevant,
        "answer_signed_by_physician": performed,
        "trace_incident_field_answered": bool(answer.incidents),
        "trace_acts_and_prescriptions_present": answer.report_says_acts,
        "trace_report_present": answer.report is not None and answer.report_is_whole,
    }
    seen = {
        "trace_datetime_present": True,
        "answer_delivered_to_patient": answer.message.question_id == question.id,
        "answer_readable_by_patient": readable,
        "physician_strongly_authenticated": answer.strong_at is not None,
        # Signed against the head of the thread: everything the patient wrote was on the screen.
        "physician_had_access_to_needed_data": answer.against_seq > 0,
    }
    return {
        **{name: Fact(value, "physician", proof) for name, value in signed.items()},
        **{name: Fact(value, "system", proof) for name, value in seen.items()},
        **_time_facts(question, proof),
    }


def _time_facts(question: Question, proof: str) -> dict[str, Fact]:
    """Whether the signature came in the agreed time; nothing where no time was agreed.

    A breach that is recorded stands: both payments are given back, whatever clock signed after.
    """
    due, signed = question.deadline_at, question.answered_at
    if due is None or signed is None:
        return {}
    in_time = signed <= due and question.breached_at is None
    return {"answered_in_time": Fact(in_time, "system", proof)}


def treatment_facts(
    question: Question, outcome: str, at: datetime, report: Report | None = None
) -> dict[str, Fact]:
    """What the answer about to be signed does to a treatment, and whether it is its prescriber's.

    Unknown while the prescription is only declared. A dose that is set otherwise than to adapt a
    treatment is a prescription, and none is written here.
    """
    adapts = outcome == "adapted-treatment"
    adapted = Fact(adapts, "physician")
    issued = Fact(report is not None and report.doses and not adapts, "physician")
    own = FACT_OF_GROUND["prescriber"]
    known = _evidence_facts(question, at) if question.physician is not None else {}
    said = {"treatment_adapted": adapted, "prescription_issued": issued}
    return {**said, **({own: known[own]} if own in known else {})}


def is_prescriber(question_id: UUID, at: datetime) -> bool:
    """Whether the question's physician is known to have prescribed to its patient."""
    question = Question.objects.select_related("patient", "physician").get(pk=question_id)
    said = treatment_facts(question, "", at).get(FACT_OF_GROUND["prescriber"])
    return said is not None and said.value is True


TRACE = (
    "trace_report_present",
    "trace_acts_and_prescriptions_present",
    "trace_datetime_present",
    "trace_incident_field_answered",
)


def _report_facts(question: Question, at: datetime) -> dict[str, Fact]:
    delivery = ReportDelivery.objects.filter(question=question, at__lte=at).first()
    if delivery is not None:
        proof = f"delivery:{delivery.id}"
        objected = delivery.way == "objected"
        return {
            "patient_objects_to_sharing": Fact(objected, "patient", proof),
            "report_sent_to_treating_physician": Fact(not objected, "system", proof),
        }
    # Written by the treating physician: the report is in their hands as soon as it exists.
    own = question.physician_id is not None and treats(
        question.physician_id, question.patient_id, at
    )
    if own:
        return {"report_sent_to_treating_physician": Fact(True, "system")}
    if objects_to_sharing(question.patient_id, at):
        # Taken back before the report left: it will not leave.
        return {
            "patient_objects_to_sharing": Fact(True, "patient"),
            "report_sent_to_treating_physician": Fact(False, "system"),
        }
    return {}
