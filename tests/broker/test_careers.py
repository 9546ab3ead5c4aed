"""The pages of a physician's way in: apply, send papers, be vetted, declare, begin, be stopped."""

import hashlib
import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from audit.models import Entry
from broker.forms import career_words as words
from consults import states
from consults.contracts import ITEMS, STATEMENT
from consults.models import Attestation, Contract, Evidence, Physician
from consults.queries import is_eligible
from tests import people
from tests.people import PhysicianPerson
from tests.walks.faces import signed_in

pytestmark = pytest.mark.usefixtures("database")
PDF = b"%PDF-1.7\nattestation "
CANDIDATE = {
    "title": "Dre", "given_name": "Anne", "family_name": "Essai", "rpps": "99999990106",
    "departement": "75", "specialty": "Médecine générale", "status": "private",
}  # fmt: skip


class Someone:
    """An account that signs in, for the helper that wants a person."""

    def __init__(self, kind):
        self.account = people.an_account(kind)


@pytest.fixture
def operator():
    return signed_in(Someone("operator"))


@pytest.fixture
def newcomer():
    someone = Someone("physician")
    browser = signed_in(someone)
    browser.account = someone.account
    return browser


def pdf(text="x"):
    return SimpleUploadedFile("n.pdf", PDF + text.encode(), "application/pdf")


def day(days):
    return str(people.today() + timedelta(days=days))


def code_of(answer):
    return answer.headers.get("X-Error-Code")


def said(kind):
    return [json.loads(bytes(e.body)) for e in Entry.objects.filter(type=kind).order_by("pk")]


def test_a_physician_applies_is_vetted_has_the_contract_seen_and_begins(newcomer, operator):
    assert newcomer.get("/file/").status_code == 302
    assert newcomer.get("/medecin/").headers["Location"] == "/medecin/candidature/"
    assert newcomer.post("/medecin/candidature/", CANDIDATE).status_code == 302
    own = Physician.objects.get(account=newcomer.account)
    page = f"/operateur/medecins/{own.id}/"
    assert (own.state, own.name, own.council) == ("applied", "Dre Anne Essai", "75")
    held = operator.post(page + "etape/", {"to": "vetted", "reason": "file-complete"})
    assert (held.status_code, code_of(held)) == (409, "IDENTITY_NOT_VERIFIED")

    for kind in ("registration", "insurance", "sector", "training"):
        form = {"kind": kind, "valid_from": day(-30), "valid_until": day(300), "file": pdf(kind)}
        assert newcomer.post("/medecin/pieces/", form).status_code == 302
    readings = {"registration": "registered", "insurance": "covered", "sector": "2",
                "training": "up-to-date"}  # fmt: skip
    for file in Evidence.objects.filter(physician=own):
        opened = operator.get(f"/operateur/pieces/{file.id}/")
        assert opened.content == PDF + file.kind.encode()
        attested = operator.post(
            f"/operateur/pieces/{file.id}/attester/", {"said": readings[file.kind]}
        )
        assert attested.status_code == 302
    person = PhysicianPerson(newcomer.account, own)
    people.attest(person, "directory", rpps=own.rpps, profession_code="10")
    assert newcomer.post("/medecin/accueil/", {"declared": "1"}).status_code == 302
    vetted = operator.post(page + "etape/", {"to": "vetted", "reason": "file-complete"})
    assert vetted.status_code == 302

    form = {"party": "teleconseil", "pay": "paid-by-patient", "signed_on": day(-40),
            "effective_on": day(-2), "file": pdf("contract")}  # fmt: skip
    assert operator.post(page + "contrat/", form).status_code == 302
    contract = Contract.objects.get(physician=own)
    steps = f"/operateur/contrats/{contract.id}/"
    sent = {"on": day(-38), "reference": "1A 234", "file": pdf("sent")}
    assert operator.post(steps + "envoi/", sent).status_code == 302
    to = {"to": "contract-sent", "reason": "sent-to-council"}
    assert operator.post(page + "etape/", to).status_code == 302
    proofs = {"items": list(ITEMS), "file": pdf("items")}
    assert operator.post(steps + "pieces/", proofs).status_code == 302
    answer = {"opinion": "favourable", "on": day(-20), "reference": "CDOM75-2026-014",
              "file": pdf("answer")}  # fmt: skip
    assert operator.post(steps + "avis/", answer).status_code == 302
    visa = {"to": "visa", "reason": "council-favourable"}
    assert operator.post(page + "etape/", visa).status_code == 302

    start = {"to": "active", "reason": "activated"}
    refused = operator.post(page + "etape/", start)
    assert (refused.status_code, code_of(refused)) == (409, "COUNTER_LETTER_UNDECLARED")
    declared = newcomer.post(f"/medecin/contrats/{contract.id}/declarer/", {"declared": "1"})
    assert declared.status_code == 302
    assert operator.post(page + "etape/", start).status_code == 302
    assert is_eligible(own.id, people.now())
    printed = newcomer.get(f"/medecin/contrats/{contract.id}/").content.decode()
    assert "CDOM75-2026-014" in printed
    step = said("contract.declared")[0]
    assert step["actor"]["kind"] == "physician"
    assert step["data"]["evidence"] == hashlib.sha256(STATEMENT.encode()).hexdigest()
    moved = [body["data"]["to"] for body in said("physician.moved")]
    assert moved == ["vetted", "contract-sent", "visa", "active"]
    assert said("physician.moved")[-1]["data"]["visa"]["reference"] == "CDOM75-2026-014"
    assert operator.get("/operateur/medecins/").status_code == 200
    assert operator.get(page).status_code == 200


@pytest.mark.parametrize(
    "status, code",
    [
        ("salaried", "STATUS_MAY_NOT_BILL"),
        ("intern", "STATUS_MAY_NOT_WORK"),
        ("not-practising", "STATUS_MAY_NOT_WORK"),
    ],
)
def test_a_status_that_may_not_work_here_is_refused_with_its_reason(newcomer, status, code):
    answer = newcomer.post("/medecin/candidature/", CANDIDATE | {"status": status})
    assert (answer.status_code, code_of(answer)) == (422, code)
    assert said("application.refused")[0]["data"] == {"code": code, "status": status}
    assert not Physician.objects.exists()


def test_a_number_with_a_wrong_key_or_already_taken_is_refused(newcomer):
    wrong = newcomer.post("/medecin/candidature/", CANDIDATE | {"rpps": "99999990107"})
    assert (wrong.status_code, code_of(wrong)) == (422, "RPPS_INVALID")
    people.an_applicant(rpps=CANDIDATE["rpps"])
    taken = newcomer.post("/medecin/candidature/", CANDIDATE)
    assert (taken.status_code, code_of(taken)) == (422, "RPPS_TAKEN")


def test_a_file_is_sealed_and_its_limits_are_said(newcomer):
    newcomer.post("/medecin/candidature/", CANDIDATE)

    def sent(name, content):
        file = SimpleUploadedFile(name, content, "application/pdf")
        form = {"kind": "insurance", "valid_from": day(-1), "file": file}
        answer = newcomer.post("/medecin/pieces/", form)
        return code_of(answer) or answer.status_code

    assert sent("a.pdf", b"") == "EVIDENCE_EMPTY"
    assert sent("a.pdf", b"MZ not a pdf") == "EVIDENCE_TYPE"
    assert sent("a.pdf", b"%PDF-" + bytes(1_000_000)) == "EVIDENCE_TOO_LARGE"
    assert sent("a.pdf", PDF + b"\x00\xff") == 302
    kept = Evidence.objects.get()
    assert PDF not in bytes(kept.body)
    assert kept.sha256 == hashlib.sha256(PDF + b"\x00\xff").hexdigest()
    late = {"kind": "insurance", "valid_from": day(2), "valid_until": day(1), "file": pdf()}
    assert code_of(newcomer.post("/medecin/pieces/", late)) == "DATES_OUT_OF_ORDER"


def test_nobody_but_the_operator_opens_files_and_nobody_declares_for_another(newcomer, operator):
    newcomer.post("/medecin/candidature/", CANDIDATE)
    newcomer.post("/medecin/pieces/", {"kind": "sector", "valid_from": day(0), "file": pdf()})
    file = Evidence.objects.get()
    other = people.a_physician()
    contract = Contract.objects.get(physician=other.physician)
    assert newcomer.get(f"/operateur/pieces/{file.id}/").status_code == 404
    assert newcomer.get(f"/medecin/contrats/{contract.id}/").status_code == 404
    assert newcomer.post(f"/medecin/contrats/{contract.id}/declarer/").status_code == 404
    assert newcomer.get("/operateur/medecins/").status_code == 404
    assert operator.get("/medecin/").status_code == 404
    assert operator.get(f"/operateur/pieces/{file.id}/").status_code == 200
    assert said("evidence.read")[0]["data"] == {"evidence": file.sha256}


def test_who_was_not_vetted_sees_no_queue_and_confirms_no_link(newcomer):
    newcomer.post("/medecin/candidature/", CANDIDATE)
    assert newcomer.get("/file/").headers["Location"] == "/medecin/"
    assert newcomer.get("/parcours/").status_code == 404
    assert newcomer.get("/medecin/").status_code == 200


def test_every_word_of_the_file_has_its_label():
    assert set(words.ITEM_WORDS) == set(ITEMS)
    assert set(words.KIND_WORDS) >= set(words.SENT_FOR)
    assert set(words.REASON_WORDS) == set(states.MOVE_REASONS)
    assert set(words.STATUS_WORDS) == {*states.STATUSES, *states.STATUSES_REFUSED}


def test_the_text_beside_a_file_is_still_held_to_be_text(newcomer):
    newcomer.post("/medecin/candidature/", CANDIDATE)
    form = {"kind": "insur\0ance", "valid_from": day(-1), "file": pdf("\0")}
    assert newcomer.post("/medecin/pieces/", form).status_code == 400
    assert not Evidence.objects.exists()


def test_a_locums_contract_names_who_is_replaced(newcomer, operator):
    newcomer.post("/medecin/candidature/", CANDIDATE | {"status": "locum"})
    newcomer.post("/medecin/pieces/", {"kind": "status", "valid_from": day(-1), "file": pdf()})
    address = f"/operateur/pieces/{Evidence.objects.get().id}/attester/"
    nobody = operator.post(address, {"said": "allows"})
    assert (nobody.status_code, code_of(nobody)) == (422, "RPPS_INVALID")
    assert operator.post(address, {"said": "allows", "replaces": "99999990007"}).status_code == 302
    details = Attestation.objects.get(kind="status").details
    assert details == {"status": "locum", "replaces": "99999990007"}
