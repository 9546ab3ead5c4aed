"""The laws are checked from outside: each broken one is named."""

from dataclasses import replace

import pytest

from broker.story.laws import LAWS, violations
from broker.story.line import Line
from broker.story.played import Played

PAID = Played(
    1, Line(text="x"), subject="s1", state="closed", quote=(1500, 180), outcome="billable",
    settled=True, physician_cents=1500, platform_cents=180,
)  # fmt: skip
REFUSED = Played(2, Line(text="x"), subject="s2", state="refused", code="C", settled=True)
FREE = Line(text="x", act_kind="simple_advice")
ENTRIES = [
    {"subject": "s1", "type": "gate.passed"},
    {"subject": "s2", "type": "question.refused"},
]
BOOK = {"book": "platform", "sum_cents": 0}


def broken(*played: Played, book=BOOK, entries=ENTRIES, verifier=0) -> set[str]:
    return {one.law for one in violations(played, [book], entries, verifier)}


def test_a_story_in_order_breaks_nothing() -> None:
    assert broken(PAID, REFUSED) == set()


@pytest.mark.parametrize(
    ("changes", "law"),
    [
        ({"failed": "DoorRefused"}, "LINE_FAILED"),
        ({"settled": False}, "NOT_SETTLED"),
        ({"line": FREE}, "CHARGED_WITHOUT_GROUND"),
        ({"line": Line(text="x", pathway="none")}, "CHARGED_WITHOUT_GROUND"),
        ({"line": Line(text="x", report=False)}, "CHARGED_WITHOUT_GROUND"),
        ({"line": Line(text="x", card="declined")}, "CHARGED_WITHOUT_GROUND"),
        ({"line": Line(text="x", flags=("bleeding",))}, "CHARGED_WITHOUT_GROUND"),
        ({"outcome": "not_billable"}, "CHARGED_WITHOUT_VERDICT"),
        ({"outcome": ""}, "CHARGED_WITHOUT_VERDICT"),
        ({"physician_cents": 1501}, "QUOTE_NOT_CHARGE"),
        ({"physician_cents": 0}, "FEE_WITHOUT_ACT"),
        ({"state": "refused", "code": "C"}, "REFUSED_BUT_QUOTED"),
        ({"subject": "elsewhere"}, "CHARGED_WITHOUT_PASS"),
    ],
)
def test_each_broken_law_is_named(changes: dict, law: str) -> None:
    assert law in broken(replace(PAID, **changes))
    assert law in LAWS


def test_a_refusal_needs_its_code_and_its_entry() -> None:
    assert "REFUSED_WITHOUT_CODE" in broken(replace(REFUSED, code=""))
    assert "REFUSED_WITHOUT_ENTRY" in broken(replace(REFUSED, subject="elsewhere"))


def test_books_and_verifier_are_laws_too() -> None:
    assert broken(PAID, book={"book": "platform", "sum_cents": 1}) == {"BOOK_NOT_ZERO"}
    assert broken(PAID, verifier=1) == {"VERIFIER_FAILED"}
    assert violations([PAID], [BOOK], None, None) == []
