"""The two-leg state machine, as a pure value: projection only goes forward."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from billing.rules import renewal_due
from billing.states import ENDED, GIVEN_UP, MOVES, RELEASABLE, LegState, after_refunds, projected
from billing.states.seen import Seen, taken

SEEN = st.builds(
    Seen,
    session_status=st.sampled_from(["", "open", "complete", "expired"]),
    intent_status=st.sampled_from(
        [
            "", "requires_payment_method", "requires_action", "requires_confirmation",
            "processing", "requires_capture", "succeeded", "canceled", "a_new_word",
        ]
    ),
    refused_code=st.sampled_from(["", "card_declined"]),
    cancellation_reason=st.sampled_from(["", "expired", "automatic", "abandoned"]),
    transaction=st.sampled_from(["", "txn_1"]),
)  # fmt: skip


@given(st.sampled_from(LegState), SEEN)
def test_a_projection_is_a_move_or_none(state, seen):
    after = projected(state, seen)
    assert after is state or after in MOVES[state]


@given(st.sampled_from(sorted(ENDED)), SEEN)
def test_an_ended_leg_stays_ended_but_for_what_its_holder_took_meanwhile(state, seen):
    after = projected(state, seen)
    if state in GIVEN_UP and taken(seen):
        passed = state is LegState.CAPTURE_LOST
        assert after is (LegState.CAPTURED if passed else LegState.TAKEN_ELSEWHERE)
    else:
        assert after is state


@given(st.sampled_from(LegState), SEEN)
def test_nothing_is_captured_that_no_operation_asked_for(state, seen):
    if projected(state, seen) is LegState.CAPTURED and state is not LegState.CAPTURED:
        assert state in (LegState.CAPTURING, LegState.CAPTURE_LOST)


@given(st.sampled_from(LegState), SEEN)
def test_what_its_holder_took_is_owed_back_once_it_is_unwanted_and_never_before(state, seen):
    wanted, unwanted = projected(state, seen), projected(state, seen, unwanted=True)
    if LegState.TAKEN_ELSEWHERE not in (state, unwanted):
        assert wanted is unwanted
    if state in RELEASABLE and taken(seen):
        assert (wanted, unwanted) == (LegState.AUTHORISED, LegState.TAKEN_ELSEWHERE)
    assert wanted is state or wanted is not LegState.TAKEN_ELSEWHERE or state in GIVEN_UP


@given(st.integers(0, 3000), st.integers(0, 1000))
def test_what_was_taken_elsewhere_is_given_back_whole_or_still_owed(captured, back):
    refunded = min(captured, back)
    state = after_refunds(captured_cents=captured, refunded_cents=refunded, elsewhere=True)
    left = refunded < captured
    assert state in (
        (LegState.TAKEN_ELSEWHERE,) if left else (LegState.REFUNDED, LegState.CAPTURED)
    )
    assert left or captured == 0 or state is LegState.REFUNDED


@given(st.integers(1, 3000), st.integers(0, 3000), st.integers(0, 3000), st.booleans())
def test_a_payment_is_charged_back_once_a_bank_left_nothing_of_it(taken, back, lost, elsewhere):
    state = after_refunds(
        captured_cents=taken, refunded_cents=min(back, taken), lost_cents=lost, elsewhere=elsewhere
    )
    gone = min(back, taken) + lost >= taken
    assert (state in (LegState.CHARGED_BACK, LegState.REFUNDED)) is gone
    assert (state is LegState.CHARGED_BACK) is (gone and lost > 0)


HOUR = timedelta(hours=1)


@given(st.integers(1, 60 * 24), st.integers(1, 60 * 24), st.integers(0, 60 * 24))
def test_a_hold_is_asked_again_only_late_in_its_life_and_only_if_the_answer_comes_later(
    lives, answer, at
):
    held = datetime(2026, 3, 1, tzinfo=UTC)
    due = renewal_due(
        authorised_at=held, capture_before=held + lives * HOUR, deadline_at=held + answer * HOUR,
        now=held + at * HOUR,
    )  # fmt: skip
    if due:
        assert at < lives < answer + 1
        assert lives - at <= 48 and at >= lives / 2
    if lives > answer + 1:
        assert not due


@given(st.lists(SEEN, max_size=8))
def test_without_a_pass_a_leg_never_leaves_holds_and_releases(pictures):
    state = LegState.DRAFT
    for seen in pictures:
        state = projected(state, seen)
        assert state not in (LegState.CAPTURED, LegState.CAPTURE_LOST, LegState.DUE)


def test_what_stripe_says_is_what_the_leg_becomes():
    hold = Seen(intent_status="requires_capture")
    assert projected(LegState.AUTHORISING, hold) is LegState.AUTHORISED
    taken = Seen(intent_status="succeeded", transaction="txn_1")
    assert projected(LegState.CAPTURING, taken) is LegState.CAPTURED
    late = Seen(intent_status="succeeded")  # the balance does not show it yet
    assert projected(LegState.CAPTURING, late) is LegState.CAPTURING
    for word in ("expired", "automatic"):
        gone = Seen(intent_status="canceled", cancellation_reason=word)
        assert projected(LegState.AUTHORISED, gone) is LegState.EXPIRED
        assert projected(LegState.CAPTURING, gone) is LegState.CAPTURE_LOST
    refused = Seen(intent_status="requires_payment_method", refused_code="card_declined")
    assert projected(LegState.AUTHORISING, refused) is LegState.DECLINED
    old = Seen(intent_status="requires_action")
    assert projected(LegState.AUTHORISED, old) is LegState.AUTHORISED
