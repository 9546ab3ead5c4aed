"""The pure parts of care: states, RPPS numbers, ages, greetings, sealed texts."""

import doctest
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.law import packs
from audit.law.codes import code_of
from audit.seal import Unreadable
from consults import calendar, facts, seal, states

KEY = bytes(range(32))
PLACE = {"question": UUID(int=1), "seq": 3, "field": "body", "author": UUID(int=2)}


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(facts).failed == 0


def test_every_state_is_reached_and_the_last_ones_lead_nowhere():
    reached = set().union(*states.MOVES.values())
    assert set(states.STATES) - reached == {states.HELD}
    for last in ("refused", "closed", "withdrawn", "expired"):
        assert not any(states.may_move(last, to) for to in states.STATES)


def test_every_refusal_has_a_sentence():
    intake = {code_of(rule.id) for rule in packs.load().rules if rule.scope == "intake"}
    assert intake | {states.HELD_FOR_REVIEW} <= set(states.ERRORS)


@pytest.mark.parametrize(
    "rpps", ["99999990007", "99999990015", "99999990023", "99999990031", "10000000009"]
)
def test_a_well_formed_rpps_is_known_by_its_key(rpps):
    assert facts.rpps_is_valid(rpps)
    for place in range(11):
        wrong = str((int(rpps[place]) + 1) % 10)
        assert not facts.rpps_is_valid(rpps[:place] + wrong + rpps[place + 1 :])


@pytest.mark.parametrize("rpps", ["", "9999999000", "999999900070", "9999999000a", "９9999990007"])
def test_what_is_not_eleven_digits_is_no_rpps(rpps):
    assert not facts.rpps_is_valid(rpps)


def test_the_day_is_the_day_in_paris():
    assert calendar.paris_date(datetime(2025, 2, 28, 22, 59, 59, tzinfo=UTC)) == date(2025, 2, 28)
    assert calendar.paris_date(datetime(2025, 2, 28, 23, 0, tzinfo=UTC)) == date(2025, 3, 1)
    assert calendar.paris_date(datetime(2018, 9, 14, 22, 0, tzinfo=UTC)) == date(2018, 9, 15)


def test_one_is_eighteen_on_the_birthday():
    assert calendar.age_years(date(2008, 11, 21), date(2026, 11, 20)) == 17
    assert calendar.age_years(date(2008, 11, 21), date(2026, 11, 21)) == 18
    assert calendar.age_years(date(2008, 2, 29), date(2026, 2, 28)) == 17


@pytest.mark.parametrize("text", ["", "Bonjour", "Bonjour Docteur, merci bien.", "Hello !", "…"])
def test_politeness_is_no_answer(text):
    assert facts.is_greeting_only(text)


@pytest.mark.parametrize("text", ["Oui.", "Bonjour, non.", "Le matin à jeun", "38,5"])
def test_one_word_of_advice_is_an_answer(text):
    assert not facts.is_greeting_only(text)


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_a_sealed_text_opens_at_its_place_only(text):
    client_id = uuid4()
    cover = seal.sealed(KEY, text, **PLACE, client_id=client_id)
    assert seal.opened(KEY, cover.body, **PLACE) == text
    assert cover.mac == seal.resend_mark(KEY, text, client_id=client_id)
    assert cover.commitment != seal.sealed(KEY, text, **PLACE, client_id=client_id).commitment
    for change in ({"seq": 4}, {"field": "report"}, {"author": UUID(int=9)}):
        with pytest.raises(Unreadable):
            seal.opened(KEY, cover.body, **{**PLACE, **change})
