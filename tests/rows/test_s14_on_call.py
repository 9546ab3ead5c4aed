"""S14: on-call duty by its hours, holidays and numbers, and a roster entry at that instant."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import transaction

from consults import actions as care
from consults.actions import TurnOutsideHours
from consults.calendar import oncall
from consults.calendar.holidays import easter, holidays
from consults.queries import act_facts
from tests import people
from tests.walks.faces import PatientFace, signed_in

PARIS = ZoneInfo("Europe/Paris")


def paris(*when, fold=0):
    return datetime(*when, tzinfo=PARIS, fold=fold)


@pytest.mark.parametrize(
    ("at", "on"),
    [
        (paris(2026, 11, 21, 11, 59, 59), False),  # a Saturday
        (paris(2026, 11, 21, 12, 0, 0), True),
        (paris(2026, 11, 23, 7, 59, 59), True),  # a Monday
        (paris(2026, 11, 23, 8, 0, 0), False),
        (paris(2026, 11, 23, 19, 59, 59), False),
        (paris(2026, 11, 23, 20, 0, 0), True),
        (paris(2026, 11, 22, 14, 0, 0), True),  # a Sunday
        (paris(2026, 11, 11, 14, 0, 0), True),  # the armistice, a Wednesday
        (paris(2026, 11, 12, 14, 0, 0), False),
    ],
)
def test_the_hours_turn_at_their_second(at, on):
    assert oncall.is_on_call("75", at) is on
    assert oncall.is_on_call("75", at.astimezone(UTC)) is on


@pytest.mark.parametrize(
    ("year", "sunday"),
    [
        (1818, (3, 22)),
        (1943, (4, 25)),
        (2008, (3, 23)),
        (2024, (3, 31)),
        (2025, (4, 20)),
        (2026, (4, 5)),
        (2027, (3, 28)),
        (2038, (4, 25)),
        (2285, (3, 22)),
    ],
)
def test_easter_falls_where_the_church_s_tables_say(year, sunday):
    assert easter(year) == date(year, *sunday)


def test_the_eleven_holidays_of_2026():
    assert sorted(day.isoformat()[5:] for day in holidays(2026)) == [
        "01-01", "04-06", "05-01", "05-08", "05-14", "05-25",
        "07-14", "08-15", "11-01", "11-11", "12-25",
    ]  # fmt: skip


def test_two_days_are_holidays_in_alsace_and_moselle_alone():
    for day in (paris(2026, 4, 3, 14), paris(2025, 12, 26, 14)):  # both on a Friday
        on = {one: oncall.is_on_call(one, day) for one in ("54", "57", "67", "68", "75")}
        assert on == {"54": False, "57": True, "67": True, "68": True, "75": False}
        assert day.date() not in holidays(day.year)


@pytest.mark.parametrize(
    ("saturday", "hours"), [((2026, 3, 28), 43), ((2026, 10, 24), 45), ((2026, 11, 21), 44)]
)
def test_a_week_end_lasts_what_the_clocks_make_it_last(saturday, hours):
    (span,) = oncall.on_call_spans(
        "75", paris(*saturday, 9), paris(*saturday, 9) + timedelta(hours=50)
    )
    assert span[1] - span[0] == timedelta(hours=hours)
    assert oncall.on_call_until("75", span[0]) == span[1]
    twice = datetime(*saturday, 23, tzinfo=UTC) + timedelta(hours=1.5)
    assert oncall.is_on_call("75", twice)


@pytest.mark.parametrize("departement", ["25", "39", "70", "90"])
def test_3966_became_116117_on_the_first_of_july_2024(departement):
    midnight = paris(2024, 7, 1)
    assert oncall.number_of(departement, midnight - timedelta(seconds=1)) == "3966"
    assert oncall.number_of(departement, midnight) == "116117"


def test_a_number_that_is_not_known_is_not_made_up(db, client):
    assert oncall.number_of("75", paris(2026, 11, 21)) == ""
    page = client.get("/garde/", {"departement": "75"}).content.decode()
    assert "Appelez le 15" in page and "116117" not in page


def test_the_patient_s_page_shows_the_number_on_both_sides_of_the_date(db, client, monkeypatch):
    def shown(moment):
        monkeypatch.setattr("broker.views.public.timezone.now", lambda: moment)
        return client.get("/garde/", {"departement": "25"}).content.decode()

    assert 'href="tel:3966"' in shown(paris(2024, 6, 30, 23, 59, 59))
    after = shown(paris(2024, 7, 1, 0, 0, 0))
    assert 'href="tel:116117"' in after and "a remplacé le 3966 le 1er juillet 2024" in after
    monkeypatch.undo()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert (
        "It replaced 3966 on 1 July 2024"
        in client.get("/garde/", {"departement": "25"}).content.decode()
    )


def a_turn(doctor, starts, hours, departement="75"):
    with transaction.atomic():
        return care.roster(
            physician_id=doctor.id, role="on-call", starts_at=starts,
            ends_at=starts + timedelta(hours=hours), departement=departement,
            actor=people.Actor("operator", people.UUID(int=7)), now=people.now(),
        )  # fmt: skip


def next_saturday():
    """The next that is no holiday, nor its Monday, at eleven."""
    now = people.now().astimezone(PARIS)
    day = now + timedelta(days=1 + (4 - now.weekday()) % 7)
    while {day.date(), (day + timedelta(days=2)).date()} & {*holidays(day.year)}:
        day += timedelta(days=7)
    return day.replace(hour=11, minute=0, second=0, microsecond=0)


def test_the_ground_needs_the_hours_and_a_turn_at_that_instant(db):
    patient, doctor, other = people.a_patient(), people.a_physician(), people.a_physician()
    eleven = next_saturday()
    turn = a_turn(doctor, eleven, 3)
    noon = eleven.replace(hour=12)
    asked = people.asked(patient, doctor, ground="on-call").question_id

    def facts(at, question_id=asked):
        return act_facts(question_id, at)

    assert facts(noon - timedelta(seconds=1))["on_call_duty"].value is False
    at_noon = facts(noon)
    assert at_noon["on_call_duty"].value is True
    assert at_noon["on_call_duty"].evidence == f"duty:{turn.id}"
    assert at_noon["on_call_duty"].valid_until == turn.ends_at
    assert at_noon["already_paid_by_on_call_allowance"].value is False
    assert at_noon["integrated_in_care_pathway"].value is True
    assert facts(turn.ends_at)["on_call_duty"].value is False
    assert facts(turn.ends_at)["integrated_in_care_pathway"].value is False
    of_other = people.asked(people.a_patient(), other, ground="on-call").question_id
    assert facts(noon, of_other)["on_call_duty"].value is False


def test_a_turn_that_meets_no_on_call_hours_is_refused(db):
    doctor, monday = people.a_physician(), next_saturday() + timedelta(days=2)
    with pytest.raises(TurnOutsideHours):
        a_turn(doctor, monday.replace(hour=9), 10)
    assert a_turn(doctor, monday.replace(hour=9), 12)  # from 20:00 on it counts


def test_a_turn_for_alerts_opens_no_pathway(db):
    patient, doctor = people.a_patient(), people.a_physician()
    people.on_duty(doctor, hours=200)
    asked = people.asked(patient, doctor, ground="on-call").question_id
    noon = next_saturday().replace(hour=12)
    assert act_facts(asked, noon)["on_call_duty"].value is False


@pytest.fixture
def always_on_call(monkeypatch):
    """The département 75 holds to hours that never end: the test runs at any time of day."""
    data = oncall._data()
    hours = [{**data["hours"][0], "departements": ["75"], "night_from": "00:00"}, *data["hours"]]
    monkeypatch.setattr(oncall, "_data", lambda: {**data, "hours": hours})


def asks_on_call(doctor):
    face = PatientFace((person := people.a_patient()), signed_in(person))
    face.says_no_flags()
    return face.asks(f"on-call:{doctor.id}")


def test_without_a_roster_entry_the_ground_is_refused_by_its_code(db, always_on_call):
    doctor = people.a_physician()
    answer = asks_on_call(doctor)
    assert (answer.status_code, answer["X-Error-Code"]) == (422, "NOT_ON_DUTY")
    people.on_duty(doctor, role="on-call")
    assert asks_on_call(doctor).status_code == 302


def test_with_one_outside_the_hours_it_is_refused_too(db, monkeypatch):
    doctor = people.a_physician()
    people.on_duty(doctor, role="on-call", hours=30)
    monkeypatch.setattr("consults.queries.duty.is_on_call", lambda departement, at: False)
    assert asks_on_call(doctor)["X-Error-Code"] == "NOT_ON_DUTY"
