"""No text is too long to be heard to its end, in time and memory that stay in proportion."""

import tracemalloc
from time import process_time

import pytest

from consults.screen import screen
from consults.screen.pieces import OVERLAP, PIECE, pieces

CALM = "Je prends du paracétamol pour mon genou depuis lundi et tout va bien. "
DANGER = "Mon père ne respire plus et il est tout bleu."


@pytest.mark.parametrize("before", [0, 100, 700])
def test_danger_at_any_place_of_a_long_text_is_heard(before):
    text = CALM * before + DANGER + " " + CALM * 20
    heard = screen(text)
    # A cut may leave half a sentence that sounds graver still: the emergency is heard as well.
    assert heard.label in ("emergency_red_flag", "suicidal") and "emergency" in heard.alerts


def test_the_gravest_of_all_pieces_is_acted_upon_and_every_alert_is_kept():
    heard = screen(CALM * 200 + DANGER + CALM * 200 + "Je veux mourir. " + CALM * 200)
    assert heard.label == "suicidal" and heard.alerts == ("suicidal", "emergency")


def test_a_long_calm_text_is_no_alarm():
    assert screen(CALM * 400).label == "ordinary_question"


def test_pieces_cover_a_text_whole_and_overlap():
    text = "".join(f"mot{number} " for number in range(4_000))
    parts = list(pieces(text))
    assert all(len(part) <= PIECE for part in parts)
    assert parts[0] + "".join(part[OVERLAP:] for part in parts[1:]) == text
    assert list(pieces("court")) == ["court"] and list(pieces("")) == [""]
    assert sum(map(len, pieces("x" * 50_000))) < 60_000


def test_a_very_long_text_takes_time_in_proportion():
    screen(DANGER)
    text = CALM * 1_500
    assert len(text) > 100_000
    begun = process_time()
    screen(text[:20_000])
    short = process_time() - begun
    begun = process_time()
    screen(text[:100_000])
    assert process_time() - begun < 12 * short


def test_a_very_long_text_is_heard_in_little_memory():
    text = CALM * 600
    screen(DANGER)
    tracemalloc.start()
    try:
        screen(text)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
