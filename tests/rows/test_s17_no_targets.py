"""S17, Docteursecu.fr: calls under a target. No target, quota, bonus or rank here."""

from datetime import UTC, datetime

import pytest

from audit.law import evaluator, packs
from audit.law.codes import code_of
from audit.law.model import Fact
from billing import money
from broker.rules import Waiting, queue_order
from tests.rows.structure import ROOT, offending, tables
from tests.rows.test_f21_no_uberisation import FORBIDDEN, INNOCENT

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_no_table_holds_a_target_a_quota_a_bonus_a_rank_or_a_score():
    assert [one for one in offending(tables(), FORBIDDEN) if one not in INNOCENT] == []


def test_a_contract_that_pays_by_output_keeps_its_physician_out():
    paid = {"contract_pay_depends_on_output": Fact(True, "operator")}
    decision = evaluator.judge(
        facts=paid, scopes=("contract",), at=AT, profile="strict", pack=packs.load()
    )
    assert "PAID_BY_OUTPUT" in {code_of(found.rule) for found in decision.refusing}


def test_what_is_waited_for_is_ordered_by_need_and_never_by_what_it_brings():
    assert {"fee", "price", "cents", "tier", "revenue"} & set(
        Waiting.__dataclass_fields__
    ) == set()
    assert queue_order([]) == []


def test_the_physicians_fee_never_depends_on_how_many_or_how_fast():
    one = money.lines(honoraires_cents=2000, platform_cents=300, billable=True, vat_bps=2000)
    assert one.honoraires_cents == 2000
    assert set(money.Tier.__dataclass_fields__) == {
        "name", "answer_within_seconds", "platform_cents",
    }  # fmt: skip


@pytest.mark.parametrize("page", ["/file/", "/livres/"])
def test_a_physicians_pages_show_no_target_and_compare_with_nobody(physician, page):
    shown = physician.client.get(page, follow=True).content.decode().lower()
    for word in ("objectif", "quota", "bonus", "classement", "rang ", "score", "moyenne des"):
        assert word not in shown.split("<main")[1]


def test_what_the_service_measures_says_nothing_of_a_physician():
    for name in ("config/metrics.py", "broker/queries/service.py"):
        assert "physician" not in (ROOT / name).read_text()
