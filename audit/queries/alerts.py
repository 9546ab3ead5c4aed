"""How long alerts waited for a human, read off the entries: numbers, no kind, no one."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from audit.facts import NATIONAL

DAYS = 30


@dataclass(frozen=True)
class Waits:
    """The last days' alerts within a reach; seconds are None where nothing was acknowledged."""

    acknowledged: int
    median_seconds: int | None
    longest_seconds: int | None
    passed_on: int
    operator_told: int


_WAITS = """
WITH said AS (
  SELECT type, (convert_from(body, 'UTF8')::jsonb -> 'data' ->> 'after_seconds')::int AS seconds
  FROM audit_entry
  WHERE type IN ('alert.acknowledged', 'alert.escalated', 'alert.forwarded')
    AND at > now() - make_interval(days => %s) AND (%s OR scope = ANY(%s))
)
SELECT count(*) FILTER (WHERE type = 'alert.acknowledged'),
       (percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds)
          FILTER (WHERE type = 'alert.acknowledged'))::int,
       max(seconds) FILTER (WHERE type = 'alert.acknowledged'),
       count(*) FILTER (WHERE type = 'alert.escalated'),
       count(*) FILTER (WHERE type = 'alert.forwarded')
FROM said
"""


def alert_waits(*, codes: Sequence[str], whole: bool) -> Waits:
    """The figures of the last thirty days over the entries that a reach covers."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITS, [DAYS, whole, [*codes, NATIONAL]])
        return Waits(*cursor.fetchone())
