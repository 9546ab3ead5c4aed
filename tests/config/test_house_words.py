"""How amounts and moments are written, in both languages."""

from datetime import UTC, datetime

import pytest
from django.utils import translation

from config.templatetags.house import brief, deadline, euros, moment

AT = datetime(2026, 11, 21, 20, 41, 58, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cents", "french", "english"),
    [
        (2500, "25,00\u00a0€", "€25.00"),
        (0, "0,00\u00a0€", "€0.00"),
        (-305, "−3,05\u00a0€", "−€3.05"),
        (123456789, "1\u202f234\u202f567,89\u00a0€", "€1,234,567.89"),
        (None, "", ""),
    ],
)
def test_amounts(cents, french, english):
    with translation.override("fr"):
        assert euros(cents) == french
    with translation.override("en"):
        assert euros(cents) == english


def test_moments_are_shown_in_the_time_of_paris_and_kept_exact_for_machines():
    with translation.override("fr"):
        assert "21\u00a0nov. 2026 à 21:41" in moment(AT).lower()
        assert 'data-until="2026-11-21T20:41:58+00:00"' in deadline(AT)
    with translation.override("en"):
        assert "21 Nov 2026, 21:41" in moment(AT)
    assert moment(None) == deadline(None) == ""


def test_a_hash_is_shown_by_its_beginning():
    assert brief("ab" * 32) == "abababababab…"
    assert brief("abc") == "abc"
