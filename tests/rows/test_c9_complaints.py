"""C9: who answers for what; a complaint has a deadline, and a refund touches one party alone."""

import pytest
from django.db import IntegrityError, transaction

from broker.models import Complaint
from tests import people
from tests.billing.test_contested_in_part import lost_in_part
from tests.billing.test_views import signed_in
from tests.billing.trials import rows
from tests.people import now
from tests.rows.test_f13_part_under_way import given_back

WORDS = "La réponse ne portait pas sur ma question de genou."


@pytest.fixture
def done(walk):
    """An exchange answered and paid, both captured."""
    walk.held()
    assert walk.answers().gate_pass
    walk.works()
    return walk


def complain(walk, about, text=WORDS):
    return signed_in(walk.patient.account).post(
        f"/questions/{walk.question}/reclamation/", {"about": about, "text": text}
    )


def answer(person, complaint, outcome, text="Nous vous entendons."):
    page = f"/reclamations/{complaint.id}/"
    return signed_in(person).post(page, {"outcome": outcome, "text": text})


def entries(kind):
    return rows("SELECT count(*) FROM audit_entry WHERE type = %s", kind)[0][0]


def test_a_complaint_about_the_advice_reaches_its_physician_alone(done):
    assert complain(done, "advice").status_code == 302
    (one,) = Complaint.objects.all()
    assert (one.due_at - one.made_at).days == 30
    page = f"/reclamations/{one.id}/"
    own = signed_in(done.physician.account)
    assert str(one.id) in own.get("/reclamations/").content.decode()
    for stranger in (people.a_physician().account, people.an_account("operator")):
        assert signed_in(stranger).get(page).status_code == 404
        assert str(one.id) not in signed_in(stranger).get("/reclamations/").content.decode()
    before = entries("complaint.read")
    assert WORDS in own.get(page).content.decode()
    assert entries("complaint.read") == before + 1
    assert answer(done.physician.account, one, "rejected").status_code == 302
    shown = signed_in(done.patient.account).get(f"/questions/{done.question}/reclamation/")
    assert "Nous vous entendons." in shown.content.decode()


def test_a_refund_by_the_physician_touches_the_honoraires_alone(done):
    complain(done, "advice")
    assert answer(done.physician.account, Complaint.objects.get(), "refunded").status_code == 302
    done.works()
    assert done.states() == {"honoraires": "refunded", "platform": "captured"}


def test_a_refund_by_the_operator_touches_the_platforms_fee_alone(done):
    complain(done, "payment")
    operator = people.an_account("operator")
    assert answer(operator, Complaint.objects.get(), "refunded").status_code == 302
    done.works()
    assert done.states() == {"honoraires": "captured", "platform": "refunded"}


def test_what_cannot_be_refunded_leaves_the_complaint_unanswered(walk):
    walk.accepted()
    complain(walk, "payment")
    said = answer(people.an_account("operator"), Complaint.objects.get(), "refunded")
    assert (said.status_code, said["X-Error-Code"]) == (409, "NOT_REFUNDABLE")
    kept = said.content.decode()
    assert "Nous vous entendons." in kept and "en train de l’être ou contestée" in kept, (
        "nothing typed is lost"
    )
    assert Complaint.objects.get().answered_at is None and not entries("complaint.answered")


def test_one_complaint_of_a_kind_waits_at_a_time_and_an_answer_is_given_once(done):
    complain(done, "service")
    again = complain(done, "service", "Et ceci encore.")
    assert (again.status_code, again["X-Error-Code"]) == (409, "COMPLAINT_OPEN")
    assert "Et ceci encore." in again.content.decode(), "nothing typed is lost"
    assert complain(done, "payment").status_code == 302
    one = Complaint.objects.get(about="service")
    operator = people.an_account("operator")
    answer(operator, one, "upheld")
    twice = answer(operator, one, "rejected")
    assert (twice.status_code, twice["X-Error-Code"]) == (409, "COMPLAINT_ANSWERED")
    assert Complaint.objects.get(pk=one.pk).outcome == "upheld"


def test_the_words_of_a_complaint_are_in_no_entry_and_in_no_column(done):
    complain(done, "advice", WORDS + " Zinzolin.")
    whole = b"".join(bytes(body) for (body,) in rows("SELECT body FROM audit_entry"))
    assert b"inzolin" not in whole
    assert "inzolin" not in str(rows("SELECT * FROM broker_complaint"))


def test_strangers_and_empty_complaints_are_refused(done):
    stranger = signed_in(people.a_patient().account)
    page = f"/questions/{done.question}/reclamation/"
    assert stranger.post(page, {"about": "service", "text": "x"}).status_code == 404
    empty = complain(done, "service", "")
    assert (empty.status_code, empty["X-Error-Code"]) == (422, "TEXT_EMPTY")
    assert complain(done, "weather").status_code == 422
    assert not Complaint.objects.exists()


def test_the_database_takes_no_answer_without_its_words(done):
    complain(done, "service")
    with pytest.raises(IntegrityError, match="answered_whole"), transaction.atomic():
        Complaint.objects.update(outcome="upheld", answered_at=now())


def test_where_no_physician_is_named_nobody_is_asked_to_answer_for_an_advice(database):
    patient = people.a_patient()
    question = people.asked(patient, None, ground="none").question_id
    page, client = f"/questions/{question}/reclamation/", signed_in(patient.account)
    assert 'value="advice"' not in client.get(page).content.decode()
    refused = client.post(page, {"about": "advice", "text": WORDS})
    assert (refused.status_code, refused["X-Error-Code"]) == (422, "FIELD_INVALID")
    assert client.post(page, {"about": "service", "text": WORDS}).status_code == 302


def test_a_complaint_gives_back_what_a_bank_left_of_a_payment(done):
    lost_in_part(done)
    complain(done, "advice")
    assert answer(done.physician.account, Complaint.objects.get(), "refunded").status_code == 302
    done.works()
    assert given_back(done) == [1000] and done.states()["honoraires"] == "charged_back"
