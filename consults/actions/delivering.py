"""Bring a report to the treating physician: the way picked, the delivery, who opened it."""

from datetime import datetime, timedelta
from uuid import UUID

from audit.actions import record
from audit.facts import NATIONAL, SYSTEM, Actor
from consults import states
from consults.access import READ_REPORT, allow
from consults.actions.mailing import opened_address, order_mail, sealed_address
from consults.actions.steps import Act, WrongState, in_transaction, locked
from consults.models import (
    Answer,
    Physician,
    Question,
    ReportDelivery,
    ReportMail,
    ReportPlan,
    ReportReading,
    ReportSwitch,
)
from consults.queries.agreements import objects_to_sharing
from consults.queries.links import treating_reader
from consults.queries.reports import READER_REFUSES, address_mark, takes_reports

# A file taken twice within this time is one act: nobody floods the log by reloading.
SAME_DOWNLOAD = timedelta(minutes=10)


class ReaderRefuses(Exception):
    """The treating physician takes no reports in the product."""

    code = READER_REFUSES


class SharingRefused(Exception):
    """The patient took back their agreement that reports reach their treating physician."""

    code = "SHARING_REFUSED"


def plan_report(
    *, question_id: UUID, way: str, address: str, actor: Actor, now: datetime
) -> ReportPlan:
    """Remember how the patient wants the report to travel; the last word counts.

    Which way it is stays out of the log, and a secure address is sealed.
    """
    assert way in states.WAYS and bool(address) is (way == "secure-mail")
    act = Act(locked(question_id=question_id), actor, now)
    kept: dict[str, bytes | None] = {"address": None, "address_mark": None}
    if address:
        kept = {
            "address": sealed_address(act=act, address=address),
            "address_mark": address_mark(act.key, address),
        }
    act.note("report.planned")
    return ReportPlan.objects.create(
        subject=act.question.subject, question=act.question, way=way, at=now, by=actor.id, **kept
    )


def follow_plan(*, question_id: UUID, now: datetime) -> None:
    """Do with a report that was just signed what its patient picked with the quote.

    Printing waits for the patient's own word. A reader who has meanwhile closed the way is a
    refused attempt, recorded and told; the patient then picks another way.
    """
    plan = ReportPlan.objects.filter(question_id=question_id).order_by("at").last()
    answer = Answer.objects.filter(question_id=question_id).first()
    if plan is None or answer is None or answer.report is None or plan.way == "printed":
        return
    if ReportDelivery.objects.filter(question_id=question_id).exists():
        return
    patient_id = Question.objects.values_list("patient_id", flat=True).get(pk=question_id)
    if plan.way != "objected" and objects_to_sharing(patient_id, now):
        return  # said since, and of every report: nothing travels by itself
    if plan.way == "secure-mail":
        assert plan.address is not None
        key = Act(locked(question_id=question_id), SYSTEM, now).key
        address = opened_address(
            key=key, question_id=question_id, by=plan.by, kept=bytes(plan.address)
        )
        order_mail(question_id=question_id, address=address, actor=SYSTEM, now=now)
        return
    try:
        deliver_report(question_id=question_id, way=plan.way, actor=SYSTEM, now=now)
    except (ReaderRefuses, WrongState):
        act = Act(locked(question_id=question_id), SYSTEM, now)
        act.note("report.refused", {"code": READER_REFUSES})
        act.tell("report-refused")


def deliver_report(*, question_id: UUID, way: str, actor: Actor, now: datetime) -> ReportDelivery:
    """Record how the report reached the treating physician, or the patient's objection.

    `in-product` lets the confirmed treating physician read it here. Said twice, the first way
    stands. Raises WrongState before there is an answer, or with nobody to read it here,
    ReaderRefuses when they take none here, and SharingRefused when a physician sends what the
    patient wants kept.
    """
    act = Act(locked(question_id=question_id), actor, now)
    question = act.question
    if question.state not in (states.ANSWERED, states.CLOSED):
        raise WrongState("no answer, no report")
    if earlier := ReportDelivery.objects.filter(question=question).first():
        return earlier
    by_another = way != "objected" and actor.kind == "physician"
    if by_another and objects_to_sharing(question.patient_id, now):
        raise SharingRefused
    reader = _reader(question, now) if way == "in-product" else None
    # That a patient objected is theirs to tell: the way stays out of the log.
    act.note("report.delivered")
    act.tell("report-delivered")
    if reader is not None:
        allow(question, reader.account_id, READ_REPORT)
    # What waited to be mailed is not sent any more, least of all against the patient's wish.
    ReportMail.objects.filter(question=question, state="waiting").update(
        state="refused", code="CANCELLED", settled_at=now
    )
    return ReportDelivery.objects.create(
        subject=question.subject, question=question, way=way, reader=reader, at=now, by=actor.id
    )


def _reader(question: Question, now: datetime) -> Physician:
    """The treating physician who reads reports here."""
    reader = treating_reader(question.patient_id, now)
    if reader is None:
        raise WrongState("no treating physician reads reports here")
    if reader.id != question.physician_id and not takes_reports(reader.id):
        raise ReaderRefuses
    return reader


def record_reading(
    *, question_id: UUID, account_id: UUID, what: str, actor: Actor, now: datetime
) -> None:
    """Record that somebody opens a report for the first time, or takes it away as a file.

    Comes before the text leaves, as every read that a patient is told of.
    """
    assert what in states.READINGS
    act = Act(locked(question_id=question_id), actor, now)
    before = ReportReading.objects.filter(
        question_id=question_id, account_id=account_id, what=what
    )
    if what == "downloaded":
        before = before.filter(at__gt=now - SAME_DOWNLOAD)
    if before.exists():
        return
    act.note(f"report.{what}")
    ReportReading.objects.create(
        subject=act.question.subject,
        question=act.question,
        account_id=account_id,
        what=what,
        at=now,
    )


def switch_reports(*, physician_id: UUID, accepts: bool, actor: Actor, now: datetime) -> None:
    """Say whether a physician takes reports in the product; the same word again is no act."""
    in_transaction()
    physician = Physician.objects.select_for_update().get(pk=physician_id)
    if takes_reports(physician_id) is accepts:
        return
    record(
        type="reports.switched",
        subject=physician.subject,
        scope=physician.council or NATIONAL,
        actor=actor,
        now=now,
        data={"accepts": accepts},
    )
    ReportSwitch.objects.create(
        subject=physician.subject, physician=physician, accepts=accepts, at=now
    )
