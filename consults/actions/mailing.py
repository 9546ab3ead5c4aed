"""A report by secure mail: ordered before it is sent, tried, and what came of each try.

The row of an attempt commits before the server is spoken to. An attempt without an end, or one
whose answer was lost, may have been delivered: the next one carries the same Message-ID and says
that it may be a repetition.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings

from audit import seal
from audit.facts import SYSTEM, Actor, Json
from consults import states
from consults.actions.steps import Act, WrongState, locked
from consults.adapters.pdf import pdf_of
from consults.adapters.secure_mail import Letter, Outcome, allowed
from consults.keys import KeyErased, content_key
from consults.models import Answer, Consent, ReportDelivery, ReportMail, ReportMailAttempt
from consults.queries.reports import address_mark, paper_of

DIED_AFTER = timedelta(minutes=3)  # longer than every wait of one try together
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
GIVEN_UP_AFTER = timedelta(hours=48)
UNKNOWN = ("", "OUTCOME_UNKNOWN")


@dataclass(frozen=True)
class Try:
    """One attempt that has begun: what to send, or why there is nothing to send."""

    mail_id: UUID
    number: int
    letter: Letter | None
    instead: Outcome | None = None


def order_mail(*, question_id: UUID, address: str, actor: Actor, now: datetime) -> ReportMail:
    """Commit to a mail before anything is sent; one that waits already is left as it is.

    Raises WrongState without a report, or when it has been delivered.
    """
    act = Act(locked(question_id=question_id), actor, now)
    answer = Answer.objects.filter(question=act.question).first()
    if act.question.state not in (states.ANSWERED, states.CLOSED) or answer is None:
        raise WrongState("no answer, no report")
    if answer.report is None or ReportDelivery.objects.filter(question=act.question).exists():
        raise WrongState("no report waits to be delivered")
    if waiting := ReportMail.objects.filter(question=act.question, state="waiting").first():
        return waiting
    mail = ReportMail(
        id=uuid4(),
        subject=act.question.subject,
        question=act.question,
        address=sealed_address(act=act, address=address),
        address_mark=address_mark(act.key, address),
        state="waiting",
        asked_at=now,
        asked_by=actor.id,
    )
    act.note("report.mail-ordered", {"mail": str(mail.id)})
    act.tell("report-mailing")
    mail.save(force_insert=True)
    return mail


def sealed_address(*, act: Act, address: str) -> bytes:
    """A secure address as it is kept."""
    return seal.seal(
        act.key,
        address.encode(),
        question=act.question.id,
        seq=0,
        field="address",
        author=act.actor.id,
    )


def opened_address(*, key: bytes, question_id: UUID, by: UUID, kept: bytes) -> str:
    """A kept address, given back."""
    plain = seal.unseal(key, kept, question=question_id, seq=0, field="address", author=by)
    return plain.decode()


def message_id(*, mail_id: UUID, sender: str) -> str:
    """The Message-ID of a mail: the same at every try, and nobody's name."""
    domain = sender.rpartition("@")[2].strip("> ") or "localhost"
    return f"<{mail_id}@{domain}>"


def begin_mail(*, mail_id: UUID, now: datetime) -> Try | None:
    """Begin one try if the mail is due; the caller commits, then sends, then settles it."""
    question_id = ReportMail.objects.values_list("question_id", flat=True).get(pk=mail_id)
    act = Act(locked(question_id=question_id), SYSTEM, now)
    mail = ReportMail.objects.select_for_update().get(pk=mail_id)
    if mail.state != "waiting" or (mail.try_at is not None and mail.try_at > now):
        return None
    earlier = list(ReportMailAttempt.objects.filter(mail=mail).order_by("number"))
    number = len(earlier) + 1
    ReportMailAttempt.objects.create(mail=mail, number=number, begun_at=now)
    ReportMail.objects.filter(pk=mail.pk).update(try_at=now + DIED_AFTER)
    repeated = any(one.outcome in UNKNOWN for one in earlier)
    letter = _letter(act, mail, repeated)
    if isinstance(letter, Outcome):
        return Try(mail.id, number, None, letter)
    return Try(mail.id, number, letter)


def _letter(act: Act, mail: ReportMail, repeated: bool) -> Letter | Outcome:
    """The mail as it is to be sent, or what stands in its way before any server is asked."""
    if _wished_away(act, mail):
        return Outcome("CANCELLED", final=True)
    try:
        key = content_key(act.question.patient.key_id)
    except KeyErased:
        return Outcome("CONTENT_ERASED", final=True)
    paper = paper_of(mail.question_id)
    if paper is None:
        return Outcome("CONTENT_ERASED", final=True)
    to = opened_address(
        key=key, question_id=mail.question_id, by=mail.asked_by, kept=bytes(mail.address)
    )
    if not allowed(to, settings.SECURE_MAIL_DOMAINS):
        return Outcome("DOMAIN_NOT_ALLOWED", final=True)
    return Letter(
        message_id=message_id(mail_id=mail.id, sender=settings.SECURE_MAIL_FROM),
        to=to,
        file_name=paper.file_name,
        content=pdf_of(paper),
        repeated=repeated,
        at=act.now,
    )


def _wished_away(act: Act, mail: ReportMail) -> bool:
    """The patient has said, since this mail was ordered, that no report is to be shared."""
    said = Consent.objects.filter(patient_id=act.question.patient_id, kind="sharing")
    last = said.order_by("at").last()
    return last is not None and not last.given and last.at >= mail.asked_at


def settle_mail(*, tried: Try, outcome: Outcome, now: datetime) -> bool:
    """Record what came of a try; True when the report has now been accepted by the server."""
    mail = ReportMail.objects.select_related("question").get(pk=tried.mail_id)
    act = Act(locked(question_id=mail.question_id), SYSTEM, now)
    mail = ReportMail.objects.select_for_update().get(pk=tried.mail_id)
    ReportMailAttempt.objects.filter(mail=mail, number=tried.number, ended_at=None).update(
        ended_at=now, outcome=outcome.code
    )
    # A try that was under way while the patient chose otherwise is told as it ended.
    if mail.state == "accepted" or (mail.state == "refused" and not outcome.accepted):
        return False
    mail.maybe_repeated = tried.letter is not None and tried.letter.repeated
    mail.code = outcome.code
    if outcome.accepted:
        _accepted(act, mail, tried, outcome)
        return True
    over = outcome.final or now - mail.asked_at > GIVEN_UP_AFTER
    data: dict[str, Json] = {"mail": str(mail.id), "code": outcome.code, "try": tried.number}
    act.note("report.refused", {**data, "again": not over})
    if over:
        mail.state, mail.settled_at = "refused", now
        act.tell("report-refused")
    else:
        mail.try_at = now + min(FIRST_WAIT * 2 ** min(tried.number - 1, 20), LONGEST_WAIT)
    mail.save()
    return False


def _accepted(act: Act, mail: ReportMail, tried: Try, outcome: Outcome) -> None:
    """Keep the proof: the server's code and number, and a commitment to the bytes it took."""
    assert tried.letter is not None
    mail.salt = secrets.token_bytes(seal.SALT_BYTES)
    mail.commitment = seal.commitment(mail.salt, tried.letter.content)
    mail.state, mail.settled_at, mail.queue_id = "accepted", act.now, outcome.queue_id
    proof: dict[str, Json] = {
        "mail": str(mail.id),
        "message_id": tried.letter.message_id,
        "code": outcome.code,
        "queue": outcome.queue_id,
        "content": mail.commitment.hex(),
        "maybe_repeated": mail.maybe_repeated,
    }
    act.note("report.mail-accepted", proof)
    mail.save()
