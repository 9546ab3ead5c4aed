"""How a report may travel, how it did, who opened it, and the report itself as a paper."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from audit import seal
from consults.adapters.pdf import ReportPaper
from consults.keys import content_key
from consults.models import (
    Answer,
    Patient,
    Physician,
    Question,
    ReportDelivery,
    ReportMail,
    ReportPlan,
    ReportReading,
    ReportSwitch,
)
from consults.queries.agreements import objects_to_sharing
from consults.queries.links import treating_choice, treating_reader
from consults.queries.threads import question_view, thread

READER_REFUSES = "READER_REFUSES"
# Ends of a mail that say nothing of its address.
CALLED_OFF = frozenset({"CANCELLED", "CONTENT_ERASED", "NOT_CONFIGURED"})


@dataclass(frozen=True)
class Ways:
    """The ways open to one report, and why one is not.

    `own`: the answering physician is the treating physician, who has it as soon as it exists.
    `treating` names the treating physician, here or elsewhere; `kept` says that the patient took
    back their agreement that any report be shared. `closed` is why a way is not open.
    `last_refusal` is the code with which the patient's last secure address was refused, if it was.
    """

    own: bool
    treating: str
    open: tuple[str, ...]
    closed: str = ""
    last_refusal: str = ""
    kept: bool = False

    @property
    def asked(self) -> bool:
        """Whether there is somebody to inform, so that the patient has to say how."""
        return bool(self.treating) and not self.own and not self.kept


@dataclass(frozen=True)
class Delivery:
    """Where a report stands: delivered, on its way by mail, turned away, or nowhere yet."""

    way: str
    at: datetime | None
    reader: str
    planned: str
    mailing: bool
    code: str
    maybe_repeated: bool
    queue_id: str


@dataclass(frozen=True)
class Reading:
    """Somebody opened the report, or took it away as a file."""

    name: str
    kind: str
    what: str
    at: datetime


def takes_reports(physician_id: UUID) -> bool:
    """Whether a physician takes reports in the product: yes, until they say otherwise."""
    said = ReportSwitch.objects.filter(physician_id=physician_id).order_by("at").last()
    return said is None or said.accepts


def report_ways(question_id: UUID, at: datetime, physician_id: UUID | None = None) -> Ways:
    """The ways open to the report of a question that this physician answers."""
    question = Question.objects.get(pk=question_id)
    treating = treating_reader(question.patient_id, at)
    said = treating_choice(question.patient_id, at)
    elsewhere = said.name if said is not None and said.choice == "elsewhere" else ""
    own = treating is not None and treating.id == (physician_id or question.physician_id)
    here = treating is not None and (own or takes_reports(treating.id))
    mailed = bool(settings.SECURE_MAIL_HOST)
    ways = (*(("in-product",) if here else ()), *(("secure-mail",) if mailed else ()))
    return Ways(
        own=own,
        treating=treating.name if treating else elsewhere,
        open=(*ways, "printed", "objected"),
        closed=READER_REFUSES if treating is not None and not here else "",
        last_refusal=_last_refusal(question.patient_id) if mailed else "",
        kept=objects_to_sharing(question.patient_id, at),
    )


def _last_refusal(patient_id: UUID) -> str:
    mails = ReportMail.objects.filter(question__patient_id=patient_id)
    return _refusal_of(mails.exclude(state="waiting").order_by("asked_at").last())


def _refusal_of(mail: ReportMail | None) -> str:
    """The code with which a mail was turned away; what was called off was not."""
    turned_away = mail is not None and mail.state == "refused" and mail.code not in CALLED_OFF
    return mail.code if mail is not None and turned_away else ""


def refused_before(patient_id: UUID, address: str) -> str:
    """The code with which this very address was refused for this patient; empty if it was not."""
    key = content_key(Patient.objects.values_list("key_id", flat=True).get(pk=patient_id))
    last = (
        ReportMail.objects.filter(
            question__patient_id=patient_id, address_mark=address_mark(key, address)
        )
        .exclude(state="waiting")
        .order_by("asked_at")
        .last()
    )
    return _refusal_of(last)


def address_mark(key: bytes, address: str) -> bytes:
    """Tells one address of a patient from another, and says nothing else."""
    return seal.mac(seal.derived(key, "address"), address.lower().encode())


def delivery_of(question_id: UUID) -> Delivery:
    """Where the report of a question stands."""
    done = ReportDelivery.objects.filter(question_id=question_id).select_related("reader").first()
    plan = ReportPlan.objects.filter(question_id=question_id).order_by("at").last()
    mail = ReportMail.objects.filter(question_id=question_id).order_by("asked_at").last()
    return Delivery(
        way=done.way if done else "",
        at=done.at if done else None,
        reader=done.reader.name if done and done.reader else "",
        planned=plan.way if plan else "",
        mailing=mail is not None and mail.state == "waiting",
        code=mail.code if mail else "",
        maybe_repeated=mail is not None and mail.maybe_repeated,
        queue_id=mail.queue_id if mail else "",
    )


def readings_of(question_id: UUID) -> list[Reading]:
    """Who opened the report or took it away, the latest first."""
    rows = list(
        ReportReading.objects.filter(question_id=question_id)
        .select_related("account")
        .order_by("-at")
    )
    names = _names({row.account_id for row in rows})
    return [
        Reading(names.get(row.account_id, ""), row.account.kind, row.what, row.at) for row in rows
    ]


def _names(accounts: Collection[UUID]) -> dict[UUID, str]:
    found = Physician.objects.filter(account_id__in=accounts)
    return dict(found.values_list("account_id", "name"))


def mails_due(at: datetime, limit: int = 50) -> list[UUID]:
    """The secure mails to try now, the longest due first."""
    rows = ReportMail.objects.filter(Q(try_at__isnull=True) | Q(try_at__lte=at), state="waiting")
    return list(rows.order_by("asked_at").values_list("id", flat=True)[:limit])


def paper_of(question_id: UUID) -> ReportPaper | None:
    """The signed report as a paper; None without one, or once its patient's key is erased."""
    view = question_view(question_id)
    if view.answer_id is None or view.report is None or view.physician_id is None:
        return None
    answer = Answer.objects.select_related("message", "physician").get(pk=view.answer_id)
    patient = Patient.objects.get(pk=view.patient_id)
    said = thread(question_id, after=answer.message.seq - 1, limit=1)[0].body
    treating = report_ways(question_id, answer.signed_at).treating
    return ReportPaper(
        set_id=answer.id,
        signed_at=answer.signed_at,
        author=answer.physician.name,
        rpps=answer.physician.rpps,
        specialty=answer.physician.specialty,
        patient=patient.name,
        born=patient.birth_date,
        identified_by=patient.identified_by,
        recipient=treating or "médecin traitant désigné par le patient",
        act_kind=answer.act_kind,
        outcome=answer.outcome,
        incidents=answer.incidents,
        report=view.report,
        answer=said,
    )


def question_of_mail(mail_id: UUID) -> UUID:
    """The question whose report a mail carries."""
    found: UUID = ReportMail.objects.values_list("question_id", flat=True).get(pk=mail_id)
    return found
