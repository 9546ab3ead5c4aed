"""Disputes, payouts and what nobody asked for: the book follows the balance, and says so."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import transaction

from billing.actions.reconciling import BEGINNING, compare, reconcile_due, sides
from billing.actions.refunding import NotRefundable, refund
from billing.models import Dispute, Journal, Reconciliation
from billing.sandbox import balances
from config.engines.places import CHECKOUT
from tests import people
from tests.billing import openapi
from tests.billing.conftest import KEY
from tests.billing.trials import replayed, rows
from tests.billing.walk import Walk
from tests.people import now


def captured(walk: Walk) -> Walk:
    walk.held()
    assert walk.answers().gate_pass
    walk.works()
    assert set(walk.states().values()) == {"captured"}
    return walk


def does(walk: Walk, act: str, **said: object) -> dict:
    return walk.server.sandbox.control("POST", f"/_sandbox/{act}", json.dumps(said))


def account(walk: Walk) -> str:
    return walk.legs()["honoraires"].connected_account.stripe_account


def book(walk: Walk) -> str:
    return f"dr:{walk.physician.physician.rpps}"


def entries(kind: str) -> list[dict]:
    found = rows("SELECT body FROM audit_entry WHERE type = %s ORDER BY id", kind)
    return [json.loads(bytes(body))["data"] for (body,) in found]


def all_sides() -> dict[str, object]:
    return {side.book: side for side in sides()}


def looked(walk: Walk, name: str = ""):
    return compare(side=all_sides()[name or book(walk)], since=BEGINNING, now=now())


def test_a_quiet_day_writes_nothing_and_finds_no_difference(walk):
    captured(walk)
    before = Journal.objects.count()
    for name in (book(walk), "platform"):
        found = looked(walk, name)
        assert (found.difference_cents, found.written, found.unexplained) == (0, [], [])
        assert found.lines == 1
    assert Journal.objects.count() == before


def test_a_payout_moves_money_to_the_bank_in_its_own_book_only(walk):
    captured(walk)
    does(walk, "payout", account=account(walk), amount=1000)
    found = looked(walk)
    assert (len(found.written), found.difference_cents) == (1, 0)
    assert walk.sums()[book(walk)]["bank"] == 1000
    assert "bank" not in walk.sums()["platform"]
    assert looked(walk).written == []  # once
    (told,) = entries("book.moved")
    assert (told["book"], told["kind"]) == (book(walk), "payout")


def test_what_nobody_asked_for_is_written_as_unexplained_with_an_alarm(walk):
    captured(walk)
    does(walk, "elsewhere", account=account(walk), amount=-700)
    does(walk, "elsewhere", account="", amount=250)
    own, platform = looked(walk), looked(walk, "platform")
    assert (len(own.unexplained), own.difference_cents) == (1, 0)
    assert (len(platform.unexplained), platform.difference_cents) == (1, 0)
    assert walk.sums()[book(walk)]["external"] == 700
    assert walk.sums()["platform"]["external"] == -250
    assert len(entries("book.unexplained")) == 2


def test_a_dispute_takes_the_money_back_on_its_own_leg_and_its_loss_is_written(walk):
    captured(walk)
    intent = walk.legs()["honoraires"].payment_intent
    made = does(walk, "dispute", intent=intent)
    walk.looks("honoraires")
    assert walk.states() == {"honoraires": "disputed", "platform": "captured"}
    assert walk.sums()[book(walk)]["dispute_hold"] == 1500
    with pytest.raises(NotRefundable), transaction.atomic():
        refund(
            leg_id=walk.legs()["honoraires"].id, amount_cents=100, reason="goodwill",
            actor=walk.physician.actor, now=now(),
        )  # fmt: skip
    does(walk, "dispute/close", dispute=made["id"], won=False)
    for _ in range(2):  # the second look changes nothing
        walk.looks("honoraires")
    assert walk.states()["honoraires"] == "charged_back"
    sums = walk.sums()[book(walk)]
    assert (sums.get("dispute_hold", 0), sums["chargebacks"]) == (0, 1500)
    assert looked(walk).difference_cents == 0
    assert Dispute.objects.get().status == "lost"
    assert [one["status"] for one in entries("leg.disputed")] == ["needs_response"]
    assert [one["status"] for one in entries("leg.dispute-closed")] == ["lost"]


def test_a_dispute_that_is_won_leaves_the_payment_as_it_was(walk):
    captured(walk)
    before = walk.sums()["platform"]
    made = does(walk, "dispute", intent=walk.legs()["platform"].payment_intent)
    walk.looks("platform")
    assert walk.states() == {"honoraires": "captured", "platform": "disputed"}
    does(walk, "dispute/close", dispute=made["id"], won=True)
    walk.looks("platform")
    assert walk.states()["platform"] == "captured"
    assert walk.sums()["platform"] == before  # the sandbox gives its fee back too
    story = replayed(walk.legs()["platform"].subject)
    assert all(cents == 0 for cents in story.books().values())


def decided(walk: Walk, dispute: str, *, won: bool) -> tuple[str, int, int]:
    """The bank decides and we look, twice; the state, what is held and what is lost."""
    does(walk, "dispute/close", dispute=dispute, won=won)
    for _ in range(2):
        walk.looks("honoraires")
    assert looked(walk).difference_cents == 0
    sums = walk.sums()[book(walk)]
    return (
        walk.states()["honoraires"], sums.get("dispute_hold", 0), sums.get("chargebacks", 0),
    )  # fmt: skip


def test_a_bank_that_decides_otherwise_than_before_undoes_what_it_had_decided(walk):
    captured(walk)
    before = walk.sums()[book(walk)]
    made = does(walk, "dispute", intent=walk.legs()["honoraires"].payment_intent)
    assert decided(walk, made["id"], won=False) == ("charged_back", 0, 1500)
    assert decided(walk, made["id"], won=True) == ("captured", 0, 0)
    assert walk.sums()[book(walk)] == before
    assert decided(walk, made["id"], won=False) == ("charged_back", 0, 1500)
    assert decided(walk, made["id"], won=True) == ("captured", 0, 0)
    assert [one["status"] for one in entries("leg.dispute-closed")] == ["lost", "won"] * 2
    rows = Journal.objects.filter(source__startswith=f"{made['id']}:lost").order_by("id")
    assert [row.event for row in rows] == ["dispute_lost", "dispute_regained"] * 2
    replayed(walk.legs()["honoraires"].subject)


def test_a_dispute_that_was_lost_and_won_before_anybody_looked_leaves_nothing_lost(walk):
    captured(walk)
    made = does(walk, "dispute", intent=walk.legs()["honoraires"].payment_intent)
    does(walk, "dispute/close", dispute=made["id"], won=False)
    assert decided(walk, made["id"], won=True) == ("captured", 0, 0)
    replayed(walk.legs()["honoraires"].subject)


def test_disputes_and_refund_failures_are_found_when_every_webhook_was_lost(walk):
    captured(walk)
    does(walk, "dispute", intent=walk.legs()["honoraires"].payment_intent)
    found = looked(walk)
    assert walk.states()["honoraires"] == "disputed"
    assert (len(found.written), found.unexplained, found.difference_cents) == (1, [], 0)


def test_the_worker_looks_once_a_day(walk):
    captured(walk)
    assert reconcile_due(now=now()) == 0  # `works` has looked already
    Reconciliation.objects.update(looked_at=now() - timedelta(days=1, seconds=1))
    does(walk, "payout", account="", amount=100)
    assert reconcile_due(now=now()) == 2
    assert walk.sums()["platform"]["bank"] == 100
    assert reconcile_due(now=now()) == 0


def commanded(*options: str) -> tuple[str, str]:
    """What the command printed, and what it said beside it."""
    out, beside = StringIO(), StringIO()
    call_command("reconcile", "--since", "2015-01-01", *options, stdout=out, stderr=beside)
    return out.getvalue(), beside.getvalue()


def test_the_command_prints_differences_only_and_fails_on_the_unexplained(walk):
    captured(walk)
    quiet = ("", "2 books looked at, nothing to say\n")
    assert commanded() == commanded("--json") == quiet
    assert commanded("--book", book(walk)) == ("", "1 book looked at, nothing to say\n")
    does(walk, "payout", account="", amount=100)
    out, beside = commanded()
    assert out.startswith("platform: written txn_") and out.count("\n") == 1
    assert beside == "2 books looked at, 1 with something written\n"
    does(walk, "elsewhere", account=account(walk), amount=500)
    said = StringIO()
    with pytest.raises(CommandError, match=r"^2 books looked at, 1 not explained whole"):
        call_command("reconcile", "--since", "2015-01-01", "--json", stdout=said)
    (row,) = map(json.loads, said.getvalue().splitlines())
    assert (row["book"], len(row["unexplained"])) == (book(walk), 1)
    with pytest.raises(CommandError, match="zone"):
        call_command("reconcile", "--since", "2026-01-01T00:00:00")


def reconciled(stderr: int) -> subprocess.Popen[bytes]:
    """The command in a process of its own, beside this test's sandbox."""
    line = {"STRIPE_API_BASE": settings.STRIPE_API_BASE, "STRIPE_PLATFORM_KEY": KEY}
    return subprocess.Popen(
        [sys.executable, "-m", "config", "reconcile"], cwd=CHECKOUT, stdout=subprocess.PIPE,
        stderr=stderr, env={**os.environ, **line, "TERM": "xterm"},
    )  # fmt: skip


def all_of(screen: int) -> str:
    """What a terminal shows until its program ends."""
    shown = b""
    with suppress(OSError):  # the end of a terminal
        while said := os.read(screen, 4096):
            shown += said
    os.close(screen)
    return shown.decode()


def test_a_terminal_shows_the_book_that_the_command_is_at_and_a_file_does_not(walk):
    captured(walk)
    screen, end = os.openpty()
    with reconciled(end) as seen:
        os.close(end)
        shown = all_of(screen)
        assert seen.communicate() == (b"", None)
    assert "platform, 1 of 2" in shown and f"{book(walk)}, 2 of 2" in shown
    assert shown.endswith("2 books looked at, nothing to say\r\n")
    with reconciled(subprocess.PIPE) as written:
        assert written.communicate() == (b"", b"2 books looked at, nothing to say\n")


def test_the_command_tells_a_program_too_which_account_did_not_answer(walk):
    captured(walk)
    does(walk, "payout", account=account(walk), amount=100)
    does(walk, "faults", kind="error_500", path="/v1/balance", leg="platform", times=-1)
    out, beside = StringIO(), StringIO()
    with pytest.raises(CommandError, match=r"^2 books looked at, 1 not explained whole or not"):
        call_command("reconcile", "--json", stdout=out, stderr=beside)
    rows = {row["book"]: row for row in map(json.loads, out.getvalue().splitlines())}
    assert {*rows} == {"platform", book(walk)} and len(rows[book(walk)]["written"]) == 1
    assert rows["platform"]["not_reached"] and beside.getvalue() == ""
    out = StringIO()
    with pytest.raises(CommandError, match=r"^1 book looked at, 1 not explained whole or not"):
        call_command("reconcile", "--book", "platform", stdout=out, stderr=beside)
    assert out.getvalue() == "" and beside.getvalue().startswith("platform: not reached (")


def test_the_command_refuses_a_book_that_it_has_nothing_to_compare_with(walk):
    captured(walk)
    for command in ("books", "reconcile"):
        with pytest.raises(CommandError, match=r"^--book: there is no book 'dr:typo'$") as refused:
            call_command(command, "--book", "dr:typo")
        assert refused.value.returncode == 1
    other = Walk(walk.server, walk.patient, people.a_physician(), walk.again().question)
    other.asks_for(2000)
    other.accepted(settlement="off_platform")  # no card, so no account at Stripe
    name = f"dr:{other.physician.physician.rpps}"
    with pytest.raises(
        CommandError, match=rf"^--book: there is no account at Stripe beside '{name}"
    ):
        commanded("--book", name)
    assert commanded() == ("", "2 books looked at, nothing to say\n")


def test_every_new_answer_fits_the_published_description(walk):
    captured(walk)
    made = does(walk, "dispute", intent=walk.legs()["honoraires"].payment_intent)
    does(walk, "dispute/close", dispute=made["id"], won=True)
    does(walk, "payout", account="", amount=100)
    store = walk.server.sandbox.store
    for kind in ("dispute", "payout", "balance_transaction"):
        bodies = [body for _, body in store.every(kind)]
        assert bodies and [openapi.faults(body, kind) for body in bodies] == [[]] * len(bodies)
    assert openapi.faults(balances.whole(store, ""), "balance") == []


def test_pages_of_lines_are_read_to_their_end(walk):
    captured(walk)
    for _ in range(103):
        does(walk, "elsewhere", account="", amount=1)
    found = looked(walk, "platform")
    assert found.lines == 104 and found.difference_cents == 0
    assert walk.sums()["platform"]["external"] == -103
