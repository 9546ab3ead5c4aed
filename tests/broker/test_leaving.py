"""A copy of everything held about one patient; closing an account; erasing a file by its key."""

import io
import json
import zipfile
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core import mail
from django.db.models import BinaryField

from audit.models import Account, Entry
from billing.models import Leg, Receipt
from broker import worker
from broker.actions import leaving
from broker.models import Complaint
from broker.views import copying
from consults import keys, states
from consults.models import Erasure, Patient, Question
from consults.queries import thread
from tests import people
from tests.billing.conftest import sandbox, walk  # noqa: F401 - fixtures
from tests.consults.test_files import a_child, of_age
from tests.rows.proving import proving
from tests.walks.faces import signed_in

pytestmark = pytest.mark.django_db

MINE, THEIRS = "PATATRAS17", "ZORGLUB42"


@pytest.fixture
def no_wait(monkeypatch):
    """An erasure that is due at once."""
    monkeypatch.setattr(states, "ERASURE_WAITS", timedelta(0))


def written(patient, doctor, marker: str):
    """Every text a patient and their physician may write, each with the marker in it."""
    people.linked(patient, doctor)
    question_id = people.claimed(patient, doctor, text=f"Question {marker} sur mon traitement ?")
    report = people.care.Report(f"Compte rendu {marker}", f"actes {marker}", follow_up=marker)
    people.answered(question_id, doctor, text=f"Réponse {marker}", report=report)
    people.asked(patient, doctor, text=f"Faites-moi un arrêt de travail {marker}")
    return question_id


def copied(client) -> dict[str, bytes]:
    answer = client.post("/compte/mes-donnees/copie/")
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith('attachment; filename="mes-donnees-20')
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_copy_holds_every_planted_text_and_nothing_of_another_person(database):
    doctor = people.a_physician(name="Dre Hélène Marchand")
    mine, other = people.a_patient(name="Camille Durand"), people.a_patient(name="Sacha Autre")
    written(mine, doctor, MINE)
    written(other, doctor, THEIRS)
    files = copied(signed_in(mine))
    assert {"dossier.json", "qui-a-ouvert.json", "lisez-moi.html"} <= set(files)
    text = b"\n".join(files.values()).decode("utf-8", "replace")
    for said in ("Question", "Réponse", "Compte rendu", "actes", "arrêt de travail"):
        assert f"{said} {MINE}" in text, said
    private = (THEIRS, "Sacha", other.account.email, doctor.account.email, str(other.id))
    assert [one for one in private if one in text] == []
    assert [name for name in files if name.startswith("comptes-rendus/")] == [
        "comptes-rendus/001.pdf"
    ]
    assert not any(MINE in name or "Camille" in name for name in files)
    assert json.loads(files["dossier.json"])["identity"]["name"] == "Camille Durand"
    assert Entry.objects.filter(type="data.exported", subject=mine.patient.subject).count() == 1


def test_receipts_are_in_the_copy_and_stay_within_reach_of_a_closed_account(walk):  # noqa: F811
    walk.held()
    walk.answers()
    walk.works()
    assert Receipt.objects.count() == 2
    mine = signed_in(walk.patient)
    assert len([name for name in copied(mine) if name.startswith("recus/")]) == 2
    sign = {"how": "close", "sure": "1"}
    refused = mine.post("/compte/fermer/", sign)
    assert (refused.status_code, refused["X-Error-Code"]) == (409, "NOT_FINISHED")
    mine.post(f"/questions/{walk.question}/compte-rendu/transmettre/", {"way": "objected"})
    elsewhere = signed_in(walk.patient)
    left = mine.post("/compte/fermer/", sign)
    link = left.content.decode().split('id="papers" href="')[1].split('"')[0]
    address = link.split("localhost")[1]
    assert link in mail.outbox[0].body and MINE not in mail.outbox[0].body
    for one in (mine, elsewhere):  # every session ends at once
        assert one.get("/questions/").status_code == 302
    account = Account.objects.get(pk=walk.patient.account.pk)
    assert not account.is_active and account.email.endswith("@ferme.invalid")
    papers = mine.get(address).content.decode()
    assert papers.count("(PDF)") == 2
    pdf = mine.get(f"{address}{Receipt.objects.first().id}/")
    assert pdf.content.startswith(b"%PDF")
    for paper in Receipt.objects.all():
        page = mine.get(f"{address}{paper.id}/page/").content.decode()
        assert 'class="receipt"' in page and f"{address}{paper.id}/" in page
    assert mine.get(f"/recus/acces/autre/{paper.id}/page/").status_code == 404
    assert mine.get("/recus/acces/autre/").status_code == 404
    assert mine.get(f"{address}{people.uuid4()}/").status_code == 404


def test_a_sealed_address_opens_nothing_while_the_account_is_open(database):
    patient = people.a_patient()
    with people.transaction.atomic():
        token = leaving.link_papers(
            account_id=patient.account.pk, subject=patient.actor.id, actor=patient.actor,
            now=people.now(),
        )  # fmt: skip
    assert signed_in(patient).get(f"/recus/acces/{token}/").status_code == 404


def test_closing_withdraws_what_has_no_answer_and_gives_the_holds_back(walk):  # noqa: F811
    walk.held()
    mine = signed_in(walk.patient)
    assert "Une question sans réponse sera retirée" in mine.get("/compte/fermer/").content.decode()
    mine.post("/compte/fermer/", {"how": "close", "sure": "1"})
    walk.works()
    question = Question.objects.get(pk=walk.question)
    assert (question.state, question.reason) == ("withdrawn", "account-closed")
    assert {leg.state for leg in Leg.objects.all()} == {"voided"}


def test_an_erasure_waits_and_can_be_cancelled_and_nothing_new_is_written_meanwhile(database):
    patient, doctor = people.a_patient(), people.a_physician()
    mine = signed_in(patient)
    asked = mine.post("/compte/fermer/", {"how": "erase", "sure": "1"})
    assert "Effacement demandé" in asked.content.decode()
    assert worker.questions_due(people.now()) == 0
    with pytest.raises(Exception) as refused:
        people.asked(patient, doctor)
    assert refused.value.code == "ERASURE_UNDER_WAY"
    assert mine.post("/compte/fermer/annuler/").status_code == 302
    again = mine.post("/compte/fermer/annuler/")
    assert (again.status_code, again["X-Error-Code"]) == (409, "NOTHING_TO_CANCEL")
    people.asked(patient, doctor)
    assert Erasure.objects.get().cancelled_at is not None


def erasing(patient) -> Erasure:
    leaving.ask_erasure(account_id=patient.account.pk, actor=patient.actor, now=people.now())
    return Erasure.objects.get(patient=patient.patient, cancelled_at=None)


def test_an_erased_file_opens_nowhere_and_its_pages_say_so(database, no_wait):
    patient, other = people.a_patient(name="Camille Durand"), people.a_patient()
    doctor = people.a_physician()
    question_id = written(patient, doctor, MINE)
    kept = written(other, doctor, THEIRS)
    erasing(patient)
    assert worker.questions_due(people.now()) >= 1
    assert worker.questions_due(people.now()) == 0  # said twice, done once
    types = list(
        Entry.objects.filter(subject=patient.patient.subject, type__startswith="erasure.")
        .order_by("id").values_list("type", flat=True)
    )  # fmt: skip
    assert types == ["erasure.asked", "erasure.ordered", "erasure.done"]
    assert {event.erased for event in thread(question_id) if event.kind != "state"} == {True}
    assert {event.erased for event in thread(kept)} == {False}
    with pytest.raises(keys.KeyErased):
        keys.content_key(patient.patient.key_id)
    assert Patient.objects.get(pk=patient.id).name == ""
    desk = signed_in(doctor).get(f"/file/{question_id}/")
    assert desk.status_code == 200
    assert MINE not in desk.content.decode() and "effacé" in desk.content.decode()
    operator = people.an_account("operator")
    shown = signed_in(people.PatientPerson(operator, patient.patient)).get(
        "/operateur/effacements/"
    )
    assert "clé détruite" in shown.content.decode() and "Durand" not in shown.content.decode()


@pytest.mark.parametrize("crash", ["before the key is deleted", "before the end is recorded"])
def test_a_crash_between_the_steps_is_taken_up_again_and_nothing_opens_meanwhile(
    database, no_wait, monkeypatch, crash
):
    patient, doctor = people.a_patient(), people.a_physician()
    question_id = written(patient, doctor, MINE)
    erasure = erasing(patient)
    real, began = keys.destroy, []

    def killed(key_id):
        if crash == "before the end is recorded":
            real(key_id)
        began.append(key_id)
        raise SystemExit  # what the process does not survive

    monkeypatch.setattr(keys, "destroy", killed)
    with pytest.raises(SystemExit):
        leaving.erase(erasure_id=erasure.id, now=people.now())
    monkeypatch.setattr(keys, "destroy", real)
    erasure.refresh_from_db()
    assert erasure.ordered_at and not erasure.done_at and began == [erasure.key_id]
    assert not any(MINE in event.body for event in thread(question_id))
    assert leaving.erase_due(now=people.now()) == 1
    erasure.refresh_from_db()
    assert erasure.done_at
    with pytest.raises(keys.KeyErased):
        keys.content_key(began[0])


def test_after_an_erasure_the_log_verifies_and_says_erased(walk, no_wait, tmp_path):  # noqa: F811
    walk.held()
    walk.answers()
    walk.works()
    proof = proving(walk.server, tmp_path)
    erasing(walk.patient)
    assert leaving.erase_due(now=people.now()) == 1
    done = Entry.objects.get(type="erasure.done")
    report = proof.exported(done)
    assert report.ok and report.erased
    assert any("erased" in said for said in report.unproven)


def test_the_worker_and_the_pages_live_on_after_an_erasure(walk, no_wait):  # noqa: F811
    walk.held()
    walk.answers()
    erasing(walk.patient)
    leaving.erase_due(now=people.now())
    people.attest(
        walk.physician, "registration", status="suspended",
        valid_from=people.now() - timedelta(days=2),
    )  # fmt: skip
    walk.works()
    for act in worker.ROUNDS.values():
        act(people.now())
    assert Receipt.objects.count() >= 2  # what was due before stays due
    desk = signed_in(walk.physician)
    for address in (f"/file/{walk.question}/", "/file/", "/parcours/", "/livres/"):
        assert desk.get(address).status_code == 200, address
    report = desk.get(f"/questions/{walk.question}/compte-rendu/")
    assert (report.status_code, report["X-Error-Code"]) == (409, "ERASED")
    reviewer = people.a_reviewer("75")
    order = signed_in(people.PatientPerson(reviewer, walk.patient.patient))
    subject = Question.objects.get(pk=walk.question).subject
    for address in ("/ordre/", f"/ordre/{subject}/"):
        assert order.get(address).status_code == 200, address
    assert order.post(f"/ordre/{subject}/rejouer/").status_code == 200


def test_the_file_of_a_child_of_age_is_handed_over_before_its_parent_leaves(database):
    parent = people.a_patient()
    child = a_child(parent)
    of_age(child, people.now())
    mine = signed_in(parent)
    assert "À remettre d’abord" in mine.get("/compte/fermer/").content.decode()
    for how in ("close", "erase"):
        refused = mine.post("/compte/fermer/", {"how": how, "sure": "1"})
        assert (refused.status_code, refused["X-Error-Code"]) == (409, "HAND_OVER_FIRST")


# Every sealed text, and where a patient's copy has it, or why it has it not.
SEALED = {
    "Message.body": "thread",
    "Draft.body": "kept_text, the patient's own; a physician's unsent text is the physician's",
    "Answer.report": "report, and as PDF",
    "Complaint.text": "complaints",
    "Complaint.answer": "complaints",
    "FeeQuestion.asked": "money.explained",
    "FeeQuestion.answered": "money.explained",
    "Evidence.body": "a physician's papers, of no patient",
    "ReportPlan.address": "the treating physician's secure address",
    "ReportMail.address": "the treating physician's secure address",
}
MARKS = ("commitment", "mac", "salt", "mark")


def test_every_sealed_text_is_in_the_copy_or_it_is_said_why_not():
    columns = {
        f"{model.__name__}.{field.name}"
        for app in ("consults", "broker", "billing")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.get_fields()
        if isinstance(field, BinaryField) and not field.name.endswith(MARKS)
    }
    assert columns == set(SEALED)


def test_whoever_answers_an_erased_file_is_told_so_and_waits_for_nothing(walk, no_wait):  # noqa: F811
    walk.held()
    mine, theirs = signed_in(walk.patient), signed_in(walk.physician)
    operator = signed_in(people.PatientPerson(people.an_account("operator"), None))
    here = f"/questions/{walk.question}/"
    mine.post(here + "honoraires/", {"text": "Pourquoi ce montant ?"})
    walk.answers()
    for about in ("advice", "payment"):
        mine.post(here + "reclamation/", {"about": about, "text": "Trop court."})
    assert mine.post("/compte/fermer/", {"how": "erase", "sure": "1"}).status_code == 200
    assert leaving.erase_due(now=people.now()) == 1
    for one in Complaint.objects.all():
        who = theirs if one.about == "advice" else operator
        page = f"/reclamations/{one.id}/"
        assert "Texte effacé" in who.get(page).content.decode()
        answer = who.post(page, {"outcome": "upheld", "text": "Nous vous entendons."})
        assert (answer.status_code, answer["X-Error-Code"]) == (409, "ERASED")
        assert page not in who.get("/reclamations/").content.decode()
    for place, said in {
        "honoraires/": {"text": "Voici pourquoi."},
        "messages/": {"id": str(people.uuid4()), "body": "Bonjour"},
    }.items():
        answer = theirs.post(here + place, said)
        assert (answer.status_code, answer["X-Error-Code"]) == (409, "ERASED"), place
    assert here + "honoraires/" not in theirs.get("/livres/").content.decode()


def test_papers_of_two_physicians_with_one_number_are_two_files(database, monkeypatch):
    patient = people.a_patient()
    for _ in range(2):
        people.asked(patient, people.a_physician(), ground="none")
    paper = SimpleNamespace(number="H-2026-000001")
    monkeypatch.setattr(copying, "papers_of", lambda ids: [paper])
    monkeypatch.setattr(copying, "pdf_of", lambda one: b"%PDF-")
    names = [name for name, _ in copying.members(patient.id, people.now())]
    assert len([name for name in names if name.startswith("recus/")]) == 2
    assert len(names) == len(set(names))
