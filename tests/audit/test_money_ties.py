"""Stories of money that are well signed and untrue: each row is held to what was agreed."""

import copy
import hashlib
from uuid import UUID, uuid4

import pytest

from audit.facts import canonical
from tests.audit.forge import entry, written
from tests.audit.test_verifier import (
    AGREED,
    HOLD,
    LOST,
    bent,
    checked,
    data,
    disputes,
    in_log,
    is_refused,
    is_verified,
    leg,
    row,
    story,
    terms,
)

SUBJECT, PARTY = UUID(int=1), UUID(int=7)
ACCEPTED, PASSED, OWN, FEE = 2, 7, 8, 9
END = 11  # of the honest story
UNDONE = ("stripe", "external")


def says(kind, party="honoraires", rows=(), **more):
    """Add an entry about one payment of the story."""
    cents = {"honoraires": 3000, "platform": 500}[party]
    told = {**leg("q1", party, cents), **more, "journal": list(rows)}
    return lambda es: es.append(entry(kind, SUBJECT, data=copy.deepcopy(told)))


def both(*changes):
    def told(entries):
        for change in changes:
            change(entries)

    return told


def at_practice(entries):
    """The honoraires are settled at the practice, so only the fee is captured."""
    data(entries, ACCEPTED)["settlement"] = "off_platform"
    del entries[OWN]


def given_back(cents=3000, accounts=("honoraires", "stripe"), refund="re_1", source="", **more):
    party = "platform" if accounts[0] in ("platform_fee", "vat_due") else "honoraires"
    book = "platform" if party == "platform" else "dr:1"
    rows = [row(book, *accounts, cents, source or refund)]
    return says("leg.refunded", party, rows, refund=refund, refund_cents=cents, **more)


def acquitted(cents=3000):
    return says("leg.acquitted", "honoraires", [row("dr:1", "practice", "receivable", cents, "a")])


def paper(number=1, cents=3000, of="q1/honoraires", vat=0, series="dr:1", **more):
    told = {"receipt": str(uuid4()), "leg": of, "series": series, "number": number}
    said = {**told, "cents": cents, "vat_cents": vat, "sha256": "0" * 64, **more}
    return lambda es: es.append(entry("receipt.issued", SUBJECT, data=said))


def gate_row(n, **change):
    return lambda es: data(es, PASSED)["journal"][n].update(change)


def captured_row(debit, credit, cents, **more):
    def told(entries):
        data(entries, OWN)["journal"].append(row("dr:1", debit, credit, cents, "txn:q1", 1))
        data(entries, OWN).update(more)

    return told


def fee_of_dispute(*cents):
    """Fees that Stripe took for one dispute (positive), or gave back."""

    def told(entries):
        for n, fee in enumerate(cents):
            pair = ("stripe_fees", "stripe") if fee > 0 else ("stripe", "stripe_fees")
            said = {"dispute": "d", "status": "any", "dispute_cents": 3000}
            says("leg.disputed", rows=[row("dr:1", *pair, abs(fee), f"f{n}")], **said)(entries)

    return told


def opened(book, party):
    return lambda es: es.append(entry("book.opened", party, data={"book": book, "accounts": []}))


def paid_out(book, party, named=""):
    rows = [row(book, "bank", "stripe", 100, "po")]
    said = {"book": book, "kind": "payout", "line": named or "po", "journal": rows}
    return lambda es: es.append(entry("book.moved", party, data=said))


def unexplained(entries):
    """A charge nobody asked for, written as such; then a capture that says it was that one."""
    party = uuid4()
    rows = [row("dr:1", "stripe", "external", 3000, "txn:q1")]
    said = {"book": "dr:1", "kind": "charge", "line": "txn:q1", "journal": rows}
    entries.insert(OWN, entry("book.unexplained", party, data=said))
    opened("dr:1", party)(entries)
    entries.insert(OWN, entries.pop())
    own = data(entries, OWN + 2)
    own["transaction"] = "txn:q1"
    pairs = (("external", "stripe"), ("stripe", "receivable"))
    own["journal"] = [
        row("dr:1", *pair, 3000, "txn:q1:explained", n) for n, pair in enumerate(pairs)
    ]


def looked_first(*pairs, cents=3000):
    """A daily look writes a dispute's line as unexplained; then the payment says what it was."""

    def told(entries):
        party = uuid4()
        opened("dr:1", party)(entries)
        rows = [row("dr:1", "external", "stripe", 3000, "du")]
        said = {"book": "dr:1", "kind": "adjustment", "line": "du", "journal": rows}
        entries.append(entry("book.unexplained", party, data=said))
        rows = [row("dr:1", *pair, cents, "du:explained", n) for n, pair in enumerate(pairs)]
        about = {"dispute": "d", "status": "any", "dispute_cents": 3000}
        says("leg.disputed", rows=rows, **about)(entries)

    return told


def look(*pairs, line, cents):
    """A daily look writes a line that it cannot explain."""

    def told(entries):
        opened("dr:1", party := uuid4())(entries)
        rows = [row("dr:1", *pair, cents, line, n) for n, pair in enumerate(pairs)]
        said = {"book": "dr:1", "kind": "adjustment", "line": line, "journal": rows}
        entries.append(entry("book.unexplained", party, data=said))

    return told


def refund_looked_first(undone=3000, moved=3000):
    """A refund's line is written as unexplained; then its payment says what it was."""
    rows = [
        row("dr:1", "stripe", "external", undone, "txn:re:explained"),
        row("dr:1", "honoraires", "stripe", 3000, "txn:re:explained", 1),
    ]
    return both(
        look(("external", "stripe"), line="txn:re", cents=moved),
        says("leg.refunded", rows=rows, refund="re_1", refund_cents=3000),
    )


def fee_looked_first(entries):
    """Stripe gives the fee of a dispute back in a line of its own, seen by a daily look first."""
    fee_of_dispute(2000, 2000)(entries)
    back = ("stripe", "stripe_fees")
    look(back, line="fee", cents=2000)(entries)
    rows = [
        row("dr:1", *pair, 2000, "fee:explained", n) for n, pair in enumerate((back[::-1], back))
    ]
    says("leg.disputed", rows=rows, dispute="d", status="won", dispute_cents=3000)(entries)


def replaced(entries):
    """A dearer quote, in whose place another was accepted before the answer, is charged."""
    own = terms("q2", 100, 50)
    legs = [leg("q2", "honoraires", 100), leg("q2", "platform", 50)]
    agreed = {**data(entries, ACCEPTED), "quote": "q2", "sha256": own["sha256"], "legs": legs}
    second = copy.deepcopy(entries[1])
    second[1]["data"] = own
    newer = [second, entry("quote.accepted", SUBJECT, data=agreed)]
    for said in newer:
        said[1]["at"] = AGREED
    entries[ACCEPTED + 1 : ACCEPTED + 1] = newer


def other_quote(entries):
    """The pass of one quote, for the payments of another that was never judged."""
    own = terms("q2")
    legs = [leg("q2", "honoraires", 3000), leg("q2", "platform", 500)]
    agreed = {**data(entries, ACCEPTED), "quote": "q2", "sha256": own["sha256"], "legs": legs}
    second = copy.deepcopy(entries[1])
    second[1]["data"] = own
    for said in (second, entry("quote.accepted", SUBJECT, data=agreed)):
        said[1]["at"] = AGREED
        entries.append(said)
    taken = {**legs[0], "pass": "pass-q1", "captured_cents": 3000, "journal": []}
    entries.append(entry("leg.captured", SUBJECT, data=taken))


def issued_yesterday(entries):
    said = {name: value for name, value in terms("q1").items() if name != "sha256"}
    said["issued_at"] = "2026-11-20T09:00:00.000000Z"
    digest = hashlib.sha256(canonical(said)).hexdigest()
    entries[1][1]["data"] = {**said, "sha256": digest}
    data(entries, ACCEPTED)["sha256"] = digest


def lone_fee(entries):
    rows = data(entries, PASSED)["journal"]
    del rows[0]
    del entries[OWN]


def same_intent(entries):
    for n in (OWN, FEE):
        data(entries, n)["intent"] = "pi_1"


def agreed_later(entries):
    """The agreement names a moment other than that of its own entry, and the pass agrees."""
    data(entries, ACCEPTED)["accepted_at"] = later = "2026-11-21T09:30:00.000000Z"
    entries[PASSED][1]["decision"] = in_log(patient_accepted_fee_at=later)[0]


HONEST = {
    "honoraires settled at the practice, and the fee": both(at_practice, acquitted()),
    "a capture that Stripe takes its fee of": captured_row(
        "stripe_fees", "stripe", 70, stripe_fee_cents=70
    ),
    "a refund in two parts": both(given_back(1000), given_back(2000, refund="re_2")),
    "a refund of a fee with its VAT": says(
        "leg.refunded", "platform",
        [row("platform", "platform_fee", "stripe", 417, "re"),
         row("platform", "vat_due", "stripe", 83, "re", 1)],
        refund="re", refund_cents=500, vat_cents=83,
    ),
    "fees for a dispute, and one given back": fee_of_dispute(2000, 2000, -2000),
    "a fee for a dispute taken again once given back": fee_of_dispute(2000, -2000, 2000, 2000),
    "a charge written before it could be explained": unexplained,
    "a dispute written before it could be explained": looked_first(UNDONE, HOLD),
    "a refund written before it could be explained": refund_looked_first(),
    "a fee given back alone, written before it could be explained": fee_looked_first,
    "papers in their series": both(
        paper(), paper(1, 500, "q1/platform", 83, "platform"), given_back(),
        paper(2, kind="credit"),
    ),
    "a payout of each party": both(
        opened("platform", PARTY), paid_out("platform", PARTY)
    ),
    "a refund that was ordered": both(
        says("leg.refund-ordered", refund_cents=100), given_back(100)
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", HONEST)
def test_an_honest_way_of_the_money_is_verified(tmp_path, what):
    is_verified(tmp_path, bent(HONEST[what]))


FORGED = {
    "the gate earns more than was quoted": (gate_row(0, cents=4000), PASSED),
    "the gate earns another VAT": (both(gate_row(1, cents=500), gate_row(2, cents=0)), PASSED),
    "the gate earns a fee whose VAT is not its part": (
        both(gate_row(1, cents=400), gate_row(2, cents=100)), PASSED,
    ),
    "the gate writes honoraires as a fee": (gate_row(0, credit="platform_fee"), PASSED),
    "the gate pays straight to the bank": (gate_row(0, debit="bank"), PASSED),
    "a capture that was not earned": (
        lambda es: data(es, PASSED).update(journal=data(es, PASSED)["journal"][:1]), FEE,
    ),
    "a fee captured where no honoraires are earned": (lone_fee, PASSED),
    "a fee captured before its honoraires": (lambda es: es.insert(OWN, es.pop(FEE)), OWN),
    "honoraires captured that are settled at the practice": (
        lambda es: data(es, ACCEPTED).update(settlement="off_platform"), OWN,
    ),
    "honoraires settled at the practice after a card was agreed": (
        both(lambda es: es.__delitem__(slice(OWN, None)), acquitted()), OWN,
    ),
    "honoraires settled in part": (both(at_practice, acquitted(2000)), END - 1),
    "a capture that also pays out": (captured_row("bank", "stripe", 3000), OWN),
    "a capture that clears what is unexplained": (
        captured_row("external", "stripe", 700), OWN,
    ),
    "Stripe keeps more than was captured": (
        captured_row("stripe_fees", "stripe", 3001, stripe_fee_cents=3001), OWN,
    ),
    "Stripe keeps what its answer does not say": (
        captured_row("stripe_fees", "stripe", 900, stripe_fee_cents=70), OWN,
    ),
    "one payment at Stripe for both parties": (same_intent, FEE),
    "the pass of another quote": (other_quote, END + 2),
    "the pass of a quote in whose place another was accepted": (replaced, PASSED + 2),
    "a hold of more than was quoted": (
        lambda es: es.insert(3, entry(
            "leg.authorised", SUBJECT,
            data={**leg("q1", "honoraires", 3000),
                  "journal": [row("dr:1", "memo_held", "memo_contra", 2000, "pi:authorised")]},
        )), 3,
    ),
    "a hold on an amount that nobody agreed to": (
        lambda es: es.insert(3, entry(
            "leg.authorised", SUBJECT,
            data={**leg("q1", "honoraires", 9000),
                  "journal": [row("dr:1", "memo_held", "memo_contra", 9000, "pi:authorised")]},
        )), 3,
    ),
    "a payment voided after it was captured": (says("leg.voided"), END),
    "a payment captured after it was voided": (
        lambda es: es.insert(OWN, entry(
            "leg.voided", SUBJECT, data={**leg("q1", "honoraires", 3000), "journal": []}
        )), OWN + 1,
    ),
    "another fee given up than was earned": (
        lambda es: es.__setitem__(FEE, entry(
            "leg.capture-lost", SUBJECT,
            data={**leg("q1", "platform", 500),
                  "journal": [row("platform", "platform_fee", "receivable", 100, "lost")]},
        )), FEE,
    ),
    "a refund out of the bank": (given_back(accounts=("bank", "stripe")), END),
    "a refund of honoraires out of VAT": (
        given_back(500, ("vat_due", "stripe"), vat_cents=500), END,
    ),
    "a refund of a fee that keeps its VAT": (given_back(500, ("platform_fee", "stripe")), END),
    "a refund that undoes another amount than was written": (refund_looked_first(2999), END + 2),
    "a refund that is laid to the line of another amount": (
        refund_looked_first(2000, 2000), END + 2,
    ),
    "a line written twice": (
        both(opened("dr:1", PARTY), *[
            lambda es, n=n: es.append(entry("book.unexplained", PARTY, data={
                "book": "dr:1", "kind": "charge", "line": "txn:x",
                "journal": [row("dr:1", "stripe", "external", 900, "txn:x", n)],
            })) for n in (0, 1)
        ]), END + 2,
    ),
    "a capture that is laid to the line of another amount": (
        both(unexplained, lambda es: data(es, OWN + 1)["journal"][0].update(cents=2000),
             lambda es: data(es, OWN + 2)["journal"][0].update(cents=2000)), OWN + 2,
    ),
    "a dispute that undoes its line and writes nothing": (looked_first(UNDONE), END + 2),
    "one refund of two payments": (
        both(given_back(), given_back(500, ("platform_fee", "stripe"), source="other")), END + 1,
    ),
    "a refund ordered of what a bank took for good": (
        both(disputes(("d", HOLD, "s1"), ("d", LOST, "s2")),
             says("leg.refund-ordered", refund_cents=1, reason="goodwill")),
        END + 2,
    ),
    "more refunded than captured, in parts": (
        both(given_back(2000), given_back(2000, refund="re_2")), END + 1,
    ),
    "a dispute of one payment laid to the other": (
        both(disputes(("d", HOLD, "s1")),
             says("leg.disputed", "platform", dispute="d", status="any", dispute_cents=500)),
        END + 1,
    ),
    "a dispute that undoes another amount than was written": (
        looked_first(UNDONE, HOLD, cents=2999), END + 2,
    ),
    "a dispute that undoes what was written twice": (
        looked_first(UNDONE, UNDONE, HOLD), END + 2,
    ),
    "a dispute that undoes what nobody wrote": (
        says("leg.disputed", rows=[row("dr:1", *UNDONE, 3000, "dv:explained")], dispute="d",
             status="any", dispute_cents=3000),
        END,
    ),
    "a dispute beside the line that it was": (looked_first(HOLD), END + 2),
    "a fee for a dispute that nobody asks": (fee_of_dispute(50_001), END),
    "a fee for a dispute taken over and over": (fee_of_dispute(2000, 2000, 2000), END + 2),
    "a fee given back that was not taken": (fee_of_dispute(2000, -2001), END + 1),
    "a payout under another account's name": (
        both(opened("dr:1", uuid4()), paid_out("dr:1", uuid4())), END + 1,
    ),
    "a payout of a book that was never opened": (paid_out("dr:9", uuid4()), END),
    "a payout told as another line": (
        both(opened("dr:1", PARTY), paid_out("dr:1", PARTY, "po_2")), END + 1,
    ),
    "a book opened twice": (both(opened("dr:1", uuid4()), opened("dr:1", uuid4())), END + 1),
    "a capture that undoes another line": (
        both(unexplained, lambda es: data(es, OWN + 2).update(transaction="txn:other")), OWN + 2,
    ),
    "rows under an entry that moves no money": (
        lambda es: es.append(entry(
            "journal.posted", SUBJECT,
            data={"quote": "q1", "journal": [row("platform", "bank", "stripe", 500, "x")]},
        )), END,
    ),
    "an agreement at another moment than its own": (agreed_later, ACCEPTED),
    "a quote issued at another moment than its own": (issued_yesterday, 1),
    "a receipt of what was not taken": (
        lambda es: es.insert(OWN, entry("receipt.issued", SUBJECT, data={
            "receipt": "r", "leg": "q1/honoraires", "series": "dr:1", "number": 1,
            "cents": 3000, "vat_cents": 0,
        })), OWN,
    ),
    "a receipt over another amount": (paper(cents=2000), END),
    "a receipt of honoraires with VAT": (paper(vat=500), END),
    "a second receipt": (both(paper(), paper(2)), END + 1),
    "a gap in the numbers of a series": (paper(2), END),
    "a receipt in the other party's series": (paper(series="platform"), END),
    "a credit note of a payment without a receipt": (paper(kind="credit", cents=10), END),
}  # fmt: skip


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_way_of_the_money_is_found_and_named(tmp_path, what):
    change, index = FORGED[what]
    is_refused(tmp_path, bent(change), index)


def test_two_questions_cannot_share_a_number_of_one_series(tmp_path):
    entries = [*story(SUBJECT), *story(UUID(int=2), quote="q2")]
    paper()(entries)
    paper(1, of="q2/honoraires")(entries)
    entries[-1][1]["subject"] = str(UUID(int=2))
    is_refused(tmp_path, entries, 2 * END + 1)
    data(entries, -1)["number"] = 2
    report = checked(written(tmp_path / "again", entries))
    assert report.ok, report.why
