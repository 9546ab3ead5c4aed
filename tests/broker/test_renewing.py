"""A patient is asked by a page and a mail to place a hold again, and does so page by page."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core import mail

from billing.actions import work
from billing.models import Renewal
from broker.actions.renewing import tell_patients
from broker.actions.resting import REST
from tests.billing.conftest import sandbox, walk  # noqa: F401
from tests.billing.test_renewals import (  # noqa: F401
    HELD_HOURS,
    asked,
    does,
    entries,
    later,
    lengthy,
    renewed,
    waiting,
    works,
)
from tests.billing.test_views import signed_in
from tests.billing.walk import OK, Walk, browse
from tests.consults.postbox import Postbox, delivering


class Down:
    """A mail server that is away."""

    def carry(self, **said: object) -> None:
        raise OSError


@pytest.fixture
def due(waiting: Walk) -> Walk:  # noqa: F811
    """Both holds are to be placed again."""
    asked(waiting)
    return waiting


@pytest.fixture
def post(settings) -> Iterator[Postbox]:
    """A real mail server; the house's mails go there."""
    with delivering(Postbox(), settings) as box:
        yield box


def address(walk: Walk, rest: str = "") -> str:  # noqa: F811
    return f"/questions/{walk.question}/{rest}"


def whole(walk: Walk, page: str) -> bool:  # noqa: F811
    """Whether a page shows both parts of the cost and their total."""
    parts = [leg.amount_cents for leg in walk.legs().values()]
    assert len(parts) == 2
    return all(f"{cents // 100},{cents % 100:02}" in page for cents in (*parts, sum(parts)))


def test_the_thread_says_so_and_both_holds_are_placed_again_one_after_the_other(due: Walk):
    client = signed_in(due.patient.account)
    before = {leg.payment_intent for leg in due.legs().values()}
    assert "data-renewal" in client.get(address(due)).content.decode()
    both = (("honoraires", "reservation/"), ("platform", ""))
    for place, (party, then) in enumerate(both, 1):
        page = client.get(address(due, "reservation/")).content.decode()
        assert whole(due, page), "P1: whichever is still to be placed again"
        assert f'data-party="{party}"' in page and f"reservation/{party}/" in page
        assert f"({place} sur 2)" in page and ("La première est refaite" in page) == (place == 2)
        sent = client.post(address(due, f"reservation/{party}/"))
        assert sent.status_code == 303
        _, back, _ = browse(sent.url, number=OK)
        home = client.get(urlsplit(back).path)
        assert client.get(home.url).url == address(due, then)
    assert client.get(address(due, "reservation/")).url == address(due)
    assert "data-renewal" not in client.get(address(due)).content.decode()
    held = {leg.payment_intent for leg in due.legs().values()}
    assert len(held) == 2 and not held & before


def test_the_only_hold_asked_a_second_time_is_not_said_to_be_the_second_of_two(
    walk: Walk, lengthy: None  # noqa: F811
):  # fmt: skip
    walk.held(settlement="off_platform")
    walk.waits()
    client = signed_in(walk.patient.account)
    for hours in (13, 26):
        does(walk, "clock", seconds=13 * 3600)
        work.run_due(now=later(hours))
        page = client.get(address(walk, "reservation/")).content.decode()
        assert "reservation/platform/" in page and whole(walk, page)
        assert "La première est refaite" not in page and "sur 2)" not in page
        renewed(walk, "platform", hours)
        assert client.get(address(walk, "reservation/")).status_code == 302


def test_a_hold_that_lapsed_is_said_to_cost_nothing_before_the_answer_and_after_it(due: Walk):
    asked(due, HELD_HOURS)
    works(HELD_HOURS + 1)
    client = signed_in(due.patient.account)
    said = client.get(address(due)).content.decode()
    assert "la réponse ne vous coûtera rien" in said and "Sans réponse à temps" not in said
    due.answers()
    said = client.get(address(due)).content.decode()
    assert "la réservation n’était plus en place" in said and "compris dans un autre" not in said


def test_out_of_turn_or_without_need_nothing_is_placed(due: Walk):
    client = signed_in(due.patient.account)
    for party in ("platform", "nobody"):
        early = client.post(address(due, f"reservation/{party}/"))
        assert (early.status_code, early["X-Error-Code"]) == (409, "RENEWAL_NOT_DUE")
    stranger = signed_in(due.physician.account)
    assert stranger.post(address(due, "reservation/honoraires/")).status_code == 404
    assert len(due.server.sandbox.store.every("checkout.session")) == 2


def test_one_mail_a_question_says_a_date_and_nothing_of_what_waits(due: Walk):
    at = later(13)
    assert tell_patients(now=at, by=Down()) == 0
    assert tell_patients(now=at) == 0  # a moment later, not at once
    assert tell_patients(now=at + timedelta(minutes=2)) == 1
    assert tell_patients(now=at + timedelta(minutes=5)) == 0
    [letter] = mail.outbox
    assert letter.to == [due.patient.account.email]
    said = f"{letter.subject} {letter.body}"
    assert f"{Renewal.objects.first().until:%Y}" in said and "/questions/" in said
    for word in ("médecin", "honoraires", "€", str(due.question), "carte"):
        assert word not in said
    assert entries("leg.renewal-told") == Renewal.objects.exclude(told_at=None).count() == 2


def test_an_address_that_the_server_refuses_silences_nobody_else(
    waiting: Walk, post: Postbox  # noqa: F811
):  # fmt: skip
    other = waiting.again()
    other.held()
    other.waits()
    asked(waiting)
    at = later(13)
    post.at_rcpt = ["550 5.1.1 no such user"]
    assert tell_patients(now=at) == 1
    assert len(post.letters) == 1 and post.rcpts == 2
    assert tell_patients(now=at + timedelta(minutes=2)) == 0  # it rests
    assert post.rcpts == 2
    assert tell_patients(now=at + REST + timedelta(minutes=1)) == 1
    assert len(post.letters) == 2 and entries("leg.renewal-told") == 4
