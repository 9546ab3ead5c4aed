"""A report by secure mail, against a real mail server: taken, refused, slow, cut off, killed."""

import io
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.conf import settings
from django.db import transaction
from pypdf import PdfReader

from audit import seal
from audit.models import Entry
from broker.actions import reporting
from broker.actions.faults import Moved
from consults import actions as care
from consults import queries
from consults.actions.consenting import say_consent
from consults.models import Question, ReportDelivery, ReportMail, ReportMailAttempt
from tests import people
from tests.consults.postbox import ASLEEP_SECONDS, SENDER, TO, Postbox, certificate, serving

pytestmark = pytest.mark.django_db


@dataclass
class Post:
    """A mail server, a question with a report, and the mails about it."""

    box: Postbox
    question: UUID
    patient: people.PatientPerson

    def order(self, address: str = TO) -> UUID:
        """Commit to a mail."""
        with transaction.atomic():
            mail = care.order_mail(
                question_id=self.question,
                address=address,
                actor=self.patient.actor,
                now=people.now(),
            )
        return mail.id

    def due(self) -> int:
        """Let every wait be over, then let the worker go round once."""
        ReportMail.objects.update(try_at=people.now() - timedelta(seconds=1))
        return reporting.post_due(now=people.now())

    @property
    def mail(self) -> ReportMail:
        """The last mail ordered."""
        return ReportMail.objects.order_by("asked_at").last()

    def entries(self, *types: str) -> list[dict]:
        """The data of the entries of these types about this question, in order."""
        subject = Question.objects.get(pk=self.question).subject
        rows = Entry.objects.filter(subject=subject, type__in=types).order_by("id")
        return [json.loads(bytes(row.body))["data"] for row in rows]


@pytest.fixture
def answered(db):
    """A question answered by a specialist, with its report; the treating physician is another."""
    patient, treating = people.a_patient(), people.a_physician(name="Dre Traitante")
    specialist = people.a_physician()
    people.linked(patient, treating)
    people.linked(patient, specialist, ground="referral", attestor=treating)
    question = people.claimed(patient, specialist, ground="referral")
    people.answered(question, specialist)
    return patient, question


@pytest.fixture
def post(answered, tmp_path, monkeypatch):
    """The server of the secure mail, with the certificate that the service trusts."""
    patient, question = answered
    box, pem = Postbox(), certificate(tmp_path)
    with serving(box, pem) as port:
        configure(monkeypatch, port, pem)
        yield Post(box, question, patient)


def configure(monkeypatch, port, pem, **more):
    """Point the service at this server."""
    monkeypatch.setattr(settings, "SECURE_MAIL_HOST", "127.0.0.1")
    monkeypatch.setattr(settings, "SECURE_MAIL_PORT", port)
    monkeypatch.setattr(settings, "SECURE_MAIL_FROM", SENDER)
    monkeypatch.setattr(settings, "SECURE_MAIL_AUTHORITY", pem)
    for name, value in more.items():
        monkeypatch.setattr(settings, name, value)


def test_a_taken_mail_is_proven_by_the_servers_number_and_the_hash_of_what_it_took(post):
    mail_id = post.order()
    assert post.due() == 1
    (letter,) = post.box.letters
    assert post.box.encrypted == [True]
    assert letter["Message-ID"] == f"<{mail_id}@teleconseil.mssante.fr>"
    (part,) = letter.iter_attachments()
    content = part.get_content()
    mail, (proof,) = post.mail, post.entries("report.mail-accepted")
    assert (mail.state, mail.code, mail.queue_id) == ("accepted", "SMTP_250", "4F3Qx71Hz2")
    assert (proof["queue"], proof["message_id"]) == ("4F3Qx71Hz2", letter["Message-ID"])
    assert proof["content"] == seal.commitment(bytes(mail.salt), content).hex()
    assert ReportDelivery.objects.get().way == "secure-mail"
    text = PdfReader(io.BytesIO(content)).pages[0].extract_text()
    assert people.REPORT.text in text and "Camille Essai" in text
    assert post.due() == 0


def test_nothing_outside_the_attachment_names_anybody_or_anything_medical(post):
    post.order()
    post.due()
    (letter,) = post.box.letters
    (part,) = letter.iter_attachments()
    body = letter.get_body().get_content()
    outside = " ".join([*map(str, letter.values()), body, part.get_filename()]).lower()
    words = ["camille", "essai", "modèle", "patient", "compte rendu", "médecin", "tsh", "santé "]
    assert [word for word in words if word in outside] == []
    assert letter["Subject"] == "Document à votre attention"


def test_an_unknown_address_is_refused_once_and_another_may_be_tried(post):
    post.box.at_rcpt = ["550 5.1.1 no such address"]
    post.order()
    post.due()
    assert (post.mail.state, post.mail.code) == ("refused", "SMTP_550")
    (said,) = post.entries("report.refused")
    assert (said["code"], said["try"], said["again"]) == ("SMTP_550", 1, False)
    assert post.due() == 0 and post.box.letters == []
    assert queries.delivery_of(post.question).code == "SMTP_550"
    with pytest.raises(Moved, match="ADDRESS_REFUSED"):
        reporting.checked_address(patient_id=post.patient.id, address=TO.upper())
    assert queries.report_ways(post.question, people.now()).last_refusal == "SMTP_550"
    post.order("autre@cabinet.mssante.fr")
    post.due()
    assert post.mail.state == "accepted"


def test_a_busy_server_is_tried_again_later_and_each_try_is_recorded(post):
    post.box.at_rcpt = ["451 4.3.0 later", "421 4.3.2 closing"]
    post.order()
    began = people.now()
    post.due()
    minute = timedelta(minutes=1)
    assert began + minute <= post.mail.try_at <= people.now() + minute
    assert reporting.post_due(now=people.now()) == 0, "not before its time"
    began = people.now()
    post.due()
    assert began + 2 * minute <= post.mail.try_at <= people.now() + 2 * minute
    post.due()
    assert post.mail.state == "accepted" and not post.mail.maybe_repeated
    told = [(one["code"], one["try"], one["again"]) for one in post.entries("report.refused")]
    assert told == [("SMTP_451", 1, True), ("SMTP_421", 2, True)]


@pytest.mark.parametrize("end", ["drop", "sleep"])
def test_a_lost_answer_is_never_a_silent_duplicate(post, end, monkeypatch):
    post.box.at_data = [end]
    post.order()
    with monkeypatch.context() as only:
        if end == "sleep":
            hurried = replace(reporting.server(), timeout=ASLEEP_SECONDS / 2)
            only.setattr(reporting, "server", lambda: hurried)
        post.due()
    assert post.mail.state == "waiting" and post.mail.code == "OUTCOME_UNKNOWN"
    post.due()
    first, second = post.box.letters
    assert first["Message-ID"] == second["Message-ID"]
    assert "peut-être déjà parvenu" not in first.get_body().get_content()
    assert "peut-être déjà parvenu" in second.get_body().get_content()
    assert post.mail.state == "accepted" and post.mail.maybe_repeated
    assert post.entries("report.mail-accepted")[0]["maybe_repeated"] is True
    assert queries.delivery_of(post.question).maybe_repeated


def test_a_killed_try_is_taken_up_again_and_says_that_it_may_be_a_repetition(post):
    mail_id = post.order()
    with transaction.atomic():
        begun = care.begin_mail(mail_id=mail_id, now=people.now())
    assert begun.letter is not None and not begun.letter.repeated
    assert reporting.post_due(now=people.now()) == 0, "somebody may still be at it"
    post.due()
    (letter,) = post.box.letters
    assert letter["Message-ID"] == begun.letter.message_id
    assert "peut-être déjà parvenu" in letter.get_body().get_content()
    assert post.mail.maybe_repeated
    assert list(ReportMailAttempt.objects.values_list("number", "outcome")) == [
        (1, ""), (2, "SMTP_250"),
    ]  # fmt: skip


def test_two_workers_send_one_letter(post):
    mail_id = post.order()
    with transaction.atomic():
        one = care.begin_mail(mail_id=mail_id, now=people.now())
    with transaction.atomic():
        assert care.begin_mail(mail_id=mail_id, now=people.now()) is None
    assert one is not None


def test_without_encryption_nothing_is_said(answered, tmp_path, monkeypatch):
    patient, question = answered
    box = Postbox()
    with serving(box, None) as port:
        configure(monkeypatch, port, certificate(tmp_path))
        post = Post(box, question, patient)
        post.order()
        post.due()
    assert post.mail.code == "NO_STARTTLS" and box.rcpts == 0
    assert post.mail.state == "waiting"


def test_a_server_that_cannot_prove_its_name_gets_nothing(post, tmp_path, monkeypatch):
    folder = tmp_path / "other"
    folder.mkdir()
    there = replace(reporting.server(), authority=certificate(folder))
    monkeypatch.setattr(reporting, "server", lambda: there)
    post.order()
    post.due()
    assert post.mail.code == "TLS_FAILED" and post.box.rcpts == 0


def test_the_service_shows_its_own_certificate(answered, tmp_path, monkeypatch):
    patient, question = answered
    box, pem = Postbox(), certificate(tmp_path)
    ours = certificate(tmp_path, "service")
    with serving(box, pem, clients=ours) as port:
        configure(monkeypatch, port, pem, SECURE_MAIL_CLIENT_CERT=ours)
        post = Post(box, question, patient)
        post.order()
        post.due()
        assert post.mail.state == "accepted"


def test_a_server_that_is_away_is_tried_again(post, monkeypatch):
    there = replace(reporting.server(), port=1)
    monkeypatch.setattr(reporting, "server", lambda: there)
    post.order()
    post.due()
    assert (post.mail.state, post.mail.code) == ("waiting", "UNREACHABLE")


def test_an_address_outside_the_secure_domains_is_refused_without_asking_any_server(post):
    with pytest.raises(Moved, match="ADDRESS_NOT_SECURE"):
        reporting.checked_address(patient_id=post.patient.id, address="dre@exemple.fr")
    post.order("dre@exemple.fr")
    post.due()
    assert (post.mail.state, post.mail.code) == ("refused", "DOMAIN_NOT_ALLOWED")
    assert post.entries("report.refused")[0]["code"] == "DOMAIN_NOT_ALLOWED"
    assert post.box.rcpts == 0


def test_after_two_days_the_patient_is_asked_for_another_way(post, monkeypatch):
    post.box.at_rcpt = ["451 later"]
    monkeypatch.setattr("consults.actions.mailing.GIVEN_UP_AFTER", timedelta(0))
    post.order()
    post.due()
    assert (post.mail.state, post.mail.code) == ("refused", "SMTP_451")
    assert [e.body for e in queries.thread(post.question)][-1] == "report-refused"


def test_an_objection_calls_a_waiting_mail_off(post):
    post.order()
    with transaction.atomic():
        care.deliver_report(
            question_id=post.question,
            way="objected",
            actor=post.patient.actor,
            now=people.now(),
        )
    assert post.due() == 0 and post.box.rcpts == 0
    assert post.mail.code == "CANCELLED"


def test_an_objection_to_every_sharing_calls_it_off_too(post):
    post.order()
    with transaction.atomic():
        say_consent(
            patient_id=post.patient.id,
            kind="sharing",
            given=False,
            language="fr",
            actor=post.patient.actor,
            now=people.now(),
        )
    post.due()
    assert post.mail.code == "CANCELLED" and post.box.rcpts == 0
