"""Well-signed stories of time, presence, offers and holds that are untrue: each is refused."""

import copy
from uuid import UUID, uuid4

import pytest

from audit import verifier
from billing.money import FORFAIT, TIERS
from billing.money.tiers import PRICED_BY, SWITCHED
from tests.audit.forge import entry, written
from tests.audit.test_money_ties import acquitted, at_practice, both, look, paper, says
from tests.audit.test_verifier import (
    bent,
    checked,
    data,
    decided,
    in_log,
    is_refused,
    is_verified,
    leg,
    requoted,
    row,
    shown,
    story,
)

SUBJECT = UUID(int=1)
PHYSICIAN = {"kind": "physician", "id": str(UUID(int=5))}
JUDGED = shown(decision=decided(scopes=("offer", "words")))[0]
PRICED = {"price_cents": 100, "pricing_unit": "per_minute"}
LINE = {
    "tier": "live", "version": 1, "platform_cents": 100, "vat_bps": 2000,
    "answer_within_seconds": 3600, "effective_from": "2026-11-21T08:30:00.000000Z",
    "withdrawn": False, "pricing_unit": "per_minute", "offer": JUDGED["id"],
}  # fmt: skip
# Where things are in the live story, after the two entries of its offer.
OFFER, PUBLISHED, QUOTED, CAME, SAID, STOP, GATE, OWN, FEE = 0, 1, 3, 6, 9, 10, 12, 13, 14
END = 16


def told(kind, **said):
    return entry(kind, SUBJECT, data=said)


def at(minute, second):
    return f"2026-11-21T09:{minute:02}:{second:02}.000000Z"


def live():
    """Two whole minutes of a metered exchange, agreed at 1 euro each and at most five."""
    entries = story(SUBJECT)
    requoted(entries, tier="live", per_minute_cents=100, cap_minutes=5,
             answer_within_seconds=3600, physician_seen_at=at(0, 0))  # fmt: skip
    data(entries, 2)["physician_seen_at"] = at(0, 0)
    entries[:0] = [
        entry("offer.judged", UUID(int=9), data=dict(PRICED), decision=dict(JUDGED)),
        entry("schedule.published", UUID(int=9), data=dict(LINE)),
    ]
    entries[6:8] = [
        told("presence.began", side="patient", began_at=at(1, 0)),
        told("presence.began", side="physician", began_at=at(1, 2)),
        entries[6],
        entry("message.posted", SUBJECT, actor=PHYSICIAN),
        told("meter.stopped", quote="q1", side="patient", stopped_at=at(3, 20)),
    ]
    gate = data(entries, GATE)
    gate["metered"] = {
        "per_minute_cents": 100, "cap_cents": 500, "minutes": 2, "cents": 200,
        "started_at": at(1, 5), "together": [[at(1, 5), at(3, 20)]],
    }  # fmt: skip
    gate["journal"][1:] = [
        row("platform", "receivable", "platform_fee", 167, "gate:q1", 10),
        row("platform", "receivable", "vat_due", 33, "gate:q1", 11),
    ]
    data(entries, FEE)["captured_cents"] = 200
    data(entries, FEE)["journal"][0]["cents"] = 200
    moments = {0: (0, 0), 1: (0, 0), 2: (0, 0), 5: (0, 10), 6: (1, 4), 7: (1, 4), 8: (1, 4),
               9: (1, 5), 10: (3, 20), 11: (4, 0), 12: (4, 0)}  # fmt: skip
    for n, one in enumerate(entries):
        moment = entries[n][1].get("at") or at(*moments.get(n, (5, n)))
        one[1]["at"] = moment
        if "decision" in one[1]:
            one[1]["decision"] = {**one[1]["decision"], "at": moment}
    return entries


def metered(**said):
    return lambda es: data(es, GATE)["metered"].update(said)


def set_at(n, moment, **said):
    def told(entries):
        entries[n][1]["at"] = moment
        data(entries, n).update(said)

    return told


def test_an_honest_live_exchange_is_verified(tmp_path):
    report = checked(written(tmp_path / "export", live()))
    assert report.ok, (report.bad_index, report.why)
    assert report.money["captures"] == 2


FORGED_LIVE = {
    "a presence told of an hour later": (lambda es: data(es, CAME).update(began_at=at(0, 20)), 6),
    "a presence that is yet to come": (lambda es: data(es, CAME).update(began_at=at(2, 0)), 6),
    "a presence of somebody else": (lambda es: data(es, CAME).update(side="operator"), 6),
    "a meter ended at another moment than its entry's": (
        lambda es: data(es, STOP).update(stopped_at=at(3, 59)), STOP,
    ),
    "a meter that starts before the physician wrote": (
        metered(started_at=at(1, 2), together=[[at(1, 2), at(3, 20)]]), GATE,
    ),
    "a meter that starts though no physician wrote": (
        lambda es: es[SAID][1].update(actor={"kind": "patient", "id": "x"}), GATE,
    ),
    "a meter that counts from where nobody came": (
        metered(together=[[at(1, 5), at(2, 5)], [at(2, 10), at(3, 20)]]), GATE,
    ),
    "a meter that runs on past the signed answer": (
        both(lambda es: es.__delitem__(STOP),
             lambda es: data(es, GATE - 1)["metered"].update(together=[[at(1, 5), at(8, 0)]],
                                                             minutes=5, cents=500)), GATE - 1,
    ),
    "a line by the minute that nobody judged": (
        lambda es: data(es, PUBLISHED).update(offer=""), PUBLISHED,
    ),
    "a line dearer than what was judged": (
        lambda es: data(es, PUBLISHED).update(platform_cents=300), PUBLISHED,
    ),
    "a price by the minute told as one by the act": (
        lambda es: data(es, PUBLISHED).update(pricing_unit="per_act", offer=""), PUBLISHED,
    ),
    "a quote by the minute that is on no price list": (
        lambda es: es.__delitem__(slice(0, 2)), QUOTED - 2,
    ),
    "a quote of a tier that was taken out": (
        lambda es: es.insert(2, entry(
            "schedule.published", uuid4(), data={**LINE, "version": 2, "withdrawn": True},
        )), QUOTED + 1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", FORGED_LIVE)
def test_a_live_exchange_that_did_not_happen_so_is_found(tmp_path, what):
    change, index = FORGED_LIVE[what]
    entries = copy.deepcopy(live())
    change(entries)
    for one in entries:  # what was put in is told at the moment of the story
        one[1].setdefault("at", at(0, 0))
    is_refused(tmp_path, entries, index)


HELD, FREED = ("memo_held", "memo_contra"), ("memo_contra", "memo_held")


def hold(party="honoraires", n=3):
    """A hold is placed, and the gate does not end it."""
    cents, book = {"honoraires": (3000, "dr:1"), "platform": (500, "platform")}[party]
    said = {**leg("q1", party, cents), "journal": [row(book, *HELD, cents, f"{party}:pi")]}
    return lambda es: es.insert(n, entry("leg.authorised", SUBJECT, data=said))


def freed(n=8):
    """The gate ends the hold of the honoraires."""
    return lambda es: data(es, n)["journal"].append(row("dr:1", *FREED, 3000, "gate:q1", 1))


def renewed(entries):
    rows = [row("dr:1", *FREED, 3000, "old"), row("dr:1", *HELD, 3000, "new")]
    says("leg.renewed", rows=rows)(entries)


def taken(cents, rows):
    """The holder took it before any answer; nothing else of the story follows."""

    def told(entries):
        del entries[5:]
        says("leg.owed-back", rows=rows, captured_cents=cents)(entries)

    return told


def took(cents):
    return row("dr:1", "stripe", "external", cents, "txn:x")


def ordered_back(cents):
    return says("leg.refund-ordered", refund_cents=cents, reason="taken-elsewhere")


def later(entries):
    entries.append(entry("record.listed", uuid4()))
    entries[-1][1]["at"] = "2026-11-22T09:00:00.000000Z"


def noted(entries):
    """A hold is seen taken by its holder, and nothing else of the story follows."""
    del entries[5:]
    says("leg.taken-elsewhere", taken_cents=3000)(entries)


def fee_taken_elsewhere(given_up):
    """The fee that the gate earned is taken by hand, and so much of it is given up."""

    def told(entries):
        del entries[9:]
        lost = row("platform", "platform_fee", "receivable", given_up, "lost")
        rows = [lost, row("platform", "stripe", "external", 500, "txn:x")]
        says("leg.owed-back", "platform", rows, captured_cents=500)(entries)
        says("leg.refund-ordered", "platform", refund_cents=500, reason="taken-elsewhere")(entries)

    return told


def queued_again(entries):
    """The agreed time is over with the answer, but for a second entry that begins it anew."""
    requoted(entries, answer_within_seconds=4)
    entries.insert(4, entry("question.queued", SUBJECT))


def reminder(days=7, party="honoraires"):
    return says("leg.reminded", party, days=days)


def included(entries):
    """A pass that earns nothing: another exchange covers this one."""
    at_practice(entries)
    data(entries, 7)["journal"] = []
    del entries[8:]


def waived(entries):
    says("leg.waived", rows=[row("dr:1", "honoraires", "receivable", 3000, "w")])(entries)


def addressed(**said):
    told = {"customer": str(uuid4()), "business": True, **said}
    return lambda es: es.append(entry("invoice.addressed", SUBJECT, data=told))


def confirmed(kind, quote="q1", n=99):
    return lambda es: es.insert(n, entry(kind, SUBJECT, data={"quote": quote}))


def breach(late, n=6):
    def told(entries):
        requoted(entries, answer_within_seconds=1)
        entries.insert(n, entry("question.breached", SUBJECT, data={"seconds_late": late}))

    return told


HONEST = {
    "a hold that the gate ends": both(hold(), freed()),
    "a hold placed again before the answer": both(
        hold(), renewed, lambda es: es.insert(4, es.pop()), freed(9)
    ),
    "money taken elsewhere, and ordered back": both(
        taken(3000, [took(3000)]), ordered_back(3000), later
    ),
    "part of a hold taken elsewhere, and ordered back": both(
        taken(2000, [took(2000)]), ordered_back(2000), later
    ),
    "a fee taken by hand, given up and ordered back": fee_taken_elsewhere(500),
    "a hold that its holder took, ordered back": both(
        noted, says("leg.owed-back", rows=[took(3000)]), ordered_back(3000), later
    ),
    "a reminder whose note comes after the settlement": both(at_practice, acquitted(), reminder()),
    "reminders at two bounds": both(at_practice, reminder(7), reminder(30), acquitted()),
    "an order confirmed, invoiced to a business": both(
        confirmed("order.confirmed"), addressed(), paper(1, 500, "q1/platform", 83, "platform")
    ),
    "an answer in the last moment of its time": lambda es: requoted(es, answer_within_seconds=4),
    "a time that passed while somebody was at it": both(
        breach(2), lambda es: es.__delitem__(slice(8, None))
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", HONEST)
def test_an_honest_story_is_verified(tmp_path, what):
    is_verified(tmp_path, bent(HONEST[what]))


FORGED = {
    "a late answer charged, its breach kept silent": (
        lambda es: requoted(es, answer_within_seconds=3), 7,
    ),
    "an agreed time that begins anew": (queued_again, 4),
    "a time that passed before it did": (breach(0, n=4), 4),
    "a breach told as another delay": (breach(1), 6),
    "a hold that the gate leaves standing": (hold(), 8),
    "a hold that the gate ends, and never stood": (freed(7), 7),
    "a hold placed again that never stood": (renewed, 11),
    "a hold placed again on what was taken": (both(hold(), freed(), renewed), 12),
    "money taken elsewhere and kept": (both(taken(3000, [took(3000)]), later), 5),
    "part of what was taken elsewhere given back": (
        both(taken(3000, [took(3000)]), ordered_back(1000), later), 5,
    ),
    "more given back than its holder took": (
        both(taken(2000, [took(2000)]), ordered_back(3000)), 6,
    ),
    "another amount taken elsewhere than written": (taken(3000, [took(2000)]), 5),
    "taken elsewhere, and undone what no line was": (
        taken(3000, [row("dr:1", "external", "stripe", 3000, "txn:x"), took(3000)]), 5,
    ),
    "taken elsewhere, and written in no book": (both(taken(3000, []), ordered_back(3000)), 5),
    "a hold that still stands, of what was taken elsewhere": (
        both(taken(3000, [took(3000)]), hold()), 6,
    ),
    "another fee given up of what was taken elsewhere": (fee_taken_elsewhere(100), 9),
    "a hold that its holder took, told as given back": (both(noted, says("leg.voided")), 6),
    "honoraires settled that nobody earned": (both(included, acquitted()), 8),
    "honoraires waived that nobody earned": (both(included, waived), 8),
    "a reminder of what was paid by card": (reminder(), 11),
    "a reminder of the fee": (both(at_practice, reminder(party="platform")), 10),
    "a reminder of what was not earned": (both(included, reminder()), 8),
    "the same reminder twice": (both(at_practice, reminder(), reminder()), 11),
    "a business named in its entry": (addressed(name="Cabinet"), 11),
    "an invoice addressed after it was issued": (
        both(paper(1, 500, "q1/platform", 83, "platform"), addressed()), 12,
    ),
    "an order confirmed that nobody made": (confirmed("order.confirmed", n=2), 2),
    "a withdrawal confirmed of an answered question": (confirmed("withdrawal.confirmed"), 11),
}  # fmt: skip


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_story_is_found_and_named(tmp_path, what):
    change, index = FORGED[what]
    is_refused(tmp_path, bent(change), index)


def test_a_log_that_ends_before_a_refund_of_what_was_taken_elsewhere_says_so(tmp_path):
    report = checked(written(tmp_path / "export", bent(taken(3000, [took(3000)]))))
    assert report.ok and any("taken elsewhere" in text for text in report.unproven)


ACT = {
    **LINE, "tier": "async-48h", "pricing_unit": "per_act", "offer": "",
    "answer_within_seconds": 172_800, "platform_cents": 500,
}  # fmt: skip


def given_back(refund="re_1"):
    rows = [row("dr:1", "external", "stripe", 3000, refund)]
    return says("leg.refunded", rows=rows, refund=refund, refund_cents=3000)


REFUSED = says("leg.refund-failed", op="o", refund_cents=3000, code="any")
ELSEWHERE = both(taken(3000, [took(3000)]), ordered_back(3000))
LEFT_OPEN = {
    "that what was taken elsewhere is given back, in entries 5": both(ELSEWHERE, REFUSED, later),
    "what becomes of holds that their holder took, in entries 5": noted,
    "what lines of a balance are that nobody explained, in entries 12": look(
        ("stripe", "external"), line="txn:x", cents=900
    ),
    "that fees are those of a price list, before it was told, in entries 1": lambda es: None,
}


@pytest.mark.parametrize("what", LEFT_OPEN)
def test_what_a_log_leaves_open_about_money_is_said(tmp_path, what):
    report = checked(written(tmp_path / "export", bent(LEFT_OPEN[what])))
    assert report.ok and what in report.unproven, (report.why, report.unproven)


def test_nothing_is_said_to_be_open_of_what_was_given_back(tmp_path):
    done = both(ELSEWHERE, REFUSED, ordered_back(3000), given_back())
    report = checked(written(tmp_path / "export", bent(done)))
    assert report.ok and not any("given back" in text for text in report.unproven), report.why


@pytest.mark.parametrize(
    ("tier", "cents", "ok"),
    [
        ("async-48h", 500, True),
        ("follow-up", 500, True),
        ("async-48h", 400, False),
        ("forfait", 500, True),  # it has the price of the tier that it is priced as
        ("forfait", 400, False),
        ("async-49h", 500, False),
        (None, 500, False),
    ],
)
def test_a_price_that_the_list_did_not_have_then_is_refused_and_the_one_it_had_is_not(
    tmp_path, tier, cents, ok
):
    entries = bent(lambda es: requoted(es, tier=tier))
    listed = entry("schedule.published", uuid4(), data={**ACT, "platform_cents": cents})
    report = checked(written(tmp_path / "export", [listed, *entries]))
    assert report.ok is ok, report.why
    assert ok or report.bad_index == 2


@pytest.mark.parametrize("other", [{"vat_bps": 550}, {"answer_within_seconds": 900}])
def test_a_fee_has_the_vat_and_the_time_to_answer_of_its_line(tmp_path, other):
    listed = entry("schedule.published", uuid4(), data={**ACT, **other})
    is_refused(tmp_path, [listed, *story(SUBJECT)], 2)


def test_a_price_of_an_act_is_none_of_a_minute(tmp_path):
    flat = {**ACT, "platform_cents": 100}
    by = {"per_minute_cents": 100, "cap_minutes": 5, "physician_seen_at": at(0, 0)}
    entries = bent(lambda es: requoted(es, tier="async-48h", **by))
    is_refused(tmp_path, [entry("schedule.published", uuid4(), data=flat), *entries], 2)


def test_a_follow_up_is_not_held_to_a_list_that_told_only_of_the_included_one(tmp_path):
    free = {**ACT, "tier": "follow-up"}
    listed = entry("schedule.published", uuid4(), data={**free, "platform_cents": 0})
    entries = bent(lambda es: requoted(es, tier="follow-up"))
    report = checked(written(tmp_path / "export", [listed, *entries]))
    assert report.ok, report.why


def test_the_verifier_knows_every_kind_of_exchange():
    assert {*verifier.TIERS} == {*TIERS, *SWITCHED, FORFAIT}
    assert {verifier.MINUTES} == {PRICED_BY["live"]}


def test_a_pass_judged_in_time_on_another_clock_is_refused(tmp_path):
    entries = bent(lambda es: requoted(es, answer_within_seconds=3))
    entries[7][1]["decision"] = in_log(answered_in_time=True)[0]
    is_refused(tmp_path, entries, 7)
