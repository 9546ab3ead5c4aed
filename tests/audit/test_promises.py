"""Well-signed stories of speed that was promised, or refused, otherwise than told: each found."""

from datetime import timedelta
from uuid import UUID

import pytest

from audit.law import packs
from audit.verifier import HERE_FOR
from broker.queries import presence
from tests.audit.forge import entry, written
from tests.audit.test_timed_ties import JUDGED, LINE
from tests.audit.test_verifier import (
    bent,
    checked,
    data,
    decided,
    is_refused,
    is_verified,
    requoted,
    shown,
)

SUBJECT = UUID(int=1)


def asked(*, here=False, scopes=("promise",), **facts):
    """What the rules say of a promise, by who is here."""
    facts["physician_ready_now"] = here
    return shown(decision=decided(pack=packs.load(), scopes=scopes, **facts))[0]


def turned_down(n=2, decision=None, subject=SUBJECT, **said):
    """An answer within minutes is refused while nobody is here to give it."""
    told = {"code": "NO_ELIGIBLE_PRESENT", "tier": "express-15", **said}
    one = entry("promise.refused", subject, data=told, decision=decision or asked())
    return lambda es: es.insert(n, one)


HONEST = {
    "one refused before its quote is agreed to": turned_down(),
    "one by the minute": turned_down(tier="live"),
    "one asked twice": lambda es: [turned_down()(es) for _ in range(2)],
    "one of a question that waits in a queue": turned_down(n=4),
}


@pytest.mark.parametrize("what", HONEST)
def test_a_promise_refused_honestly_is_verified(tmp_path, what):
    is_verified(tmp_path, bent(HONEST[what]))


FORGED = {
    "a promise refused that the rules allow": (turned_down(decision=asked(here=True)), 2),
    "a promise refused by another rule than that on promises": (
        turned_down(decision=asked(
            here=True, scopes=("promise", "intake"), red_flag_detected=True,
        )), 2,
    ),
    "a promise refused by no rule": (
        lambda es: es.insert(2, entry("promise.refused", SUBJECT, data={
            "code": "NO_ELIGIBLE_PRESENT", "tier": "live",
        })), 2,
    ),
    "a promise refused by another code": (turned_down(code="NOT_REGISTERED"), 2),
    "a promise refused by no code": (turned_down(code=""), 2),
    "a promise of no speed refused": (turned_down(tier="async-48h"), 2),
    "a promise refused to a subject that asked nothing": (turned_down(subject=UUID(int=7)), 2),
    "a promise refused before there was a question": (turned_down(n=0), 0),
    "a promise refused while somebody answers": (turned_down(n=5), 5),
    "a promise refused of a question that is over": (turned_down(n=11), 11),
}  # fmt: skip


@pytest.mark.parametrize("what", FORGED)
def test_a_promise_refused_otherwise_than_told_is_found(tmp_path, what):
    change, index = FORGED[what]
    is_refused(tmp_path, bent(change), index)


SEEN = "2026-11-21T08:59:00.000000Z"


def quoted(seen=SEEN, tier="express-15", agreed=SEEN, **terms):
    """A quote of a tier by speed, on a list that names it, whose physician was here so lately.

    `agreed` is when they were last seen before it was agreed to.
    """

    def told(entries):
        rate = 100 if tier == "live" else 0
        by = {"per_minute_cents": rate, "cap_minutes": 5} if rate else {}
        by |= {"physician_seen_at": seen} if seen else {}
        requoted(entries, tier=tier, answer_within_seconds=3600, **by, **terms)
        data(entries, 2).update({"physician_seen_at": agreed} if agreed else {})
        unit = "per_minute" if rate else "per_speed_tier"
        line = {**LINE, "tier": tier, "platform_cents": rate or 500, "pricing_unit": unit}
        priced = {"price_cents": rate or 500, "pricing_unit": unit}
        entries[:0] = [
            entry("offer.judged", UUID(int=9), data=priced, decision=dict(JUDGED)),
            entry("schedule.published", UUID(int=9), data=line),
        ]
        del entries[5:]  # what follows is told elsewhere

    return told


SIGNS_OF_LIFE = pytest.mark.parametrize(
    ("seen", "ok"),
    [
        ("2026-11-21T09:00:00.000000Z", True),
        ("2026-11-21T09:00:04.000000Z", True),  # a sign of life while the request waited
        ("2026-11-21T08:58:01.000000Z", True),
        ("2026-11-21T08:58:00.000000Z", False),
        ("2026-11-21T09:00:06.000000Z", False),
        ("a moment ago", False),
        ("", False),
    ],
)


@pytest.mark.parametrize("tier", ["express-15", "live"])
@SIGNS_OF_LIFE
def test_a_speed_is_quoted_while_its_physician_is_here(tmp_path, tier, seen, ok):
    report = checked(written(tmp_path / "export", bent(quoted(seen, tier))))
    assert report.ok is ok, report.why
    assert ok or report.bad_index == 3


@pytest.mark.parametrize("tier", ["express-15", "live"])
@SIGNS_OF_LIFE
def test_a_speed_is_agreed_to_while_its_physician_is_here(tmp_path, tier, seen, ok):
    report = checked(written(tmp_path / "export", bent(quoted(tier=tier, agreed=seen))))
    assert report.ok is ok, report.why
    assert ok or report.bad_index == 4


def an_hour_later(seen):
    """The story of a quote that was agreed to an hour after it was issued."""

    def told(entries):
        quoted(agreed=seen)(entries)
        said = entries[4][1]
        said["at"] = said["data"]["accepted_at"] = "2026-11-21T10:00:00.000000Z"

    return told


@pytest.mark.parametrize(("seen", "ok"), [(SEEN, False), ("2026-11-21T09:59:30.000000Z", True)])
def test_who_was_here_for_the_quote_is_here_again_for_its_acceptance(tmp_path, seen, ok):
    report = checked(written(tmp_path / "export", bent(an_hour_later(seen))))
    assert report.ok is ok, report.why
    assert ok or report.bad_index == 4


def test_an_answer_within_two_days_is_agreed_to_whoever_is_here(tmp_path):
    assert checked(written(tmp_path / "export", bent(lambda es: None))).ok


def test_the_verifier_knows_how_long_somebody_is_here():
    assert timedelta(seconds=HERE_FOR) == presence.HERE_FOR


def test_a_speed_that_costs_nothing_is_quoted_to_nobody_who_waits_alone(tmp_path):
    free = bent(lambda es: requoted(es, tier="live", platform_cents=0, honoraires_cents=0))
    is_refused(tmp_path, free, 1)
