"""Nothing is captured without a pass; a refusal gives both holds back."""

from billing.models import Op, Receipt
from tests.billing.walk import Walk


def test_an_answer_inside_the_pathway_is_charged_in_two_books(walk: Walk):
    walk.held()
    assert walk.states() == {"honoraires": "authorised", "platform": "authorised"}
    charged = walk.answers()
    assert charged.gate_pass, [f.rule for f in charged.decision.refusing]
    walk.works()
    assert walk.states() == {"honoraires": "captured", "platform": "captured"}
    book = f"dr:{walk.physician.physician.rpps}"
    assert walk.sums() == {
        "platform": {"platform_fee": -250, "vat_due": -50, "stripe": 270, "stripe_fees": 30},
        book: {"honoraires": -1500, "stripe": 1452, "stripe_fees": 48},
    }
    assert Receipt.objects.count() == 2
    assert {op.kind for op in Op.objects.filter(gate_pass__isnull=False)} == {"capture"}
