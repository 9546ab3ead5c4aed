"""F13, the meter: whole elapsed minutes that both were there, never above the patient's cap."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from billing.models import MeterReading, Presence
from billing.money.metering import (
    MINUTE,
    MOST_PIECES,
    Interval,
    Meter,
    elapsed,
    shown,
    together,
    united,
)
from billing.queries.metering import meter_of
from tests.billing.metered import Exchange, offer_live

T = datetime(2026, 3, 29, 0, 50, tzinfo=UTC)  # the clocks of Paris change ten minutes later
SPAN = Interval(T, T + timedelta(hours=3))


def at(seconds: float) -> datetime:
    return T + timedelta(seconds=seconds)


def cut(*pairs: tuple[float, float]) -> list[Interval]:
    return [Interval(at(start), at(end)) for start, end in pairs]


STRETCHES = st.lists(
    st.tuples(st.integers(0, 10_800_000_000), st.integers(0, 10_800_000_000)).map(
        lambda pair: Interval(
            *(T + timedelta(microseconds=one) for one in sorted(pair)),
        )
    ),
    max_size=6,
)


@pytest.mark.parametrize(
    ("patient", "physician", "minutes", "cents"),
    [
        (cut((0, 720)), cut((0, 720)), 12, 2388),
        (cut((0, 719)), cut((0, 720)), 11, 2189),
        (cut((0, 719.999999)), cut((0, 720)), 11, 2189),
        (cut((0, 300), (480, 900)), cut((0, 900)), 12, 2388),  # three minutes cut off add none
        (cut((0, 720), (0, 720), (100, 700)), cut((0, 720)), 12, 2388),  # three tabs of one
        (cut((0, 400)), cut((400, 800)), 0, 0),  # never there together
        (cut((0, 5000)), cut((0, 5000)), 20, 3980),  # never above the cap
        ([], cut((0, 720)), 0, 0),
    ],
)
def test_minutes_are_those_that_both_were_there(patient, physician, minutes, cents):
    meter = Meter(199, 20, tuple(together(patient, physician, SPAN)), T)
    assert (meter.minutes, meter.cents) == (minutes, cents)


@given(STRETCHES, STRETCHES)
def test_a_meter_never_counts_more_than_either_side_was_there(patient, physician):
    both = together(patient, physician, SPAN)
    assert both == together(physician, patient, SPAN)
    assert elapsed(both) <= min(elapsed(united(patient)), elapsed(united(physician)))
    assert all(SPAN.start <= one.start < one.end <= SPAN.end for one in both)


@given(STRETCHES, STRETCHES, STRETCHES)
def test_another_tab_can_only_show_more_and_never_counts_twice(patient, physician, tab):
    one = elapsed(together(patient, physician, SPAN))
    more = elapsed(together([*patient, *tab], physician, SPAN))
    same = elapsed(together([*patient, *patient], physician, SPAN))
    assert one == same <= more <= elapsed(united(physician))


@given(STRETCHES, STRETCHES, st.integers(0, 10_800))
def test_two_parts_of_a_span_are_together_the_whole(patient, physician, middle):
    cut_at = at(middle)
    parts = [Interval(SPAN.start, cut_at), Interval(cut_at, SPAN.end)]
    counted = [elapsed(together(patient, physician, part)) for part in parts]
    assert sum(counted, timedelta(0)) == elapsed(together(patient, physician, SPAN))


@given(STRETCHES, STRETCHES, st.integers(50, 400), st.sampled_from([5, 10, 15, 20, 30]))
def test_cents_are_the_rate_times_whole_minutes_within_the_cap(patient, physician, rate, cap):
    meter = Meter(rate, cap, tuple(together(patient, physician, SPAN)), T)
    assert meter.cents == rate * meter.minutes <= meter.cap_cents == rate * cap
    assert meter.minutes * MINUTE <= meter.elapsed
    assert meter.full or meter.elapsed < (meter.minutes + 1) * MINUTE


def test_what_an_entry_cannot_tell_of_is_not_counted():
    pieces = cut(*((n * 10, n * 10 + 5) for n in range(MOST_PIECES)), (9000, 9600))
    kept = shown(pieces)
    assert len(kept) == MOST_PIECES and list(kept) == sorted(kept)
    assert Interval(at(9000), at(9600)) in kept


@pytest.fixture
def exchange(database, walk) -> Exchange:
    database.takes_any_moment()
    return Exchange.begun(walk)


def test_the_meter_starts_with_the_first_message_of_the_physician(exchange):
    exchange.goes_on(60)
    exchange.says("patient")
    exchange.goes_on(60)
    assert meter_of(exchange.walk.question, exchange.at).started_at is None
    exchange.says("physician")
    exchange.goes_on(75)
    meter = meter_of(exchange.walk.question, exchange.at)
    assert (meter.minutes, meter.elapsed, meter.running) == (1, timedelta(seconds=75), True)


def test_time_that_one_side_was_cut_off_adds_nothing(exchange):
    exchange.says()
    exchange.goes_on(300)
    exchange.goes_on(180, there=("physician",))
    exchange.goes_on(300)
    meter = meter_of(exchange.walk.question, exchange.at)
    assert (meter.minutes, meter.elapsed) == (10, timedelta(seconds=600))
    assert Presence.objects.filter(side="patient").count() == 2  # stretches, not beats
    assert Presence.objects.filter(side="physician").count() == 1


def test_a_line_that_falls_silent_ends_at_its_last_word(exchange):
    exchange.says()
    exchange.goes_on(120)
    last = exchange.at
    exchange.at += timedelta(seconds=16)  # its server was killed, and it came back too late
    exchange.goes_on(30)
    meter = meter_of(exchange.walk.question, exchange.at)
    assert meter.elapsed == timedelta(seconds=150)
    assert last in {one.end for one in meter.pieces}


def test_two_tabs_lengthen_one_stretch(exchange):
    exchange.says()
    exchange.goes_on(60)
    for _ in range(3):
        exchange.speaks("patient", exchange.at, since=exchange.at - timedelta(seconds=7))
    assert Presence.objects.filter(side="patient").count() == 1
    assert meter_of(exchange.walk.question, exchange.at).elapsed == timedelta(seconds=60)


@pytest.mark.parametrize("side", ["patient", "physician"])
def test_either_side_ends_it_and_nothing_after_counts(exchange, side):
    exchange.says()
    exchange.goes_on(90)
    exchange.ends(side)
    exchange.ends(side)
    exchange.goes_on(90)
    meter = meter_of(exchange.walk.question, exchange.at)
    assert (meter.elapsed, meter.running, meter.stopped) == (timedelta(seconds=90), False, True)


def test_the_database_lets_presence_move_by_one_beat_at_a_time(exchange):
    exchange.says()
    exchange.goes_on(30)
    row = Presence.objects.filter(side="patient")
    for forged in (
        {"seen_at": exchange.at + timedelta(minutes=5)},
        {"seen_at": exchange.at - timedelta(seconds=20)},
        {"began_at": exchange.at - timedelta(minutes=5)},
        {"side": "physician"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(**forged)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.delete()


@pytest.mark.parametrize(
    ("minutes", "cents", "cap"),
    [(2, 398, 3980), (1, 200, 3980), (1, 199, 199)],
    ids=["more than was shown", "another rate", "another cap"],
)
def test_the_database_counts_the_minutes_again(exchange, minutes, cents, cap):
    exchange.says()
    began = exchange.at
    exchange.goes_on(90)
    with pytest.raises(IntegrityError), transaction.atomic():
        MeterReading.objects.create(
            subject=exchange.quote.subject, question=exchange.walk.question, quote=exchange.quote,
            per_minute_cents=199, cap_cents=cap, minutes=minutes, cents=cents, started_at=began,
            read_at=exchange.at,
        )  # fmt: skip


def test_a_rate_that_is_not_offered_is_on_no_quote(walk):
    offer_live(walk)
    quote = walk.quoted(tier="live", cap_minutes=10)
    quote.pk, quote.per_minute_cents = walk.question, 399
    quote.platform_cents, quote.sha256 = 3990, "0" * 64
    with pytest.raises(IntegrityError, match="no such rate"), transaction.atomic():
        quote.save(force_insert=True)
