"""The roster's pages: the operator enters and ends turns, physicians refuse or hand them over."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from consults.models import Duty, DutyEnd, Handover
from consults.queries import gaps, on_duty, taking, two_weeks
from tests import people
from tests.walks.faces import signed_in

pytestmark = pytest.mark.django_db
ROSTER, TURNS = "/operateur/garde/", "/file/gardes/"


@pytest.fixture
def operator(db):
    return signed_in(SimpleNamespace(account=people.an_account("operator")))


def turn(doctor, *, hours=6, begins=1, role="alerts"):
    starts = people.now() + timedelta(hours=begins)
    return {
        "physician_id": str(doctor.id), "role": role,
        "starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=hours)).isoformat(),
    }  # fmt: skip


def entered(operator, doctor, **how):
    answer = operator.post(ROSTER, turn(doctor, **how))
    assert answer.status_code == 302, answer.content.decode()
    return Duty.objects.order_by("recorded_at").last()


def test_a_turn_is_entered_shown_and_cancelled(operator):
    row = entered(operator, people.a_physician(name="Dr Ronde"))
    page = operator.get(ROSTER).content.decode()
    assert "Dr Ronde" in page and "Annuler" in page
    assert operator.post(f"{ROSTER}{row.id}/fin/").status_code == 302
    assert DutyEnd.objects.get().because == "cancelled"
    assert on_duty(row.starts_at + timedelta(minutes=1)) == []
    again = operator.post(f"{ROSTER}{row.id}/fin/")
    assert (again.status_code, again["X-Error-Code"]) == (409, "TURN_OVER")
    assert "Annulé" in operator.get(ROSTER).content.decode()


def test_a_turn_that_runs_ends_when_it_is_told_to(operator):
    row = entered(operator, people.a_physician(), begins=-1)
    assert [one.id for one in on_duty(people.now())] == [row.id]
    operator.post(f"{ROSTER}{row.id}/fin/")
    end = DutyEnd.objects.get()
    assert end.because == "ended"
    assert on_duty(end.ended_at - timedelta(microseconds=1)) == [row]  # it did run until then
    assert on_duty(people.now()) == []


def test_two_turns_at_once_are_shown_as_such(operator):
    doctor = people.a_physician()
    entered(operator, doctor)
    assert "Se chevauche" not in operator.get(ROSTER).content.decode()
    entered(operator, doctor, begins=2)
    assert "2 tours se chevauchent" in operator.get(ROSTER).content.decode()


def test_gaps_are_what_no_turn_covers(operator):
    starts, ends = two_weeks(people.now())
    whole = ends - starts
    assert sum((b - a for a, b in gaps("alerts", "", starts, ends)), timedelta()) == whole
    entered(operator, people.a_physician(), hours=10)
    left = gaps("alerts", "", starts, ends)
    assert len(left) == 2
    assert sum((b - a for a, b in left), timedelta()) == whole - timedelta(hours=10)


LINES = """rpps;role;departement;debut;fin;indemnise
{rpps};alertes;;2031-03-04 08:00;2031-03-05 08:00;non
{rpps};permanence;25;2031-03-04 20:00;2031-03-05 08:00;oui
"""


def brought_in(operator, text):
    file = SimpleUploadedFile("gardes.csv", text.encode(), content_type="text/csv")
    return operator.post(f"{ROSTER}importer/", {"file": file})


def test_a_file_of_turns_is_taken_in_whole(operator):
    doctor = people.a_physician(departement="75")
    assert brought_in(operator, LINES.format(rpps=doctor.physician.rpps)).status_code == 302
    first, second = Duty.objects.order_by("role")
    assert [(first.role, first.departement), (second.role, second.departement)] == [
        ("alerts", "75"),
        ("on-call", "25"),
    ]
    assert second.paid_by_allowance and second.starts_at.isoformat() == "2031-03-04T19:00:00+00:00"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("00000000000;alertes;;2031-03-04 08:00;2031-03-05 08:00;non", "Ligne 4"),
        ("{rpps};chef;;2031-03-04 08:00;2031-03-05 08:00;non", "rôle inconnu"),
        ("{rpps};alertes;;2031-03-04 25:00;2031-03-05 08:00;non", "date illisible"),
        ("{rpps};alertes;;2030-03-31 02:30;2030-03-31 09:00;non", "date illisible"),
        ("{rpps};alertes;;2031-03-05 08:00;2031-03-04 08:00;non", "la fin précède"),
        ("{rpps};permanence;;2031-03-04 09:00;2031-03-04 19:00;non", "heures de la permanence"),
    ],
)
def test_one_wrong_line_and_nothing_of_a_file_is_taken_in(operator, wrong, says):
    doctor = people.a_physician()
    text = (LINES + wrong + "\n").format(rpps=doctor.physician.rpps)
    answer = brought_in(operator, text)
    assert (answer.status_code, answer["X-Error-Code"]) == (422, "ROSTER_INVALID")
    assert says in answer.content.decode()
    assert not Duty.objects.exists()


def test_a_turn_handed_over_stays_with_its_physician_until_a_colleague_takes_it(operator):
    first, second = people.a_physician(name="Dr Un"), people.a_physician(name="Dr Deux")
    row = entered(operator, first, begins=-1)
    mine, theirs = signed_in(first), signed_in(second)
    assert mine.post(f"{TURNS}{row.id}/proposer/", {"to": str(second.id)}).status_code == 302
    assert [one.physician_id for one in on_duty(people.now())] == [first.id]
    offer = Handover.objects.get()
    assert "Dr Un vous propose un tour" in theirs.get(TURNS).content.decode()
    stranger = signed_in(people.a_physician())
    answer = stranger.post(f"{TURNS}propositions/{offer.id}/", {"accepted": "yes"})
    assert answer.status_code == 404
    theirs.post(f"{TURNS}propositions/{offer.id}/", {"accepted": "yes"})
    assert [one.physician_id for one in on_duty(people.now())] == [second.id]


def test_a_colleague_who_leaves_it_changes_nothing(operator):
    first, second = people.a_physician(), people.a_physician()
    row = entered(operator, first, begins=-1)
    signed_in(first).post(f"{TURNS}{row.id}/proposer/", {"to": str(second.id)})
    offer = Handover.objects.get()
    signed_in(second).post(f"{TURNS}propositions/{offer.id}/", {"accepted": "no"})
    assert [one.physician_id for one in on_duty(people.now())] == [first.id]
    assert DutyEnd.objects.count() == 0


def test_a_physician_gives_up_their_own_turn_and_no_other(operator):
    first, second = people.a_physician(), people.a_physician()
    row = entered(operator, first)
    assert signed_in(second).post(f"{TURNS}{row.id}/refuser/").status_code == 404
    assert signed_in(first).post(f"{TURNS}{row.id}/refuser/").status_code == 302
    assert DutyEnd.objects.get().because == "refused"
    assert "Refusé par le médecin" in operator.get(ROSTER).content.decode()


CHOICE = {"switch": "on", "kinds": ["own", "any"], "topics": ["skin"]}


def test_the_switch_the_kinds_and_the_topics_are_the_physician_s_to_choose(db):
    doctor = people.a_physician(without=("choice",))
    browser = signed_in(doctor)
    assert not taking(doctor.id, people.now()).now
    assert "proposé à personne" in browser.get("/file/disponibilite/").content.decode()
    assert browser.post("/file/disponibilite/", CHOICE).status_code == 302
    taken = taking(doctor.id, people.now())
    assert taken.takes("own", "heart") and taken.takes("any", "skin")
    assert not taken.takes("any", "heart") and not taken.takes("on-call")


def test_a_pause_ends_by_itself_at_its_moment(db):
    doctor = people.a_physician()
    back = people.now() + timedelta(hours=2)
    said = {**CHOICE, "switch": "pause", "back_at": back.isoformat()}
    assert signed_in(doctor).post("/file/disponibilite/", said).status_code == 302
    assert not taking(doctor.id, back - timedelta(microseconds=1)).now
    assert taking(doctor.id, back).now


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"switch": "pause"}, "PAUSE_WITHOUT_END"),
        ({"switch": "on"}, "KINDS_MISSING"),
        ({**CHOICE, "topics": ["love"]}, "FIELD_INVALID"),
    ],
)
def test_a_choice_that_says_too_little_is_shown_again(db, said, code):
    answer = signed_in(people.a_physician()).post("/file/disponibilite/", said)
    assert (answer.status_code, answer["X-Error-Code"]) == (422, code)
