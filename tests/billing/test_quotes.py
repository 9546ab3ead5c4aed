"""Quotes: two lines in one physician's name, hashed, never changed, accepted once."""

from datetime import timedelta

import pytest
from django.db import transaction

from billing import money, queries
from billing.actions import quotes
from billing.models import Leg, Op
from billing.queries.quotes import equals_quote, terms_of
from consults.models import Question
from tests import people
from tests.billing.walk import Walk
from tests.people import now


def accept(walk: Walk, quote, *, settlement: str = "card", at=None):
    with transaction.atomic():
        return quotes.accept_quote(
            quote_id=quote.id, settlement=settlement, shown_at=at or now(),
            actor=walk.patient.actor, now=at or now(),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("tier", "honoraires", "fee", "vat"),
    [("async-48h", 1500, 300, 50), ("own-physician", 1500, 180, 30)],
)
def test_each_tier_has_its_flat_fee(walk: Walk, tier, honoraires, fee, vat):
    quote = walk.quoted(tier=tier)
    assert (quote.honoraires_cents, quote.platform_cents) == (honoraires, fee)
    assert quote.platform_vat_cents == vat
    assert quote.answer_within_seconds == 172_800
    assert quote.reimbursement == "not-reimbursed"


def test_the_fee_does_not_follow_the_honoraires(walk: Walk):
    for cents in (50, 1500, 15_000):
        walk.asks_for(cents)
        assert walk.quoted().platform_cents == 300
    walk.asks_for(0)
    assert walk.quoted().platform_cents == 0


def test_no_quote_holds_a_total(walk: Walk):
    quote = walk.quoted()
    assert not {"total", "total_cents", "amount_cents"} & {f.name for f in quote._meta.fields}
    assert "total" not in str(terms_of(quote, "x"))
    assert queries.money_view(walk.question)["quote"]["total"] == "18,00 €"


def test_the_hash_is_over_every_term(walk: Walk):
    quote = walk.held()
    legs = queries.legs_of(walk.question)
    assert equals_quote(quote, legs)
    for field in ("honoraires_cents", "platform_cents", "answer_within_seconds"):
        setattr(quote, field, getattr(quote, field) + 1)
        assert not equals_quote(quote, legs)
        setattr(quote, field, getattr(quote, field) - 1)
    legs[1].amount_cents += 1
    assert not equals_quote(quote, legs)
    assert not equals_quote(quote, legs[:1])


def test_a_quote_is_of_the_physician_who_answers(walk: Walk):
    quote = walk.held()
    other = people.a_physician()
    assert equals_quote(quote, queries.legs_of(walk.question))
    quote.physician = other.id
    assert not equals_quote(quote, queries.legs_of(walk.question))
    assert Question.objects.get(pk=walk.question).physician_id == walk.physician.id


def test_the_same_agreement_twice_is_one(walk: Walk):
    quote = walk.quoted()
    accept(walk, quote)
    accept(walk, quote)
    assert Leg.objects.count() == 2
    with pytest.raises(quotes.QuoteAlreadyAccepted):
        accept(walk, quote, settlement="off_platform")
    with pytest.raises(quotes.SettlementUnknown):
        accept(walk, quote, settlement="cheque")


def test_a_quote_past_its_term_is_refused(walk: Walk, database):
    quote = walk.quoted()
    database.takes_any_moment()
    assert not queries.quote_lapsed(walk.question, quote.expires_at - timedelta(seconds=1))
    assert queries.quote_lapsed(walk.question, quote.expires_at)
    with pytest.raises(quotes.QuoteExpired):
        accept(walk, quote, at=quote.expires_at)
    accept(walk, quote, at=quote.expires_at - timedelta(seconds=1))


def test_a_new_agreement_gives_back_what_stood_on_the_old(walk: Walk):
    walk.held()
    old = walk.legs()
    walk.accepted()
    assert walk.states() == {"honoraires": "draft", "platform": "draft"}
    walk.works()
    assert {Leg.objects.get(pk=leg.pk).state for leg in old.values()} == {"voided"}
    assert set(Op.objects.values_list("reason", flat=True)) == {"requoted", ""}


def test_without_an_account_the_card_is_refused_and_the_practice_is_not(walk: Walk):
    other = people.a_physician()
    alone = Walk(walk.server, walk.patient, other, walk.question)
    alone.asks_for(2000)
    quote = alone.quoted()
    with pytest.raises(quotes.NoConnectedAccount):
        accept(alone, quote)
    accept(alone, quote, settlement="off_platform")
    assert alone.legs()["honoraires"].connected_account_id is None


@pytest.mark.parametrize(("gross", "vat"), [(300, 50), (180, 30), (0, 0), (1, 0), (100, 17)])
def test_vat_is_inside_the_fee(gross, vat):
    assert money.vat_inside(gross) == vat


def test_every_ledger_posting_is_a_closed_flow():
    made = [
        *money.held("physician", 1), *money.held("platform", 1),
        *money.given_back("physician", 1), *money.given_back("platform", 1),
        *money.honoraires_earned(1500, was_held=True),
        *money.fee_earned(300, 50, held_cents=300),
        *money.captured("physician", 5, 1), *money.captured("platform", 5, 1),
        *money.fee_lost(300, 50), *money.acquitted(5), *money.waived(5),
            *money.refunded("physician", 5, 0), *money.refunded("platform", 300, 50),
            *money.refund_failed("physician", 5, 0), *money.refund_failed("platform", 300, 50),
        *(
            one
            for kind in ("physician", "platform")
            for one in (
                *money.dispute_moved(kind, -5, 1), *money.dispute_moved(kind, 5, -1),
                *money.dispute_lost(kind, 5), *money.dispute_lost(kind, -5),
                money.moved(kind, "payout", -5), money.moved(kind, "payout", 5),
                money.moved(kind, "payout_failed", -5),
                money.moved(kind, "payout_failed", 5), money.moved(kind, "external", 5),
                money.moved(kind, "external", -5),
            )
        ),
    ]  # fmt: skip
    used = {(one.book_kind, one.event, one.debit, one.credit) for one in made}
    assert used == set(money.FLOWS)
    for kind, _, debit, credit in money.FLOWS:
        assert {debit, credit} <= set(money.ACCOUNTS[kind])
