"""What is always true of one question's money, and what is once everybody has finished.

One query reads our side of a question, one table of the sandbox what really moved; both are
cheap enough to be asked after every step.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.actions import reconciling
from billing.models import ConnectedAccount
from billing.sandbox import shapes
from billing.sandbox.store import PLATFORM, Object, Store
from billing.states import ENDED, TAKEN
from tests.billing import trials
from tests.billing.wire import violations

_STANDING = """
SELECT l.id, l.party, l.state, l.settlement, l.amount_cents, l.captured_cents, l.refunded_cents,
       l.refund_ordered_cents, l.quote_id, l.payment_intent, l.elsewhere,
       CASE WHEN l.party = 'platform' THEN coalesce(m.cents, q.platform_cents)
            ELSE q.honoraires_cents END,
       p.id IS NOT NULL AND p.quote_sha256 = q.sha256 AND a.id IS NOT NULL,
       (SELECT count(*) FROM billing_op o WHERE o.leg_id = l.id AND o.state = 'live')
  FROM billing_leg l JOIN billing_quote q ON q.id = l.quote_id
  LEFT JOIN billing_gatepass p ON p.quote_id = l.quote_id
  LEFT JOIN billing_meterreading m ON m.quote_id = l.quote_id
  LEFT JOIN consults_answer a ON a.id = p.answer AND a.question_id = l.question
 WHERE l.question = %s
"""


@dataclass(frozen=True)
class Standing:
    """One payment as it stands on our side."""

    id: UUID
    party: str
    state: str
    settlement: str
    amount_cents: int
    captured_cents: int
    refunded_cents: int
    refund_ordered_cents: int
    quote: UUID
    intent: str | None  # of the hold that counts
    elsewhere: bool  # its account's holder took it, not we
    owed_cents: int  # as quoted, or what its meter read
    passed: bool  # a pass on this very quote, for an answer of this very question
    live_ops: int


def standing(question: UUID) -> list[Standing]:
    """Every payment of a question, of every quote."""
    return [Standing(*row) for row in trials.rows(_STANDING, question)]


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
            **shapes.move(store.now(), "adjustment", "", int(total)), "id": source
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
    by_holder: set[str]  # PaymentIntents that the account's holder took, without us

    def lines(self) -> list[tuple[str, Object]]:
        """What moved since this story began, with the universe it moved in."""
        every = self.store.every("balance_transaction")
        return [
            (of, one) for of, one in every
            if one["id"] not in self.carried and one["id"] not in self.asides
        ]  # fmt: skip

    def taken(self) -> dict[str, int]:
        """What was really taken, by PaymentIntent."""
        moved = [one for _, one in self.lines() if one["type"] == "charge"]
        of = self._intents() if moved else {}
        taken: Counter[str] = Counter()
        for one in moved:
            taken[of[one["source"]]] += one["amount"]
        return dict(taken)

    def refunded(self) -> dict[str, int]:
        """What really left again, by PaymentIntent, refunds that came back not counted."""
        given: Counter[str] = Counter()
        for _, one in self.store.every("refund"):
            if one["status"] == "succeeded":
                given[one["payment_intent"]] += one["amount"]
        return dict(given)

    def net(self, intents: set[str], *, platform: bool) -> int:
        """What these payments changed on one side's balance."""
        own = [one for of, one in self.lines() if bool(of) != platform]
        of = self._intents() if own else {}
        return sum(one["net"] for one in own if of[one["source"]] in intents)

    def _intents(self) -> dict[str, str]:
        """What a line of a balance may name, and the PaymentIntent behind it."""
        kinds = ("charge", "refund", "dispute")
        return {
            one["id"]: one["payment_intent"]
            for kind in kinds for _, one in self.store.every(kind)
        }  # fmt: skip


def at_every_step(question: UUID, account: Account) -> None:
    """I1, I2, I3, I6 and I7 as they must hold at any moment."""
    legs, taken = standing(question), account.taken()
    for leg in legs:  # I7, and the database holds it too
        assert leg.refunded_cents <= leg.refund_ordered_cents <= leg.captured_cents
    by_intent = {leg.intent: leg for leg in legs if leg.intent}
    ours = {intent: cents for intent, cents in taken.items() if intent not in account.by_holder}
    assert set(ours) <= set(by_intent), "taken under a hold that does not count"
    for intent, cents in ours.items():
        leg = by_intent[intent]
        assert leg.passed, "taken without a pass on its own quote and answer"  # I1
        assert cents == leg.owed_cents <= leg.amount_cents  # I2
        if leg.party == "platform":
            [own] = [
                one for one in legs if (one.quote, one.party) == (leg.quote, "honoraires")
            ]  # fmt: skip
            assert own.settlement == "off_platform" or taken.get(own.intent or "")  # I3
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
    assert [leg for leg in legs if leg.live_ops] == []
    assert [leg.state for leg in legs if leg.state not in ENDED] == []  # I4
    counted = _counted(legs)
    taken, back = account.taken(), account.refunded()
    assert _of(back, counted) == {
        leg.intent: leg.refunded_cents for leg in legs if leg.refunded_cents
    }
    assert _of(taken, counted) == {
        leg.intent: leg.captured_cents for leg in legs if leg.captured_cents
    }
    for intent in set(taken) - counted:  # a hold that did not count, taken by its holder
        assert intent in account.by_holder
    for kind, ended in (
        ("checkout.session", ("complete", "expired")),
        ("payment_intent", ("succeeded", "canceled")),
    ):
        for _, one in account.store.every(kind):
            assert one["status"] in ended, kind
    _books(question, legs, account)


def _counted(legs: list[Standing]) -> set[str]:
    """The holds that count."""
    return {leg.intent for leg in legs if leg.intent}


def _of(cents: dict[str, int], intents: set[str]) -> dict[str, int]:
    return {intent: many for intent, many in cents.items() if intent in intents and many}


def _books(question: UUID, legs: list[Standing], account: Account) -> None:
    found, counted = trials.balances(question), _counted(legs)
    for book in {name for name, _ in found}:
        moved = account.net(counted, platform=book == "platform")
        assert found.get((book, "stripe"), 0) == moved  # I8
        assert sum(cents for (name, _), cents in found.items() if name == book) == 0
        assert (book, "memo_held") not in found
    owed = sum(
        leg.amount_cents for leg in legs
        if (leg.state, leg.party) == ("capture_lost", "honoraires")
    )  # fmt: skip
    assert sum(cents for (_, name), cents in found.items() if name == "receivable") == owed


def given_back_whole(question: UUID) -> None:
    """After a breach nobody keeps anything: what was not released was refunded, once."""
    for leg in standing(question):
        assert leg.state not in ("due", "acquitted", "capture_lost", "capturing")
        assert leg.elsewhere or leg.captured_cents == leg.refunded_cents


def accounts_agree(since: datetime, now: datetime) -> None:
    """I8 for each whole account, payouts and unasked moves with it, by the daily look."""
    for side in reconciling.sides():
        found = reconciling.compare(side=side, since=since, now=now)
        assert found.difference_cents == 0, side.book


def is_known_to_be_open(account: str) -> None:
    """What was done to an account is heard of within a day, whatever events were lost."""
    own = ConnectedAccount.objects.get(stripe_account=account)
    assert own.charges_enabled and own.deauthorised_at is None


def ended(question: UUID, subject: object, account: Account) -> None:
    """All of it at rest, nothing shared on the wire (I5), and the log tells the same story."""
    at_rest(question, account)
    assert violations(account.store.requests()) == []  # I5
    legs, story = standing(question), trials.replayed(subject)
    ours = [leg for leg in legs if leg.state in TAKEN and not leg.elsewhere]
    assert story.counted["captures"] == len(ours)
    assert not any(story.books().values())
