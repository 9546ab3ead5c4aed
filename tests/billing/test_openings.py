"""A page whose address nobody heard, on an account that is cut before it is asked for again."""

from datetime import timedelta

import pytest

from billing import gateway
from billing.actions import payments, renewing, work
from billing.models import Op
from tests.billing.test_elsewhere import withdrawn
from tests.billing.test_faults import plant
from tests.billing.test_let_in_again import cut, let_in, rounds
from tests.billing.test_renewals import asked as ask_again
from tests.billing.test_renewals import later, lengthy, waiting
from tests.billing.trials import replayed
from tests.billing.walk import OK, SITE, Walk, browse
from tests.people import now
from tests.walks.faces import signed_in

pytestmark = pytest.mark.usefixtures("unhurried")

__all__ = ["lengthy", "waiting"]


def unheard(walk: Walk) -> None:
    """The page of the honoraires is made at Stripe, and its address is lost on the way."""
    walk.accepted()
    plant(walk.server, "lost_answer", "checkout/sessions")
    with pytest.raises(payments.PaymentUnavailable):
        walk.page_of("honoraires")


def pages(walk: Walk) -> list[str]:
    return [one["status"] for _, one in walk.server.sandbox.store.every("checkout.session")]


def live(walk: Walk) -> list[str]:
    found = Op.objects.filter(leg=walk.legs()["honoraires"], state="live")
    return list(found.order_by("kind").values_list("kind", flat=True))


def test_a_page_that_nobody_heard_of_is_found_and_closed_once_a_cut_account_lets_us_in(walk: Walk):
    unheard(walk)
    cut(walk)
    withdrawn(walk)
    work.run_due(now=now())
    assert (live(walk), pages(walk)) == (["cancel", "open"], ["open"])
    rounds(now() + timedelta(minutes=10), many=9)  # more tries than a key is kept for
    assert live(walk) == ["cancel", "open"]
    let_in(walk)
    rounds(now() + timedelta(hours=3))
    assert (live(walk), pages(walk)) == ([], ["expired"])
    assert walk.states() == {"honoraires": "voided", "platform": "voided"}
    replayed(walk.legs()["honoraires"].subject)


def test_the_page_that_nobody_heard_of_is_the_one_that_is_paid_on(walk: Walk):
    unheard(walk)
    cut(walk)
    for _ in range(2):
        with pytest.raises(payments.PaymentUnavailable):
            walk.page_of("honoraires")
    assert live(walk) == ["open"]
    let_in(walk)
    browse(walk.page_of("honoraires"), number=OK)
    walk.looks("honoraires")
    assert walk.states()["honoraires"] == "authorised" and pages(walk) == ["complete"]


def pressed(walk: Walk, place: str) -> tuple[int, str]:
    """The patient asks at the door to be sent to the page."""
    answer = signed_in(walk.patient).post(f"/questions/{walk.question}/{place}/")
    return answer.status_code, answer["X-Error-Code"]


def test_who_asks_again_for_a_page_on_a_cut_account_is_told_so_at_the_door(walk: Walk):
    unheard(walk)
    cut(walk)
    assert pressed(walk, "paiement/1") == (409, "PAYMENT_UNAVAILABLE")
    assert live(walk) == ["open"]


def test_a_first_opening_on_a_cut_account_is_over_at_once(walk: Walk):
    walk.accepted()
    cut(walk)
    with pytest.raises(payments.PaymentUnavailable):
        walk.page_of("honoraires")
    assert (live(walk), pages(walk)) == ([], [])
    withdrawn(walk)
    assert walk.states()["honoraires"] == "voided"


def test_a_release_ends_a_payment_whose_page_was_refused_for_good(walk: Walk, monkeypatch):
    walk.accepted()
    plant(walk.server, "down", "checkout/sessions")
    with pytest.raises(payments.PaymentUnavailable):
        walk.page_of("honoraires")
    withdrawn(walk)
    assert live(walk) == ["cancel", "open"]

    def refused(**said: object) -> gateway.Session:
        raise gateway.Refused("parameter_invalid_integer")

    monkeypatch.setattr(gateway, "open_session", refused)
    rounds(now())
    assert (live(walk), walk.states()["honoraires"]) == ([], "voided")
    replayed(walk.legs()["honoraires"].subject)


def test_a_page_of_one_more_hold_that_nobody_heard_of_is_found_and_closed_too(waiting: Walk):
    ask_again(waiting)
    plant(waiting.server, "lost_answer", "checkout/sessions")
    leg = waiting.legs()["honoraires"]
    with pytest.raises(payments.PaymentUnavailable):
        renewing.open_renewal(leg_id=leg.id, return_url=SITE, now=later(13))
    cut(waiting)
    assert pressed(waiting, "reservation/honoraires") == (409, "PAYMENT_UNAVAILABLE")
    rounds(later(14), many=9)
    assert live(waiting) == ["renew"]
    let_in(waiting)
    withdrawn(waiting)
    rounds(later(16), many=6)
    assert live(waiting) == [] and set(pages(waiting)) == {"complete", "expired"}
    assert waiting.states()["honoraires"] == "voided"
    replayed(leg.subject)
