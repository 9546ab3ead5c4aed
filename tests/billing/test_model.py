"""Every interleaving of the two payments is right, and each seeded mistake is found."""

import pytest

from tests.billing.interleavings import walked
from tests.billing.model import NO_FEE, SEEDED, WAYS, Bugs, Wrong

RENEWED, METERED = ("renew own", NO_FEE), ("meter", "off")
ELSEWHERE, REFUNDED = ("elsewhere own", NO_FEE), ("refund", "off")
BY_HAND = ("meter", "off", "elsewhere fee")
# What each mistake leads to, in the words of the check that finds it, and where it is looked for.
FOUND = {
    "capture_without_pass": ("taken without a pass", ()),
    "fee_does_not_wait": ("fee taken without its honoraires", ()),
    "projection_goes_back": ("ended twice", ()),
    "lost_honoraires_keep_the_fee": ("a fee kept after", ()),
    "release_forgets_an_opening": ("ended with money or a page at Stripe", ()),
    "release_takes_back_a_capture": ("cancel beside a live capture", ()),
    "new_key_without_a_fetch": ("two pages", ()),
    "answer_is_believed": ("believed captured", ()),
    "late_fee_stays": ("capture beside a live cancel", ()),
    "capture_takes_the_whole_hold": ("taken 2 of 2 with 1 on the meter", METERED),
    "book_counts_the_whole_hold": ("posted twice, or too much", METERED),
    "lost_fee_is_the_whole_hold": ("posted twice, or too much", METERED),
    "empty_meter_is_captured": ("taken for nothing", METERED),
    "renewal_beside_a_capture": ("taken twice", RENEWED),
    "renewal_of_an_ended_hold": ("ended with money or a page at Stripe", RENEWED),
    "hold_before_is_kept": ("keeps a hold that does not count", RENEWED),
    "picture_of_the_hold_before": ("ended with money or a page at Stripe", RENEWED),
    "late_page_is_forgotten": ("keeps a hold that does not count", RENEWED),
    "taken_elsewhere_is_kept": ("never ends", ELSEWHERE),
    "taken_elsewhere_is_a_capture": ("captured without a pass", ELSEWHERE),
    "more_than_the_meter_is_kept": ("posted twice, or too much", BY_HAND),
    "refund_under_a_new_key": ("given back twice", REFUNDED),
    "refund_beside_a_refund": ("refund beside a live refund", REFUNDED),
}
# Ways together; the longest of them only when there is time.
WALKS = [
    (), ("off",), METERED, REFUNDED, ELSEWHERE, BY_HAND, RENEWED,
    ("renew fee", "off"),
    *(
        pytest.param(ways, marks=pytest.mark.long)
        for ways in (
            ("meter",), ("refund",), ("elsewhere own",), ("elsewhere fee",),
            ("renew own",), ("renew fee",),
            ("renew fee", "off", "meter"), ("renew fee", "off", "elsewhere fee"),
            ("renew own", "elsewhere own", NO_FEE), ("renew own", "refund", NO_FEE),
            ("refund", "elsewhere own"), ("refund", "elsewhere fee"), ("meter", "refund"),
            ("meter", "elsewhere fee"),
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize("ways", WALKS, ids=lambda ways: " + ".join(ways) or "plain")
def test_every_interleaving_ends_once_and_right(ways):
    assert set(ways) <= {*WAYS, NO_FEE}
    assert walked(Bugs(), *ways) > 200


@pytest.mark.parametrize("bug", SEEDED)
def test_a_seeded_mistake_is_found(bug):
    words, ways = FOUND[bug]
    with pytest.raises(Wrong, match=words):
        walked(Bugs(**{bug: True}), *ways)
