"""What was taken may be given back, each payment on its own, once, whatever fails."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.db import IntegrityError, transaction
from pypdf import PdfReader

from audit import verifier
from billing.actions import payments, refunding, work
from billing.models import Leg, Op, Receipt, Refund
from billing.queries.papers import numbered, receipt
from billing.sandbox import shapes
from billing.states import after_refunds
from billing.views.pdf import pdf_of
from tests.billing import openapi, trials
from tests.billing.walk import Walk
from tests.people import SYSTEM, now


@pytest.fixture
def paid(walk: Walk) -> Walk:
    """Both payments captured: 15 € and 3 €."""
    return captured(walk)


def captured(walk: Walk, card: str = "") -> Walk:
    walk.accepted()
    for party in walk.legs():
        walk.pays(party, card) if card else walk.pays(party)
    walk.answers()
    walk.works()
    assert walk.states() == {"honoraires": "captured", "platform": "captured"}
    return walk


def refunded(walk: Walk, party: str, cents: int) -> Op:
    with transaction.atomic():
        return refunding.refund(
            leg_id=walk.legs()[party].id, amount_cents=cents, reason="complaint", actor=SYSTEM,
            now=now(),
        )  # fmt: skip


def asked(walk: Walk) -> list[dict]:
    return [
        one
        for one in walk.server.sandbox.store.requests()
        if one["path"] == "/v1/refunds" and one["method"] == "POST"
    ]


def test_a_refund_touches_its_own_payment_and_book_alone(paid: Walk):
    before = paid.sums()
    op = refunded(paid, "honoraires", 1500)
    paid.works()
    assert paid.states() == {"honoraires": "refunded", "platform": "captured"}
    after = paid.sums()
    assert after["platform"] == before["platform"]
    book = f"dr:{paid.physician.physician.rpps}"
    assert after[book].get("honoraires", 0) == 0
    assert after[book]["stripe"] == before[book]["stripe"] - 1500
    [one] = asked(paid)
    assert one["headers"]["idempotency-key"] == str(op.id)
    assert "stripe-account" in one["headers"]


def test_parts_of_the_fee_carry_their_vat_and_sum_to_the_whole(paid: Walk):
    for cents in (100, 101, 99):
        refunded(paid, "platform", cents)
        paid.works()
    assert paid.states()["platform"] == "refunded"
    assert [one.vat_cents for one in Refund.objects.order_by("seen_at")] == [17, 17, 16]
    book = paid.sums()["platform"]
    assert (book.get("platform_fee", 0), book.get("vat_due", 0)) == (0, 0)
    story = trials.replayed(paid.legs()["platform"].subject)
    assert not any(story.books().values())


def test_more_than_was_captured_is_never_given_back(paid: Walk):
    refunded(paid, "platform", 200)
    with pytest.raises(refunding.NotRefundable):  # one is under way
        refunded(paid, "platform", 1)
    paid.works()
    assert paid.states()["platform"] == "part_refunded"
    for cents in (101, 0):
        with pytest.raises(refunding.NotRefundable):
            refunded(paid, "platform", cents)
    leg = paid.legs()["platform"]
    with pytest.raises(IntegrityError, match="leg_refunds_within_capture"), transaction.atomic():
        Leg.objects.filter(pk=leg.pk).update(refund_ordered_cents=301)


def test_what_was_not_captured_cannot_be_refunded(walk: Walk):
    walk.held()
    with pytest.raises(refunding.NotRefundable):
        refunded(walk, "platform", 100)


@pytest.mark.parametrize("fault", ["lost_answer", "conflict_409", "error_500"])
def test_after_an_unknown_outcome_a_refund_is_made_once(paid: Walk, unhurried, fault):
    refunded(paid, "honoraires", 500)
    paid.server.sandbox.store.plant(fault, "/v1/refunds", 0, 1)
    for later in range(12):
        work.run_due(now=now() + timedelta(minutes=6 * later))
    assert paid.states()["honoraires"] == "part_refunded"
    assert len(paid.server.sandbox.store.every("refund")) == 1
    assert Refund.objects.count() == 1
    assert paid.legs()["honoraires"].refunded_cents == 500


def test_each_refund_has_its_credit_note_in_the_issuers_series(paid: Walk):
    refunded(paid, "platform", 300)
    paid.works()
    first, note = Receipt.objects.filter(series="platform").order_by("number")
    assert (note.kind, note.number, note.amount_cents) == ("credit", first.number + 1, 300)
    assert note.vat_cents == first.vat_cents
    assert numbered(note).startswith("AFP-")
    paid.looks("platform")
    assert Receipt.objects.filter(kind="credit").count() == 1
    paper = receipt(note.id)
    assert paper and paper.original == numbered(first)
    shown = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf_of(paper))).pages)
    assert "Avoir" in shown and numbered(first) in shown


def test_a_refund_that_the_bank_sends_back_is_owed_again(walk: Walk):
    captured(walk, shapes.REFUND_FAILS)
    before = walk.sums()
    op = refunded(walk, "honoraires", 700)
    walk.works()
    assert walk.states()["honoraires"] == "part_refunded"
    walk.server.sandbox.store.advance(120)
    assert walk.looks("honoraires").state == "captured"
    assert walk.sums() == before
    op.refresh_from_db()
    assert op.state == "failed"
    kinds = Receipt.objects.filter(leg=op.leg_id).order_by("number")
    assert [one.kind for one in kinds] == ["receipt", "credit", "credit_undone"]
    refunded(walk, "honoraires", 1500)
    story = trials.replayed(walk.legs()["honoraires"].subject)
    assert not any(story.books().values())


def test_a_refund_made_elsewhere_is_written_all_the_same(paid: Walk):
    leg = paid.legs()["honoraires"]
    payments.gateway.refund(
        account=leg.connected_account.stripe_account, intent=leg.payment_intent,
        amount_cents=400, reference="by-hand", key="by-hand",
    )  # fmt: skip
    for _, event in paid.server.sandbox.store.every("event"):
        if event["type"] in ("charge.refunded", "refund.created"):
            paid.told(event)
    paid.works()
    leg = paid.legs()["honoraires"]
    assert (leg.state, leg.refunded_cents, leg.refund_ordered_cents) == ("part_refunded", 400, 400)
    assert Refund.objects.get().op is None


def test_a_refused_refund_may_be_asked_again(paid: Walk):
    leg = paid.legs()["platform"]
    payments.gateway.refund(
        account="", intent=leg.payment_intent, amount_cents=300, reference="x", key="by-hand"
    )
    op = refunded(paid, "platform", 300)
    paid.works()
    op.refresh_from_db()
    assert op.state == "failed"
    paid.looks("platform")
    assert paid.states()["platform"] == "refunded"


def test_refunds_have_the_published_shape(paid: Walk):
    refunded(paid, "platform", 300)
    paid.works()
    store = paid.server.sandbox.store
    for kind in ("refund", "balance_transaction", "charge", "event"):
        for _, one in store.every(kind):
            assert openapi.faults(one, kind) == []


def test_the_state_says_how_much_is_left():
    words = [after_refunds(captured_cents=300, refunded_cents=n) for n in (0, 1, 299, 300)]
    assert words == ["captured", "part_refunded", "part_refunded", "refunded"]


@pytest.mark.parametrize(
    ("bent", "why"),
    [
        (lambda data: data.update(refund_cents=1501), "more was refunded than was captured"),
        (lambda data: data["journal"][0].update(cents=1), "another amount was written"),
        (lambda data: data.update(leg="0"), "not captured"),
    ],
)
def test_the_verifier_believes_no_bent_refund(paid: Walk, bent, why):
    refunded(paid, "honoraires", 500)
    paid.works()
    subject = paid.legs()["honoraires"].subject
    assert trials.replayed(subject).refunded
    with pytest.raises(verifier.Bad) as found:
        trials.replayed(subject, bend={"leg.refunded": bent})
    assert why in found.value.why


def test_the_verifier_believes_no_refund_twice(paid: Walk):
    refunded(paid, "honoraires", 500)
    paid.works()
    with pytest.raises(verifier.Bad):
        trials.replayed(paid.legs()["honoraires"].subject, twice="leg.refunded")
