"""What a meter may count: when both were there, in whole elapsed minutes, up to a cap. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

MINUTE = timedelta(minutes=1)
# A line that says nothing for longer is not shown to stand: the pages speak every 5 seconds.
SILENCE = timedelta(seconds=15)
# The longest exchange that a patient may set as the cap, and what the page offers to pick from.
MOST_MINUTES = 30
CAPS_MINUTES = (5, 10, 15, 20, MOST_MINUTES)
# Pieces of presence that one entry tells of; what a flapping line adds beyond is not charged.
MOST_PIECES = 300


def lasts_longer(span: tuple[datetime, datetime], seconds: int) -> bool:
    """Whether an exchange lasted longer than so many seconds, to the microsecond.

    >>> start = datetime(2026, 3, 1)
    >>> [lasts_longer((start, start + timedelta(seconds=s)), 15) for s in (15.000, 15.001)]
    [False, True]
    """
    return span[1] - span[0] > timedelta(seconds=seconds)


@dataclass(frozen=True, order=True)
class Interval:
    """A stretch of time, from its first instant up to its last."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it is; nothing when it ends before it starts."""
        return max(self.end - self.start, timedelta(0))


def united(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time without overlaps: two tabs of one person count once."""
    done: list[Interval] = []
    for one in sorted(one for one in intervals if one.end > one.start):
        if done and one.start <= done[-1].end:
            done[-1] = Interval(done[-1].start, max(done[-1].end, one.end))
        else:
            done.append(one)
    return done


def together(
    patient: Iterable[Interval], physician: Iterable[Interval], span: Interval
) -> list[Interval]:
    """When both were there, inside the span that the meter ran for."""
    found = [
        Interval(max(one.start, other.start, span.start), min(one.end, other.end, span.end))
        for one in united(patient)
        for other in united(physician)
    ]
    return united(found)


def elapsed(intervals: Iterable[Interval]) -> timedelta:
    """How long these are in all; they do not overlap."""
    whole = list(intervals)
    assert all(one.end <= other.start for one, other in pairwise(whole)), "overlapping time"
    return sum((one.length for one in whole), timedelta(0))


@dataclass(frozen=True)
class Meter:
    """A meter as it stands: its rate and cap as quoted, and the time it may count."""

    per_minute_cents: int
    cap_minutes: int
    pieces: tuple[Interval, ...] = ()
    started_at: datetime | None = None
    stopped: bool = False
    both_now: bool = False

    @property
    def elapsed(self) -> timedelta:
        """The time that both were there, to the microsecond."""
        return elapsed(self.pieces)

    @property
    def minutes(self) -> int:
        """Whole elapsed minutes, never more than the cap."""
        return min(self.elapsed // MINUTE, self.cap_minutes)

    @property
    def cents(self) -> int:
        """What is owed for them."""
        return self.minutes * self.per_minute_cents

    @property
    def cap_cents(self) -> int:
        """The most that can ever be owed."""
        return self.cap_minutes * self.per_minute_cents

    @property
    def full(self) -> bool:
        """The cap is reached: what follows costs nothing more."""
        return self.minutes == self.cap_minutes

    @property
    def running(self) -> bool:
        """Whether time is being counted now."""
        started = self.started_at is not None
        return started and self.both_now and not self.stopped and not self.full


def shown(pieces: list[Interval]) -> tuple[Interval, ...]:
    """The pieces that one entry can tell of, the longest first kept; what is not told is free."""
    kept = sorted(pieces, key=lambda one: one.length, reverse=True)[:MOST_PIECES]
    return tuple(sorted(kept))
