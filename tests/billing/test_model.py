"""Every interleaving of the two payments is right, and each seeded mistake is found."""

from dataclasses import fields

import pytest

from tests.billing.model import Bugs, Wrong, walked

# What each mistake leads to; the words are those of the check that finds it.
FOUND = {
    "capture_without_pass": "taken without a pass",
    "fee_does_not_wait": "fee taken without its honoraires",
    "projection_goes_back": "ended twice",
    "lost_honoraires_keep_the_fee": "a fee kept after",
    "release_forgets_an_opening": "ended with money or a page at Stripe",
    "release_takes_back_a_capture": "cancel beside a live capture",
    "new_key_without_a_fetch": "two pages",
    "answer_is_believed": "believed captured",
    "late_fee_stays": "capture beside a live cancel",
}


def test_every_interleaving_ends_once_and_right():
    assert walked(Bugs()) > 1000


@pytest.mark.parametrize("bug", [one.name for one in fields(Bugs)])
def test_a_seeded_mistake_is_found(bug):
    with pytest.raises(Wrong, match=FOUND[bug]):
        walked(Bugs(**{bug: True}))
