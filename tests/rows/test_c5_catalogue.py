"""C5 and S11: a dated catalogue, a forfait for a period, one follow-up included."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import transaction

from audit.models import Entry
from audit.verifier import Bad
from billing.actions import desk
from billing.actions.quotes import ActNotInCatalogue
from billing.models import GatePass, Leg, Quote, Schedule
from billing.money.including import Earlier, included
from tests.billing.trials import replayed, rows
from tests.people import CLERK, now
from tests.rows.proving import proving


def forfait(walk, cents=3000, days=30):
    with transaction.atomic():
        desk.set_honoraires(
            physician_id=walk.physician.id, cents=1500, forfait_cents=cents, forfait_days=days,
            actor=walk.physician.actor, now=now(),
        )  # fmt: skip


def lines(quote: Quote) -> tuple[int, int]:
    return quote.honoraires_cents, quote.platform_cents


def test_the_second_exchange_in_a_forfait_period_adds_nothing(walk):
    forfait(walk)
    first = walk.held(tier="forfait")
    assert (*lines(first), first.period_days) == (3000, 300, 30)
    assert walk.answers().gate_pass
    walk.works()
    second = walk.again()
    quote = second.accepted(tier="forfait")
    assert lines(quote) == (0, 0) and second.legs() == {}
    second.answers()
    assert Leg.objects.count() == 2  # those of the first exchange


def test_a_forfait_that_was_paid_covers_its_period_where_no_more_is_offered(walk):
    forfait(walk)
    walk.held(tier="forfait")
    assert walk.answers().gate_pass
    forfait(walk, cents=0, days=0)
    assert lines(walk.again().accepted(tier="forfait")) == (0, 0)


def test_a_forfait_that_was_never_charged_covers_nothing(walk):
    forfait(walk)
    walk.held(tier="forfait")
    assert walk.answers(outcome="cannot-answer").gate_pass is None
    assert lines(walk.again().quoted(tier="forfait")) == (3000, 300)


def test_after_its_period_a_forfait_is_paid_again():
    then = now()
    paid = Earlier("forfait", then, 3000, period_days=30)
    for after, covered in [
        (timedelta(days=30) - timedelta(seconds=1), True),
        (timedelta(days=30), False),
    ]:
        assert included(tier="forfait", earlier=[paid], at=then + after) is covered


def test_a_forfait_covers_only_the_physician_it_was_agreed_with(walk):
    assert included(tier="forfait", earlier=[], at=now()) is False
    with pytest.raises(ActNotInCatalogue):
        walk.quoted(tier="forfait")  # this physician offers none


def test_the_first_follow_up_is_free_and_the_second_is_an_act_like_another(walk):
    walk.held()
    assert walk.answers().gate_pass
    walk.works()
    second = walk.again()
    assert lines(second.accepted(tier="follow-up")) == (0, 0)
    second.answers()
    third = walk.again()
    quote = third.held(tier="follow-up")
    assert lines(quote) == (1500, 300) and quote.sha256
    assert third.answers().gate_pass
    assert GatePass.objects.filter(quote=quote).count() == 1


def test_a_follow_up_of_nothing_is_an_act_like_another(walk):
    assert lines(walk.quoted(tier="follow-up")) == (1500, 300)


def test_a_follow_up_that_nobody_answered_was_not_used_up():
    then = now()
    paid = Earlier("async-48h", then, 1500)
    lost = Earlier("follow-up", then + timedelta(hours=1), 0, ended_unanswered=True)
    used = Earlier("follow-up", then + timedelta(hours=2), 0)
    at = then + timedelta(days=1)
    assert included(tier="follow-up", earlier=[paid, lost], at=at)
    assert not included(tier="follow-up", earlier=[paid, lost, used], at=at)
    assert not included(tier="follow-up", earlier=[paid], at=then + timedelta(days=30))


def test_an_act_that_is_not_in_force_is_refused_by_its_code(walk):
    assert lines(walk.quoted()) == (1500, 300)
    with transaction.atomic():
        desk.publish_schedule(
            tier="async-48h", platform_cents=300, vat_bps=2000, answer_within_seconds=172_800,
            effective_from=now(), withdrawn=True, actor=walk.physician.actor, now=now(),
        )  # fmt: skip
    with pytest.raises(ActNotInCatalogue) as refused:
        walk.quoted()
    assert refused.value.code == "ACT_NOT_IN_CATALOGUE"
    assert Quote.objects.count() == 1
    published = rows(
        "SELECT 1 FROM audit_entry WHERE convert_from(body, 'UTF8')::json->>'type'"
        " = 'schedule.published'"
    )
    assert len(published) == 1 and Schedule.objects.filter(tier="async-48h").count() == 2


def listed() -> list[tuple[dict, dict]]:
    """What the log says of the price list: each line with the judgment under its subject."""
    found = []
    for entry in Entry.objects.filter(type="schedule.published").order_by("pk"):
        judged = Entry.objects.filter(type="offer.judged", subject=entry.subject)
        found.append([json.loads(bytes(one.body)) for one in (entry, *judged)])
    return found


def test_the_first_price_list_is_judged_and_in_the_log_once(database, sandbox, tmp_path):
    assert listed() == []
    for _ in range(2):
        call_command("publish")
    lines = listed()
    told = [(said["data"]["tier"], said["data"]["platform_cents"]) for said, _ in lines]
    assert told == [*Schedule.objects.order_by("tier").values_list("tier", "platform_cents")]
    for said, judged in lines:
        assert said["actor"]["kind"] == judged["actor"]["kind"] == "system"
        assert said["data"]["offer"] == judged["decision"]["id"]
        assert said["data"]["effective_from"].startswith("2026-01-01")
    last = Entry.objects.filter(type="schedule.published").latest("pk")
    proving(sandbox, tmp_path).exported(last)


def test_from_then_on_a_fee_is_held_to_the_list(walk):
    call_command("publish")
    subject = walk.accepted().subject
    replayed(subject)

    def dearer(data):
        for amount in {"platform_cents", "price_cents"} & set(data):
            data[amount] += 100

    with pytest.raises(Bad, match="price list"):
        replayed(subject, bend={"schedule.published": dearer, "offer.judged": dearer})


def test_a_line_that_was_followed_by_another_is_not_told_after_it(database):
    with transaction.atomic():
        desk.publish_schedule(
            tier="async-48h", platform_cents=400, vat_bps=2000, answer_within_seconds=172_800,
            effective_from=now(), withdrawn=False, actor=CLERK, now=now(),
        )  # fmt: skip
    call_command("publish")
    told = [said["data"] for said, *_ in listed() if said["data"]["tier"] == "async-48h"]
    assert [(one["version"], one["platform_cents"]) for one in told] == [(2, 400)]
