"""Somebody arrives from a site that sells sick notes: turned away, and the site's name recorded.

Of the visitor nothing is kept. A site is recorded once an hour, so that nobody can fill the log.
"""

from datetime import datetime, timedelta
from uuid import NAMESPACE_DNS, uuid5

from django.db import connection, transaction

from audit.actions import record
from audit.facts import NATIONAL, SYSTEM, instant
from audit.law import packs
from audit.law.model import Fact
from audit.law.words import refusal_code
from audit.queries.decisions import latest_decision
from broker.rules import may_send_visitors

ONCE = timedelta(hours=1)
TURN = 7_403_223


def turn_away(*, site: str, now: datetime) -> str:
    """Judge an arrival from a listed site and record it; returns the code of the refusal."""
    sells = Fact(True, "operator", f"refused_sites: {site}")
    decision = may_send_visitors(
        facts={"offer_mentions_obtaining_sick_leave": sells}, at=now, pack=packs.load()
    )
    code = refusal_code(decision)
    subject = uuid5(NAMESPACE_DNS, site)
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [TURN])
            (mine,) = cursor.fetchone()
        before = latest_decision(subject, ("arrival.refused",))
        if mine and (before is None or before["at"] < instant(now - ONCE)):
            record(
                type="arrival.refused",
                subject=subject,
                scope=NATIONAL,
                actor=SYSTEM,
                now=now,
                data={"code": code, "site": site},
                decision=decision,
            )
    return code
