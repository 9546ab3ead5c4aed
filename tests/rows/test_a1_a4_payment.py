"""A1, A3, A4: not every contact is paid, the physician's line is care alone, no percentage."""

from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from audit.law import packs
from audit.law.evaluator import judge
from audit.law.model import Fact
from billing.models import Book, GatePass, Journal, LedgerAccount, Op
from billing.money import ACCOUNTS
from tests.billing.test_ledger import row

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize("profile", ["cnom2016", "strict", "law-only"])
def test_nothing_known_means_nothing_charged(profile):
    said = judge(facts={}, scopes=("act",), at=AT, profile=profile, pack=packs.load())
    assert not said.allowed and said.outcome != "billable"


def test_an_answered_question_is_free_until_everything_speaks_for_a_fee(walk):
    walk.held()
    charged = walk.answers(report=None)
    assert charged.decision.outcome == "not_billable" and charged.gate_pass is None
    walk.works()
    assert not GatePass.objects.exists()
    assert not Op.objects.filter(kind="capture").exists()
    captures = [one for one in walk.server.sandbox.store.requests() if "capture" in one["path"]]
    assert captures == []


def test_an_express_line_in_a_physicians_book_is_a_database_error(walk):
    walk.held()
    own = Book.objects.get(name__startswith="dr:")
    receivable = LedgerAccount.objects.get(book=own, name="receivable")
    honoraires = LedgerAccount.objects.get(book=own, name="honoraires")
    before = Journal.objects.count()
    with pytest.raises(IntegrityError, match="flow"), transaction.atomic():
        row(own, receivable, honoraires, event="express").save()
    assert Journal.objects.count() == before
    assert not {"platform_fee", "vat_due", "express"} & set(ACCOUNTS["physician"])


def test_a_share_of_the_honoraires_is_refused_whatever_it_is_called():
    for basis in ("percent_of_physician_fee", "all_of_physician_fee"):
        said = judge(
            facts={"platform_fee_basis": Fact(basis, "operator")}, scopes=("platform",), at=AT,
            profile="cnom2016", pack=packs.load(),
        )  # fmt: skip
        assert said.outcome == "block_intake"
        assert "l4113-5-no-share-of-fees" in {one.rule for one in said.refusing}


def test_no_table_of_money_can_hold_a_percentage_or_a_volume():
    """The VAT's rate is the only rate there is; no count of acts changes any amount."""
    names = {
        f"{model._meta.db_table}.{field.name}"
        for model in apps.get_app_config("billing").get_models()
        for field in model._meta.get_fields()
    }
    rates = {name for name in names if any(word in name for word in ("bps", "percent", "rate"))}
    assert rates <= {"billing_schedule.vat_bps", "billing_quote.vat_bps"}
    assert not {
        name for name in names if any(w in name for w in ("volume", "bonus", "tier_count"))
    }


def test_the_platforms_fee_is_the_same_whatever_the_physician_asks(walk):
    fees = set()
    for cents in (50, 1500, 15_000):
        walk.asks_for(cents)
        quote = walk.quoted()
        assert quote.honoraires_cents == cents
        fees.add(quote.platform_cents)
    assert fees == {300}
