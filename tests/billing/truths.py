"""What is always true of one question's money, and what is once everybody has finished.

One query reads our side of a question, one table of the sandbox what really moved; both are
cheap enough to be asked after every step.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.actions import reconciling
from billing.sandbox import shapes
from billing.sandbox.store import PLATFORM, Object, Store
from billing.states import ENDED, TAKEN
from tests.billing import trials
from tests.billing.wire import violations

_STANDING = """
SELECT l.reference, l.party, l.state, l.settlement, l.amount_cents, l.captured_cents,
       l.refunded_cents, l.refund_ordered_cents, l.quote_id, l.payment_intent, q.platform_cents,
       p.id IS NOT NULL AND p.quote_sha256 = q.sha256 AND a.id IS NOT NULL,
       (SELECT count(*) FROM billing_op o WHERE o.leg_id = l.id AND o.state = 'live')
  FROM billing_leg l JOIN billing_quote q ON q.id = l.quote_id
  LEFT JOIN billing_gatepass p ON p.quote_id = l.quote_id
  LEFT JOIN consults_answer a ON a.id = p.answer AND a.question_id = l.question
 WHERE l.question = %s
"""


@dataclass(frozen=True)
class Standing:
    """One payment as it stands on our side."""

    reference: str
    party: str
    state: str
    settlement: str
    amount_cents: int
    captured_cents: int
    refunded_cents: int
    refund_ordered_cents: int
    quote: UUID
    intent: str | None
    fee_cents: int  # of its quote
    passed: bool  # a pass on this very quote, for an answer of this very question
    live_ops: int


def standing(question: UUID) -> dict[str, Standing]:
    """Every payment of a question, by what Stripe was told of it."""
    return {row[0]: Standing(*row) for row in trials.rows(_STANDING, question)}


_CARRIED = """
SELECT b.name, max(j.source),
       sum(CASE WHEN j.debit_name = 'stripe' THEN j.amount_cents ELSE -j.amount_cents END)
  FROM billing_journal j JOIN billing_book b ON b.id = j.book_id
 WHERE 'stripe' IN (j.debit_name, j.credit_name) GROUP BY b.name
"""


def emptied(store: Store, account: str) -> set[str]:
    """Empty the sandbox but for its accounts; the ids of lines that carry balances over.

    One line then says all that a book says of its account, under a name that the book knows, so
    that a story begins in agreement whatever became of the one before it.
    """
    carried = {
        PLATFORM if book == "platform" else account: {
            **shapes.move(store.now(), "carried", "", int(total)), "id": source
        }
        for book, source, total in trials.rows(_CARRIED)
    }  # fmt: skip
    with store.lock:
        for table in ("request", "kept", "delivery", "fault", "setting"):
            store._rows(f"DELETE FROM {table}")
        store._rows("DELETE FROM object WHERE kind <> 'account'")
        for universe, line in carried.items():
            store.save(universe, line)
    return {line["id"] for line in carried.values()}


@dataclass
class Account:
    """What the sandbox did for one question, beside what else moved on its balances."""

    store: Store
    carried: set[str]
    asides: set[str]  # lines that no payment explains: payouts, moves made elsewhere

    def lines(self) -> list[tuple[str, Object]]:
        """What moved since this story began, with the universe it moved in."""
        every = self.store.every("balance_transaction")
        return [(of, one) for of, one in every if one["id"] not in self.carried]

    def taken(self) -> dict[str, int]:
        """What was really taken, by payment."""
        moved = [one for _, one in self.lines() if one["type"] == "charge"]
        if not moved:
            return {}
        charges = {one["id"]: one for _, one in self.store.every("charge")}
        taken: dict[str, int] = {}
        for one in moved:
            if one["source"] in charges:
                reference = charges[one["source"]]["metadata"]["reference"]
                taken[reference] = taken.get(reference, 0) + one["amount"]
        return taken

    def refunded(self, legs: dict[str, Standing]) -> dict[str, int]:
        """What really left again, by payment, refunds that came back not counted."""
        of = {leg.intent: leg.reference for leg in legs.values() if leg.intent}
        given: dict[str, int] = {}
        for _, one in self.store.every("refund"):
            if one["payment_intent"] in of and one["status"] == "succeeded":
                reference = of[one["payment_intent"]]
                given[reference] = given.get(reference, 0) + one["amount"]
        return given

    def net(self, *, platform: bool) -> int:
        """What this question changed on one side's balance."""
        own = [one for of, one in self.lines() if bool(of) != platform]
        return sum(one["net"] for one in own if one["id"] not in self.asides)


def at_every_step(question: UUID, account: Account) -> None:
    """I1, I2, I3, I6 and I7 as they must hold at any moment."""
    legs, taken = standing(question), account.taken()
    for leg in legs.values():  # I7, and the database holds it too
        assert leg.refunded_cents <= leg.refund_ordered_cents <= leg.captured_cents
    assert set(taken) <= set(legs)
    for reference, cents in taken.items():
        leg = legs[reference]
        assert leg.passed, "taken without a pass on its own quote and answer"  # I1
        assert cents <= leg.amount_cents  # I2
        if leg.party == "platform":
            assert cents == leg.fee_cents
            [own] = [
                one for one in legs.values()
                if (one.quote, one.party) == (leg.quote, "honoraires")
            ]  # fmt: skip
            assert own.settlement == "off_platform" or taken.get(own.reference)  # I3
    assert astray(question) == 0  # I6


def astray(question: UUID) -> int:
    """Ledger rows of a question whose accounts are not both in the row's own book."""
    [(many,)] = trials.rows(
        "SELECT count(*) FROM billing_journal j JOIN billing_ledgeraccount d ON d.id = j.debit_id"
        " JOIN billing_ledgeraccount c ON c.id = j.credit_id"
        " WHERE j.question = %s AND (d.book_id <> j.book_id OR c.book_id <> j.book_id)",
        question,
    )
    return int(many)


def at_rest(question: UUID, account: Account) -> None:
    """I4, and our books, the sandbox and our rows say the same of each payment."""
    legs = standing(question)
    assert [leg for leg in legs.values() if leg.live_ops] == []
    assert [leg.state for leg in legs.values() if leg.state not in ENDED] == []  # I4
    assert account.refunded(legs) == {
        leg.reference: leg.refunded_cents for leg in legs.values() if leg.refunded_cents
    }
    assert account.taken() == {
        leg.reference: leg.captured_cents for leg in legs.values() if leg.captured_cents
    }
    for kind, ended in (
        ("checkout.session", ("complete", "expired")),
        ("payment_intent", ("succeeded", "canceled")),
    ):
        for _, one in account.store.every(kind):
            if one["metadata"].get("reference") in legs:
                assert one["status"] in ended, kind
    _books(question, legs, account)


def _books(question: UUID, legs: dict[str, Standing], account: Account) -> None:
    found = trials.balances(question)
    for book in {name for name, _ in found}:
        assert found.get((book, "stripe"), 0) == account.net(platform=book == "platform")  # I8
        assert sum(cents for (name, _), cents in found.items() if name == book) == 0
        assert (book, "memo_held") not in found
    owed = sum(
        leg.amount_cents for leg in legs.values()
        if (leg.state, leg.party) == ("capture_lost", "honoraires")
    )  # fmt: skip
    assert sum(cents for (_, name), cents in found.items() if name == "receivable") == owed


def accounts_agree(since: datetime, now: datetime) -> None:
    """I8 for each whole account, payouts and unasked moves with it, by the daily look."""
    for side in reconciling.sides():
        found = reconciling.compare(side=side, since=since, now=now)
        assert found.difference_cents == 0, side.book


def ended(question: UUID, subject: object, account: Account) -> None:
    """All of it at rest, nothing shared on the wire (I5), and the log tells the same story."""
    at_rest(question, account)
    assert violations(account.store.requests()) == []  # I5
    legs, story = standing(question), trials.replayed(subject)
    assert story.counted["captures"] == sum(leg.state in TAKEN for leg in legs.values())
    assert not any(story.books().values())
