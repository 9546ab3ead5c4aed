"""Bad input at every door: a clear refusal with a stable code, no 500, no 1011, nothing lost."""

import json
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from broker import protocol
from tests import people
from tests.walks.faces import PatientFace, PhysicianFace, signed_in
from tests.walks.sockets import Line, walked

JSON = {"accept": "application/json"}
TEXTS = {
    "empty": ("", "TEXT_EMPTY"),
    "blank": (" \n\t ", "TEXT_EMPTY"),
    "bell": ("a\x07b", "TEXT_CONTROL"),
    "override": ("a\u202eb", "TEXT_BIDI"),
    "isolate": ("a\u2066b", "TEXT_BIDI"),
    "too long": ("a" * 4001, "TEXT_TOO_LONG"),
}


@pytest.fixture
def patient(database):
    """A patient's browser."""
    person = people.a_patient()
    return PatientFace(person, signed_in(person))


@pytest.fixture
def physician(patient):
    """Their treating physician's browser."""
    person = people.a_physician()
    people.linked(patient.person, person)
    return PhysicianFace(person, signed_in(person))


@pytest.fixture
def question(patient, physician):
    """A question in the physician's hands."""
    return people.claimed(patient.person, physician.person)


def test_frames_that_are_none_get_an_error_and_the_socket_lives(patient, question):
    frames = {
        "": "FRAME_NOT_JSON",
        "{": "FRAME_NOT_JSON",
        "[]": "FRAME_NOT_OBJECT",
        "\x00": "FRAME_NOT_JSON",
        "[" * 10_000: "FRAME_TOO_DEEP",
        "x" * 1_000_000: "FRAME_TOO_LARGE",
        f'{{"type":"send","id":"{uuid4()}","body":"\\ud800"}}': "TEXT_SURROGATE",
        f'{{"type":"send","id":"{uuid4()}","body":"a\\u0000"}}': "TEXT_NUL",
        f'{{"type":"send","id":"{uuid4()}","body":"a\\u202e"}}': "TEXT_BIDI",
        '{"type":"send","id":7,"body":"a"}': "FRAME_FIELD_INVALID",
        '{"type":"resume","after":99999}': "SEQ_AHEAD",
        '{"type":"drop"}': "FRAME_TYPE_UNKNOWN",
    }

    async def walk():
        async with Line(patient.client, question) as line:
            head = len(await line.resume())
            for raw, code in frames.items():
                await line.raw(raw)
                frame = await line.until("error")
                assert frame["code"] == code
                assert frame["detail"]
            accepted = await line.send("Toujours là.")
            assert accepted["seq"] == head + 1

    walked(walk)


def test_bytes_get_an_error_frame(patient, question):
    async def walk():
        async with Line(patient.client, question) as line:
            await line.wire.send_input({"type": "websocket.receive", "bytes": b"\x00\xff"})
            assert (await line.until("error"))["code"] == "FRAME_NOT_TEXT"

    walked(walk)


@pytest.mark.parametrize(("text", "code"), TEXTS.values(), ids=TEXTS)
def test_a_message_without_a_socket_is_refused_alike(patient, question, text, code):
    answer = patient.client.post(
        f"/questions/{question}/messages/", {"id": str(uuid4()), "body": text}, headers=JSON
    )
    assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.parametrize(("text", "code"), TEXTS.values(), ids=TEXTS)
def test_a_question_is_refused_alike_and_what_was_typed_stays(patient, physician, text, code):
    answer = patient.asks(f"treating:{physician.person.id}", text=text)
    assert (answer.status_code, answer["X-Error-Code"]) == (422, code)
    assert patient.client.get(patient.at()).status_code == 404


@pytest.mark.parametrize(
    ("route", "code"),
    [
        ("", "FIELD_INVALID"),
        ("treating", "PHYSICIAN_UNKNOWN"),
        ("treating:", "PHYSICIAN_UNKNOWN"),
        ("treating:'; DROP TABLE", "PHYSICIAN_UNKNOWN"),
        (f"treating:{UUID(int=7)}", "PHYSICIAN_UNKNOWN"),
        ("love:any", "GROUND_UNKNOWN"),
        ("treating:any", "GROUND_NOT_DECLARED"),
    ],
)
def test_a_route_that_does_not_exist_is_refused(patient, physician, route, code):
    answer = patient.asks(route)
    assert (answer.status_code, answer["X-Error-Code"]) == (422, code)


def test_a_link_that_was_not_declared_cannot_be_claimed(patient, physician):
    answer = patient.asks(f"prescriber:{physician.person.id}")
    assert answer["X-Error-Code"] == "GROUND_NOT_DECLARED"


@pytest.mark.parametrize("change", [{"consent": ""}, {"question_id": "x"}, {"tier": "moon"}])
def test_a_form_with_a_wrong_field_is_refused(patient, physician, change):
    answer = patient.asks(f"treating:{physician.person.id}", **change)
    assert answer.status_code == 422


def test_raw_bytes_and_huge_bodies_are_refused_before_the_doors(patient, question):
    address = f"/questions/{question}/messages/"
    form = "application/x-www-form-urlencoded"
    for raw in (b"body=%00", b"body=%ff", b"body=%ed%a0%80", b"\xff\xfe"):
        answer = patient.client.post(address, raw, content_type=form, headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (400, "BAD_ENCODING")
    answer = patient.client.post(
        address, b"body=" + b"a" * 1_100_000, content_type=form, headers=JSON
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")


PLACES = (
    "", "devis/", "paiement/", "retour/", "etat.json", "messages/", "compte-rendu/",
    "compte-rendu/document.pdf",
)  # fmt: skip
POSTS = {
    "questions/{}/devis/": {"quote": str(uuid4()), "shown_at": "x", "settlement": "card"},
    "questions/{}/paiement/1/": {},
    "questions/{}/messages/": {"id": str(uuid4()), "body": "Bonjour"},
    "questions/{}/retirer/": {"reason": "other"},
    "questions/{}/compte-rendu/transmettre/": {"way": "printed"},
    "file/{}/prendre/": {},
    "file/{}/brouillon/": {"text": "Une réponse."},
    "file/{}/acquitter/": {"leg": str(uuid4())},
}


def test_another_persons_question_does_not_exist(patient, physician, question):
    strangers = [signed_in(people.a_patient()), signed_in(people.a_physician())]
    for client in strangers:
        for place in PLACES:
            assert client.get(f"/questions/{question}/{place}").status_code == 404, place
        assert client.get(f"/file/{question}/").status_code == 404
        for place, form in POSTS.items():
            answer = client.post("/" + place.format(question), form)
            assert answer.status_code == 404, (place, answer.content[:300])


def test_an_id_that_nobody_has_does_not_exist(patient, physician):
    for client in (patient.client, physician.client):
        for place in PLACES:
            assert client.get(f"/questions/{uuid4()}/{place}").status_code == 404
        for place, form in POSTS.items():
            assert client.post("/" + place.format(uuid4()), form).status_code == 404
    assert patient.client.get("/questions/not-an-id/").status_code == 404


def test_a_stranger_is_sent_to_sign_in_and_a_program_gets_401(database, client):
    assert client.get("/questions/").status_code == 302
    answer = client.get("/questions/", headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (401, "SIGNED_OUT")


def test_a_physician_without_a_second_factor_is_told_so(physician):
    session = physician.client.session
    del session["strong_at"]
    session.save()
    answer = physician.client.get("/file/", headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (403, "SECOND_FACTOR_NEEDED")


def test_every_kind_finds_only_its_own_pages(patient, physician):
    operator = signed_in(people.PatientPerson(people.an_account("operator"), None))
    reviewer = signed_in(people.PatientPerson(people.a_reviewer(), None))
    pages = {"/questions/": patient, "/file/": physician, "/operateur/": operator}
    for page, owner in pages.items():
        for one in (patient.client, physician.client, operator, reviewer):
            mine = one in (owner, getattr(owner, "client", None))
            assert one.get(page).status_code == (200 if mine else 404), page


def test_an_answers_form_that_is_wrong_keeps_what_was_written(patient, physician, question):
    answer = physician.client.post(
        f"/file/{question}/repondre/", {"text": "Un long texte.", "lease": "x"}
    )
    assert answer.status_code == 422
    assert answer["X-Error-Code"] == "FIELD_INVALID"


def test_every_code_of_the_doors_has_its_sentence():
    for code, sentence in protocol.ERRORS.items():
        assert code.isupper()
        assert sentence
    assert json.loads(protocol.dump({"type": "pong"})) == {"type": "pong"}


def test_a_form_that_comes_empty_is_refused_with_a_code(patient, physician, question):
    operator = signed_in(people.PatientPerson(people.an_account("operator"), None))
    for client, page in (
        (patient.client, f"/questions/{question}/reclamation/"),
        (physician.client, "/file/disponibilite/"),
        (physician.client, "/file/lecture-du-droit/"),
        (operator, "/operateur/garde/"),
    ):
        answer = client.post(page)
        assert (answer.status_code, bool(answer["X-Error-Code"])) == (422, True), page


@pytest.mark.parametrize(("first", "last"), [("0001-01-01", ""), ("2020-01-01", "9999-12-31")])
def test_a_day_that_no_paper_bears_is_refused_to_who_sends_it(physician, first, last):
    said = {"kind": "insurance", "valid_from": first, "valid_until": last}
    file = SimpleUploadedFile("n.pdf", b"%PDF-1.7 x", "application/pdf")
    answer = physician.client.post("/medecin/pieces/", {**said, "file": file})
    assert (answer.status_code, answer["X-Error-Code"]) == (422, "FIELD_INVALID")


def test_a_file_of_turns_that_is_none_is_refused(physician):
    operator = signed_in(people.PatientPerson(people.an_account("operator"), None))
    row = f"{physician.person.physician.rpps};alertes;;0001-01-01 00:00+14:00;2026-01-01;"
    for text in ("rpps;role;departement;debut;fin\n" + row, 'rpps\n"' + "a" * 140_000):
        file = SimpleUploadedFile("garde.csv", text.encode())
        answer = operator.post("/operateur/garde/importer/", {"file": file})
        assert (answer.status_code, answer["X-Error-Code"]) == (422, "ROSTER_INVALID")


@pytest.mark.parametrize("month", ["9999-12", "0001-01", "2026-13", "x"])
def test_a_month_that_no_book_has_shows_this_one(physician, month):
    operator = signed_in(people.PatientPerson(people.an_account("operator"), None))
    for client in (operator, physician.client):
        answer = client.get("/livres/releve/", {"mois": month})
        assert answer.status_code in (200, 404)
