"""Close past days: keep each account's sums, so that a balance never scans history."""

from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction

from billing.actions.steps import one_at_a_time
from billing.models import ClosedDay, Journal

# Rows carry the moment of their act, a few seconds from their commit: an hour is ample.
MARGIN_HOURS = 1

SUMS = """
INSERT INTO billing_daysum (account_id, day, debit_cents, credit_cents)
SELECT account, day, sum(debit), sum(credit) FROM (
    SELECT debit_id AS account, (posted_at AT TIME ZONE 'UTC')::date AS day,
           amount_cents AS debit, 0 AS credit
    FROM billing_journal WHERE posted_at >= %(start)s AND posted_at < %(end)s
    UNION ALL
    SELECT credit_id, (posted_at AT TIME ZONE 'UTC')::date, 0, amount_cents
    FROM billing_journal WHERE posted_at >= %(start)s AND posted_at < %(end)s
) moved GROUP BY account, day
"""


# The database says what day it is: rows are stamped and refused by the same clock.
ENDED = """
SELECT last, EXISTS (SELECT FROM billing_closedday WHERE day >= last), clock_timestamp()
FROM (SELECT (
    (clock_timestamp() - make_interval(hours => %s)) AT TIME ZONE 'UTC'
)::date - 1 AS last) ended
"""


def close_days() -> int:
    """Close every day in UTC that ended an hour ago; how many were. Any number may run at once.

    By the database's clock, which refuses a day that has not ended.
    """
    last, closed, moment = _ended()
    if closed:
        return 0
    with transaction.atomic(durable=True):
        one_at_a_time(name="close days")
        first = _first_open()
        if first is None or first > last:
            return 0
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        ClosedDay.objects.bulk_create(ClosedDay(day=day, closed_at=moment) for day in days)
        with connection.cursor() as cursor:
            cursor.execute(SUMS, {"start": _midnight(first), "end": _midnight(last + DAY)})
    return len(days)


def _ended() -> tuple[date, bool, datetime]:
    """The last day that may be closed, whether it is, and the moment."""
    with connection.cursor() as cursor:
        cursor.execute(ENDED, [MARGIN_HOURS])
        last, closed, moment = cursor.fetchone()
    return last, closed, moment


DAY = timedelta(days=1)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _first_open() -> date | None:
    """The day after the last closed one, or the day of the first row; None without rows."""
    closed = ClosedDay.objects.order_by("-day").first()
    if closed is not None:
        return closed.day + DAY
    row = Journal.objects.order_by("posted_at").first()
    return row.posted_at.astimezone(UTC).date() if row else None
