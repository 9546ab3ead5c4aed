"""R53: what is settled at the practice has its receipt, numbered alike, and is asked for."""

import io
import json
from datetime import timedelta
from functools import partial

import facturx
import pytest
from aiosmtpd.controller import Controller
from django.db import IntegrityError, transaction
from pypdf import PdfReader

from audit import sequencer, signer, verifier
from audit.actions.exporting import export_log, openings_beside
from audit.facts import SYSTEM
from audit.models import Entry
from audit.publisher import Folder
from billing.actions import desk
from billing.actions.addressing import InvoiceIssued, address_invoice
from billing.actions.papers import issue_receipt
from billing.actions.telling import note_reminder
from billing.facts import Business
from billing.models import Acquittal, Customer, Leg, Receipt, Reminder
from billing.queries import due as due_queries
from billing.queries.due import page_of_due, to_remind
from billing.queries.legs import of_leg
from broker.actions.confirming import remind_due
from consults.queries.record import key_of_subject
from tests import people
from tests.billing.test_views import signed_in
from tests.billing.trials import rows
from tests.billing.walk import Walk
from tests.consults.postbox import Postbox
from tests.faults.together import together
from tests.people import now
from tests.ports import free_port

ATELIER = Business("Atelier Durand", "73282932000074", "FR44732829320", "3 rue", "69001", "Lyon")


def at_the_practice(walk: Walk) -> Leg:
    """An answer whose honoraires are to be settled at the practice; the payment that is due."""
    walk.held(settlement="off_platform")
    walk.answers()
    walk.works()
    return walk.legs()["honoraires"]


def text_of(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.mark.usefixtures("far_from_midnight")
def test_a_receipt_names_physician_practice_sector_act_day_exemption_and_settlement(walk):
    physician, patient = signed_in(walk.physician.account), signed_in(walk.patient.account)
    head = {"address": "12 rue des Lilas\n75011 Paris", "sector": "sector-2-optam"}
    assert physician.post("/livres/honoraires/en-tete/", head).status_code == 302
    leg = at_the_practice(walk)
    day = people.today()
    said = {"leg": leg.id, "mode": "cheque", "received_on": str(day)}
    assert physician.post("/livres/dus/recus/", said).status_code == 302
    paper = Receipt.objects.exclude(series="platform").get()
    page = patient.get(f"/recus/{paper.id}/").content.decode()
    pdf = text_of(patient.get(f"/recus/{paper.id}/pdf/").content)
    for words in (
        walk.physician.physician.name, f"RPPS {walk.physician.physician.rpps}",
        "12 rue des Lilas", "75011 Paris", "conventionné, secteur 2, OPTAM",
        "Télé-conseil médical écrit", "261, 4, 1°", f"chèque, reçu au cabinet le {day:%d/%m/%Y}",
        walk.patient.patient.name,
    ):  # fmt: skip
        assert words in page and words in pdf, words
    assert "15,00 €" in pdf
    # A heading that changes changes no paper that was issued.
    physician.post("/livres/honoraires/en-tete/", {"address": "Ailleurs", "sector": ""})
    assert "12 rue des Lilas" in text_of(patient.get(f"/recus/{paper.id}/pdf/").content)


def test_card_and_practice_are_one_series_without_a_gap(walk):
    walk.held()
    walk.answers()
    walk.works()
    second = walk.again()
    leg = at_the_practice(second)
    with transaction.atomic():
        desk.acquit(leg_id=leg.id, mode="transfer", actor=walk.physician.actor, now=now())
    own = Receipt.objects.exclude(series="platform").order_by("number")
    assert [(one.number, one.settlement) for one in own] == [(1, "card"), (2, "off_platform")]
    assert len({one.series for one in own}) == 1


@pytest.mark.usefixtures("far_from_midnight")
def test_what_is_due_is_listed_with_its_age_and_settled_on_the_page(walk):
    leg = at_the_practice(walk)
    client = signed_in(walk.physician.account)
    page = client.get("/livres/dus/").content.decode().replace("\xa0", " ")
    assert "15,00 €" in page and "depuis aujourd’hui" in page and "Pas encore rappelé" in page
    ((one,), _) = page_of_due(walk.physician.id, now() + timedelta(days=9))
    assert (one.leg, one.days, one.cents) == (leg.id, 9, 1500)
    today = people.today()
    for day, mode, code in [
        (today + timedelta(days=2), "cash", "RECEIVED_TOO_SOON"),
        (today - timedelta(days=2), "cash", "RECEIVED_TOO_SOON"),
        (today, "bitcoin", "FIELD_INVALID"),
        (today, "", "FIELD_INVALID"),
    ]:
        said = {"leg": leg.id, "mode": mode, "received_on": str(day)}
        answer = client.post("/livres/dus/recus/", said)
        shown = answer.content.decode()
        assert f'name="received_on" id="day-1" value="{said["received_on"]}"' in shown
        assert ('value="cash" selected' in shown) is (said["mode"] == "cash")
        assert (answer.status_code, answer["X-Error-Code"]) == (422, code), (day, mode)
    assert not Acquittal.objects.exists() and walk.states()["honoraires"] == "due"
    other = signed_in(people.a_physician().account)
    said = {"leg": leg.id, "mode": "cash", "received_on": str(today)}
    assert other.post("/livres/dus/recus/", said).status_code == 404
    assert other.post("/livres/dus/renoncer/", {"leg": leg.id, "sure": "1"}).status_code == 404
    assert client.post("/livres/dus/recus/", said).status_code == 302
    assert client.post("/livres/dus/recus/", said).status_code == 404, "nothing is due any more"
    assert "Rien n’est dû" in client.get("/livres/dus/").content.decode()


def test_a_physician_may_give_up_what_is_due_and_the_book_says_so_in_reverse(walk, tmp_path):
    leg = at_the_practice(walk)
    own = f"dr:{walk.physician.physician.rpps}"
    assert walk.sums()[own]["receivable"] == 1500
    client = signed_in(walk.physician.account)
    assert client.post("/livres/dus/renoncer/", {"leg": leg.id}).status_code == 422
    answer = client.post("/livres/dus/renoncer/", {"leg": leg.id, "sure": "1"})
    assert answer.status_code == 302 and walk.states()["honoraires"] == "waived"
    assert walk.sums().get(own, {}) == {}, "the receivable and the honoraires are reversed"
    assert not Receipt.objects.exclude(series="platform").exists()
    with pytest.raises(desk.NotDue), transaction.atomic():
        desk.acquit(leg_id=leg.id, actor=walk.physician.actor, now=now())
    assert verified(tmp_path).ok


def verified(folder) -> verifier.Report:
    """The whole log, exported and verified away from the database."""
    state = Folder(folder / "state")
    places = signer.Places(key=state, private=state, public=Folder(folder / "log"))
    while sequencer.drain(using="sequencer"):
        pass
    signer.sign_next(places=places, using="sequencer")
    export_log(
        folder=folder / "export", export_id=people.uuid4(), actor=SYSTEM, now=now(),
        key_of=key_of_subject,
    )  # fmt: skip
    return verifier.verify(
        folder / "export",
        key=(folder / "state" / signer.VKEY).read_text(),
        openings=json.loads(openings_beside(folder=folder / "export").read_text()),
    )


def test_reminders_come_at_their_days_once_each_and_stop_when_it_is_settled(walk):
    leg = at_the_practice(walk)

    def asked_at(days: float) -> list[int]:
        return [bound for _, bound in to_remind(now() + timedelta(days=days))]

    assert [asked_at(days) for days in (0, 6.9, 7, 20.9, 21, 45, 300)] == [
        [], [], [7], [7], [21], [45], [45],
    ]  # fmt: skip
    with transaction.atomic():
        note_reminder(leg_id=leg.id, days=7, now=now())
    assert [asked_at(days) for days in (8, 20, 22, 50)] == [[], [], [21], [45]]
    with pytest.raises(IntegrityError), transaction.atomic():
        note_reminder(leg_id=leg.id, days=7, now=now())
    with transaction.atomic():
        desk.acquit(leg_id=leg.id, actor=walk.physician.actor, now=now())
    assert asked_at(50) == []


def test_a_reminder_travels_by_smtp_and_says_nothing_medical(walk, settings, monkeypatch):
    leg = at_the_practice(walk)
    monkeypatch.setattr(due_queries, "REMINDED_AFTER_DAYS", (0,))
    box, port = Postbox(), free_port()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    assert remind_due(now=now()) == 0, "nobody takes the mail: it is tried again"
    assert not Reminder.objects.exists()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        assert [remind_due(now=now()) for _ in range(3)] == [1, 0, 0]
    finally:
        controller.stop()
    (letter,) = box.letters
    body = letter.get_content().replace("\xa0", " ")
    assert letter["To"] == walk.patient.account.email and "15,00 €" in body
    physician = walk.physician.physician
    for word in (physician.name, physician.specialty, "Dr", "médecin", "santé", str(leg.question)):
        assert word not in body + letter["Subject"], word
    entry = json.loads(bytes(Entry.objects.get(type="leg.reminded").body))
    assert (entry["data"]["leg"], entry["data"]["days"]) == (str(leg.id), 0)


def test_an_invoice_to_a_business_is_factur_x_and_leaves_the_physicians_paper_alone(walk):
    client, page = signed_in(walk.patient.account), f"/questions/{walk.question}/facture/"
    form = {
        "name": " Atelier\n\xa0Durand", "siren": "732 829 320 00074",
        "vat_number": "fr44 732829320", "street": "3 place du Marché",
        "postcode": "69001", "city": "Lyon",
    }  # fmt: skip
    assert client.get(page).status_code == 200
    for wrong in (
        {"siren": "73282932000075"}, {"vat_number": "FR45732829320"}, {"name": ""},
        {"name": "Atelier\x01Durand"}, {"street": "3 \ufffe rue"}, {"city": "\u202enoyL"},
    ):  # fmt: skip
        answer = client.post(page, form | wrong)
        assert (answer.status_code, answer["X-Error-Code"]) == (422, "FIELD_INVALID"), wrong
    assert not Customer.objects.exists()
    assert client.post(page, form).status_code == 302
    for stranger in (people.a_patient().account, walk.physician.account):
        assert signed_in(stranger).get(page).status_code == 404
    walk.held()
    walk.answers()
    walk.works()
    late = client.post(page, form)
    assert (late.status_code, late["X-Error-Code"]) == (409, "INVOICE_ISSUED")
    invoice = Receipt.objects.get(series="platform")
    content = client.get(f"/recus/{invoice.id}/pdf/").content
    name, xml = facturx.get_xml_from_pdf(content, check_xsd=True)
    said = xml.decode()
    assert name == "factur-x.xml" and "Atelier Durand" in said and "73282932000074" in said
    assert "urn:cen.eu:en16931:2017" in said
    own = Receipt.objects.exclude(series="platform").get()
    assert "Atelier" not in own.text
    for words in (walk.physician.physician.name, "onoraires", walk.patient.patient.name):
        assert words not in said and words not in invoice.text.replace("honoraires_", "")
    told = b"".join(bytes(body) for (body,) in rows("SELECT body FROM audit_entry"))
    assert b"Atelier" not in told and b"732829320" not in told


def test_a_customer_may_change_until_the_invoice_is_issued(walk):
    for business in (ATELIER, None, ATELIER, None):
        with transaction.atomic():
            address_invoice(
                question_id=walk.question, business=business, actor=walk.patient.actor, now=now()
            )
    walk.held()
    walk.answers()
    walk.works()
    assert "customer" not in json.loads(Receipt.objects.get(series="platform").text)
    with pytest.raises(InvoiceIssued), transaction.atomic():
        address_invoice(
            question_id=walk.question, business=ATELIER, actor=walk.patient.actor, now=now()
        )


def test_eight_at_once_leave_no_gap_and_no_number_twice(walk):
    """The numbers are proven by the database: each thread has its own connection."""
    legs = [at_the_practice(walk)]
    for _ in range(7):
        legs.append(at_the_practice(walk.again()))

    def acknowledged(leg: Leg) -> None:
        with transaction.atomic():
            desk.acquit(leg_id=leg.id, mode="cash", actor=walk.physician.actor, now=now())

    together([partial(acknowledged, leg) for leg in legs])
    own = Receipt.objects.filter(series=f"dr:{walk.physician.physician.rpps}")
    assert sorted(own.values_list("number", flat=True)) == list(range(1, 9))
    # And where the lock were left out, the constraint would refuse the second of a number.
    leg = walk.legs()["honoraires"]
    with pytest.raises(IntegrityError), transaction.atomic():
        issue_receipt(leg=leg, of=of_leg(leg), now=now())
