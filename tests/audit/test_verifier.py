"""The verifier: an honest export passes, and whatever is bent is found and named."""

import copy
import hashlib
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import note, protocol, verifier
from audit.actions.sealing import shown
from audit.facts import canonical
from audit.law import packs
from audit.law.evaluator import judge
from audit.law.model import Fact
from tests.audit import forge
from tests.audit.forge import entry, written

ACT = datetime(2026, 11, 21, 9, tzinfo=UTC)


BILLED = {
    "on_call_duty": True,
    "trace_report_present": True,
    "already_paid_by_on_call_allowance": False,
    "integrated_in_care_pathway": True,
    "has_treating_physician": False,
    "report_sent_to_treating_physician": True,
}


SHOWN, AGREED, TERM = (f"2026-11-21T{hour}:00:00.000000Z" for hour in ("08", "09", "21"))
FEE = {
    "physician_fee_cents": 3000,
    "platform_fee_cents": 500,
    "fee_shown_at": SHOWN,
    "patient_accepted_fee_at": AGREED,
}
WHOLE = ("act", "physician", "contract", "standing", "gate")
BY = {"physician_rpps": "1"}  # who claims and answers, and whom the quote names


def decided(pack=forge.SMALL, scopes=WHOLE, profile="cnom2016", at=ACT, **values):
    facts = {name: Fact(value, "registry") for name, value in values.items()}
    return judge(facts=facts, scopes=scopes, at=at, profile=profile, pack=pack)


def in_log(**values):
    return shown(decision=decided(**{**BILLED, **FEE, **values}))


def admitted():
    scopes = ("intake", "physician", "contract", "standing", "signing")
    return decided(scopes=scopes).as_json()


def turned_away():
    made = decided(pack=packs.load(), scopes=("intake",), red_flag_detected=True)
    return shown(decision=made)[0]


def forecast(billable=True):
    return decided(scopes=("act",), **{**BILLED, "on_call_duty": billable}).as_json()


def terms(quote, honoraires=3000, platform=500):
    said = {
        "billable": True, "tier": "async-48h",
        "quote": quote, **BY, "honoraires_cents": honoraires,
        "platform_cents": platform, "vat_bps": 2000, "issued_at": AGREED, "expires_at": TERM,
        "answer_within_seconds": 172_800,
    }  # fmt: skip
    return {**said, "sha256": hashlib.sha256(canonical(said)).hexdigest()}


def requoted(entries, n=1, **terms_too):
    """The story of a quote with other terms, hashed and agreed to as such."""
    said = {name: value for name, value in data(entries, n).items() if name != "sha256"}
    said |= terms_too
    digest = hashlib.sha256(canonical(said)).hexdigest()
    entries[n][1]["data"] = {**said, "sha256": digest}
    data(entries, n + 1)["sha256"] = digest


def leg(quote, party, cents, **more):
    return {"leg": f"{quote}/{party}", "quote": quote, "party": party, "cents": cents, **more}


def row(book, debit, credit, cents, source, seq=0):
    return {
        "book": book, "debit": debit, "credit": credit, "cents": cents, "source": source,
        "seq": seq,
    }  # fmt: skip


def story(subject, decision=None, quote="q1"):
    """One question from its opening to two captures."""
    decision = decision or in_log()[0]
    legs = [leg(quote, "honoraires", 3000), leg(quote, "platform", 500)]
    took = {"pass": f"pass-{quote}", "captured_cents": 3000}
    fee = {"pass": f"pass-{quote}", "captured_cents": 500}
    gate = [
        row("dr:1", "receivable", "honoraires", 3000, f"gate:{quote}"),
        row("platform", "receivable", "platform_fee", 417, f"gate:{quote}", 10),
        row("platform", "receivable", "vat_due", 83, f"gate:{quote}", 11),
    ]
    answer = f"answer-{quote}"
    # A quote is issued and agreed to at the moment of its entry, wherever the story stands.
    agreed = {"shown_at": SHOWN, "accepted_at": AGREED, "settlement": "card"}
    told = [
        entry("question.opened", subject, decision=admitted()),
        entry("quote.issued", subject, data=terms(quote), decision=forecast()),
        entry(
            "quote.accepted",
            subject,
            data={"quote": quote, "sha256": terms(quote)["sha256"], "legs": legs, **agreed},
        ),
        entry("question.queued", subject),
        entry("question.claimed", subject, data=BY, decision=admitted()),
        entry("message.posted", subject),
        entry("answer.given", subject, data={"answer": answer, **BY}, decision=admitted()),
        entry(
            "gate.passed",
            subject,
            data={"quote": quote, "answer": answer, "pass": f"pass-{quote}", "journal": gate},
            decision=decision,
        ),
        entry(
            "leg.captured",
            subject,
            data={
                **legs[0],
                **took,
                "journal": [row("dr:1", "stripe", "receivable", 3000, f"txn:{quote}")],
            },
        ),
        entry(
            "leg.captured",
            subject,
            data={
                **legs[1],
                **fee,
                "journal": [row("platform", "stripe", "receivable", 500, f"txn:{quote}:fee")],
            },
            scope="national",
        ),
        entry("question.closed", subject),
    ]
    for said in told[1:3]:
        said[1]["at"] = AGREED
    return told


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    """An export of 300 entries: two billed questions, one refused, and plain entries."""
    first, second, third = uuid4(), uuid4(), uuid4()
    entries = [
        *story(first),
        entry("question.refused", third, decision=turned_away(), scope="national"),
        *(entry("record.listed", uuid4(), scope="69") for _ in range(260)),
        *story(second, quote="q2"),
    ]
    entries += [entry("record.listed", uuid4()) for _ in range(300 - len(entries))]
    return written(tmp_path_factory.mktemp("honest") / "export", entries)


def is_verified(folder, entries):
    report = checked(written(folder / "export", entries))
    assert report.ok, (report.bad_index, report.why)


def is_refused(folder, entries, index):
    report = checked(written(folder / "export", entries))
    assert (report.ok, report.bad_index) == (False, index), report.why


def checked(folder, **more):
    return verifier.verify(folder, key=forge.VKEY, **more)


def test_an_honest_export_is_verified(honest):
    report = checked(honest)
    assert report.ok, report.why
    assert (report.size, report.judged, report.sealed) == (300, 10, [11])
    assert report.scopes == {"75": 37, "69": 260, "national": 3}
    assert report.questions == {"closed": 2, "refused": 1}
    assert report.money == {"quotes": 2, "passes": 2, "captures": 4, "journal rows": 10}
    assert report.books == {"dr:1": 0, "platform": 0}
    assert sum(report.packs.values()) == 11 and len(report.packs) == 2
    assert any("no earlier checkpoint" in text for text in report.unproven)


def test_an_empty_log_is_verified(tmp_path):
    assert checked(written(tmp_path / "export", [])).ok


def covered(folder: Path) -> list[Path]:
    """Every file: one flipped bit must betray it."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_one_flipped_bit_anywhere_is_found_and_named(honest, data):
    files = covered(honest)
    path = data.draw(st.sampled_from(files))
    content = path.read_bytes()
    bit = data.draw(st.integers(0, len(content) * 8 - 1))
    bent = bytearray(content)
    bent[bit // 8] ^= 1 << bit % 8
    path.write_bytes(bent)
    try:
        report = checked(honest)
    finally:
        path.write_bytes(content)
    assert not report.ok
    if path.name == "checkpoint":
        assert report.bad_index is None
    else:
        assert report.bad_index is not None and 0 <= report.bad_index < 300
    if path.parent.parent.name == "0" or path.parent.name == "0":
        tile = 0 if path.name == "000" else 256
        assert report.bad_index == tile + bit // 8 // 32


def test_a_changed_entry_is_named_exactly(honest, tmp_path):
    copied = shutil.copytree(honest, tmp_path / "copy")
    bundle = copied / "tile" / "entries" / "000"
    leaves = list(protocol.unbundled(bundle.read_bytes()))
    leaves[17] = leaves[17].replace(b"record.listed", b"record.LISTED")
    bundle.write_bytes(protocol.bundle(leaves))
    report = checked(copied)
    assert (report.ok, report.bad_index) == (False, 17)
    assert verifier.printed(report).startswith("FALSIFIED at index 17:")


@pytest.mark.parametrize(
    "name", ["checkpoint", "tile/entries/000", "tile/0/000", "tile/1/000.p/1"]
)
def test_a_missing_file_is_found(honest, tmp_path, name):
    copied = shutil.copytree(honest, tmp_path / "copy")
    (copied / name).unlink()
    assert not checked(copied).ok


def test_another_key_does_not_verify(honest):
    other = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)
    report = verifier.verify(honest, key=note.vkey(forge.ORIGIN, note.public_bytes(other)))
    assert not report.ok and report.bad_index is None


def test_an_earlier_checkpoint_is_the_beginning_of_the_log(tmp_path):
    entries = [entry("record.listed", UUID(int=n)) for n in range(300)]
    before = (written(tmp_path / "before", entries[:270]) / "checkpoint").read_bytes()
    assert checked(written(tmp_path / "after", entries), earlier=before).ok
    rewritten = [entry("record.read", UUID(int=5)), *entries[1:]]
    report = checked(written(tmp_path / "rewritten", rewritten), earlier=before)
    assert not report.ok and "does not continue" in report.why
    assert not checked(written(tmp_path / "short", entries[:200]), earlier=before).ok


def test_a_gap_in_the_numbers_of_a_scope_is_found(tmp_path):
    entries = [entry("record.listed", uuid4(), scope=s) for s in ("75", "69", "75", "69")]
    report = checked(written(tmp_path / "export", entries, numbers={"69": 1}))
    assert (report.bad_index, report.ok) == (1, False)


def bent(change, quote="q1"):
    entries = copy.deepcopy(story(UUID(int=1), quote=quote))
    change(entries)
    return entries


def without(*types):
    return lambda es: es.__setitem__(slice(None), [e for e in es if e[1]["type"] not in types])


def data(entries, n):
    return entries[n][1]["data"]


def decision(entries):
    return entries[7][1]["decision"]


def duty(entries):
    return decision(entries)["facts"]["on_call_duty"]


def post_again(entries):
    rows = data(entries, 8)["journal"]
    rows.append(rows[0])


def judged_so(**facts):
    return lambda es: es[7][1].update(decision=in_log(**facts)[0])


def by_fewer_rules(entries):
    made = decided(scopes=("act",), **BILLED, **FEE)
    entries[7][1]["decision"] = made.as_json()


def hide(entries):
    decision(entries)["facts"]["on_call_duty"] = {"sealed": "0" * 64}
    decision(entries)["sealed_fired"] = "0" * 64


def pass_again(entries):
    again = without_journal(entries[7])
    again[1]["data"].update({"pass": "another"})
    entries.insert(8, again)


def judged_by(n, scopes):
    return lambda es: es[n][1].update(decision=decided(scopes=scopes).as_json())


def judged_on(source, evidence):
    facts = {name: Fact(value, source, evidence) for name, value in {**BILLED, **FEE}.items()}
    law = {"scopes": WHOLE, "at": ACT, "profile": "cnom2016", "pack": forge.SMALL}
    made = shown(decision=judge(facts=facts, **law))[0]
    return lambda es: es[7][1].update(decision=made)


def refused_before(entries):
    said = {"quote": "q1", "answer": "answer-q1", "releases": []}
    made = in_log(on_call_duty=False)[0]
    entries.insert(7, entry("gate.refused", entries[0][1]["subject"], data=said, decision=made))


def days_later(entries):
    for n, one in enumerate(entries[7:]):
        one[1]["at"] = f"2026-11-24T09:00:0{n}.000000Z"
    entries[7][1]["decision"] = {**decision(entries), "at": entries[7][1]["at"]}


def price_without_ground(entries):
    said = {name: value for name, value in terms("q1").items() if name != "sha256"}
    said["billable"] = False
    digest = hashlib.sha256(canonical(said)).hexdigest()
    entries[1][1].update(data={**said, "sha256": digest}, decision=forecast(False))
    data(entries, 2)["sha256"] = digest


def acquitted_too(entries):
    paid = [row("dr:1", "practice", "receivable", 3000, "acquitted")]
    said = {**leg("q1", "honoraires", 3000), "journal": paid}
    entries.append(entry("leg.acquitted", entries[0][1]["subject"], data=said))


def waived(credit="receivable", after=None):
    """Honoraires given up: beside a capture, or with rows that do not reverse what was due."""

    def changed(entries):
        del entries[after or len(entries) :]
        back = [row("dr:1", "honoraires", credit, 3000, "waived")]
        said = {**leg("q1", "honoraires", 3000), "journal": back}
        entries.append(entry("leg.waived", entries[0][1]["subject"], data=said))

    return changed


def begins(scopes):
    made = decided(pack=packs.load(), scopes=scopes) if scopes else None
    said = {"from": "visa", "to": "active", "reason": "visa-given"}
    shown_so = shown(decision=made)[0] if made else None
    return lambda es: es.append(entry("physician.moved", uuid4(), data=said, decision=shown_so))


def text_let_through(entries):
    facts = {"copy_claims_reimbursed": True}
    made = decided(pack=packs.load(), scopes=("offer", "words"), **facts)
    assert made.outcome == "block_intake"
    entries.append(entry("text.judged", uuid4(), decision=shown(decision=made)[0]))


def breaches(*at):
    """A time of one second, from the queue at 3, is said to have passed before these entries."""

    def told(entries):
        requoted(entries, answer_within_seconds=1)
        for n in at:
            subject = entries[0][1]["subject"]
            entries.insert(n, entry("question.breached", subject, data={"seconds_late": n - 4}))

    return told


def moves(debit, credit, book="dr:1", source="line"):
    said = {"book": "dr:1", "kind": "payout", "line": source}
    rows = [row(book, debit, credit, 100, source)]

    def told(entries):
        party = uuid4()
        entries.append(entry("book.opened", party, data={"book": "dr:1", "accounts": []}))
        entries.append(entry("book.moved", party, data={**said, "journal": rows}))

    return told


HOLD, LOST = ("dispute_hold", "stripe"), ("chargebacks", "dispute_hold")
REGAINED = LOST[::-1]


def disputes(*steps):
    """Contest the honoraires step by step: (dispute, its accounts, the source of its rows).

    Then, where they are not plain, the bank's word, and the cents of each row.
    """

    def told(entries):
        for name, accounts, source, *more in steps:
            pairs = accounts if isinstance(accounts, list) else [accounts]
            status, cents = more or ("lost" if accounts == LOST else "any", [3000] * len(pairs))
            rows = [
                row("dr:1", *pair, many, source, n)
                for n, (pair, many) in enumerate(zip(pairs, cents, strict=True))
            ]
            said = {
                **leg("q1", "honoraires", 3000), "dispute": name, "status": status,
                "dispute_cents": 3000, "journal": rows,
            }  # fmt: skip
            entries.append(entry("leg.disputed", entries[0][1]["subject"], data=said))

    return told


BENT = {
    "a claim before the queue": (lambda es: es.insert(1, es.pop(4)), 1),
    "an answer twice": (lambda es: es.insert(7, es[6]), 7),
    "a message after the end": (lambda es: es.append(es[5]), 11),
    "a capture without a pass": (without("gate.passed"), 7),
    "a pass without an accepted quote": (without("quote.accepted"), 6),
    "a quote that was never issued": (without("quote.issued"), 1),
    "a quote without its forecast": (lambda es: es[1][1].pop("decision"), 1),
    "a quote against its forecast": (lambda es: es[1][1].update(decision=forecast(False)), 1),
    "terms that do not hash": (lambda es: data(es, 1).update(platform_cents=1), 1),
    "another amount": (lambda es: data(es, 8).update(cents=1, captured_cents=1), 8),
    "more than quoted": (lambda es: data(es, 8).update(captured_cents=3001), 8),
    "a leg captured twice": (lambda es: es.insert(9, without_journal(es[8])), 9),
    "a row posted twice": (post_again, 8),
    "a negative row": (lambda es: data(es, 8)["journal"][0].update(cents=-1), 8),
    "a decision that does not bill": (judged_so(on_call_duty=False), 7),
    "a pass by fewer rules": (by_fewer_rules, 7),
    "a pass on other amounts": (judged_so(physician_fee_cents=1), 7),
    "a pass on another agreement": (judged_so(patient_accepted_fee_at=SHOWN), 7),
    "a pass for no answer": (lambda es: data(es, 7).update(answer="another"), 7),
    "a pass for another question": (lambda es: es[7][1].update(subject=str(uuid4())), 7),
    "a second pass": (pass_again, 8),
    "an open fact hidden": (hide, 7),
    "an agreement after the term": (lambda es: data(es, 2).update(accepted_at=TERM), 2),
    "a line that was not quoted": (lambda es: data(es, 2)["legs"].pop(), 2),
    "a payment nobody agreed to": (lambda es: data(es, 8).update(leg="another"), 8),
    "a row in another's book": (lambda es: data(es, 8)["journal"][0].update(book="platform"), 8),
    "another amount in the book": (lambda es: data(es, 8)["journal"][0].update(cents=1), 8),
    "an act that chose its moment": (lambda es: es[7][1].update(at=SHOWN), 7),
    "a claim without a decision": (lambda es: es[4][1].pop("decision"), 4),
    "an outcome not judged": (lambda es: decision(es).update(outcome="not_billable"), 7),
    "a finding left out": (lambda es: decision(es)["fired"].clear(), 7),
    "a fact changed": (lambda es: duty(es).update(value=False), 7),
    "a fact that lapsed": (lambda es: duty(es).update(valid_until="2026-11-21T09:00:00Z"), 7),
    "rules that are not there": (lambda es: decision(es)["pack"].update(sha256="0" * 64), 7),
    "rules under another name": (lambda es: decision(es)["pack"].update(version="x"), 7),
    "a decision without facts": (lambda es: decision(es).pop("facts"), 7),
    "a question let in by other rules": (judged_by(0, ("act",)), 0),
    "an answer by other rules": (judged_by(6, ("words",)), 6),
    "a pass after a refusal": (refused_before, 8),
    "a pass after its time had passed": (breaches(6), 8),
    "a time that passed twice": (breaches(5, 6), 6),
    "a time that passed after the answer": (breaches(7), 7),
    "a verdict days after its answer": (days_later, 7),
    "a price that the forecast forbids": (price_without_ground, 1),
    "a pass on hopes": (judged_on("system", "hoped"), 7),
    "a pass on the patient's word alone": (judged_on("patient", None), 7),
    "honoraires acquitted and captured": (acquitted_too, 11),
    "honoraires waived and captured": (waived(), 11),
    "honoraires waived into another account": (waived("practice", after=8), 8),
    "a physician who begins without a decision": (begins(None), 11),
    "a physician who begins against a decision": (begins(("physician", "contract")), 11),
    "a text let through against its decision": (text_let_through, 11),
    "a balance moved between other accounts": (moves("honoraires", "practice"), 12),
    "a balance moved in another's book": (moves("bank", "stripe", book="platform"), 12),
    "a balance moved twice": (moves("bank", "stripe", source="txn:q1"), 12),
    "an unexplained move told as explained": (moves("external", "stripe"), 12),
    "a payment contested twice over": (disputes(("d1", HOLD, "s1"), ("d2", HOLD, "s2")), 12),
    "a dispute that takes its amount twice": (disputes(("d", HOLD, "s1"), ("d", HOLD, "s2")), 12),
    "a dispute lost that held nothing": (disputes(("d", LOST, "d:lost")), 11),
    "a dispute lost and contested again": (
        disputes(("d", HOLD, "s1"), ("d", LOST, "d:lost"), ("e", HOLD, "s2")),
        13,
    ),
    "a dispute won back that was never lost": (
        disputes(("d", HOLD, "s1"), ("d", REGAINED, "d:lost")),
        12,
    ),
    "a dispute won back twice": (
        disputes(
            ("d", HOLD, "s1"), ("d", LOST, "s2"), ("d", REGAINED, "s3"), ("d", REGAINED, "s4")
        ),
        14,
    ),
    "another's loss won back": (
        disputes(("d", HOLD, "s1"), ("d", LOST, "s2"), ("e", REGAINED, "s3")),
        13,
    ),
    "another amount won back than was lost": (
        disputes(("d", HOLD, "s1"), ("d", LOST, "s2"), ("d", [REGAINED], "s3", "won", [2999])),
        13,
    ),
    "a dispute won whose loss stays written": (
        disputes(("d", HOLD, "s1"), ("d", LOST, "s2"), ("d", [], "s3", "won", [])),
        13,
    ),
    "a dispute lost whose loss is won back": (
        disputes(("d", HOLD, "s1"), ("d", LOST, "s2"), ("d", [REGAINED], "s3", "lost", [3000])),
        13,
    ),
    "a dispute lost without its loss": (
        disputes(("d", HOLD, "s1"), ("d", [], "s2", "lost", [])),
        12,
    ),
    "a dispute won of which a part comes back": (
        disputes(("d", HOLD, "s1"), ("d", [HOLD[::-1]], "s2", "won", [1000])),
        12,
    ),
    "more of a dispute given back than was taken": (
        disputes(
            ("d", HOLD, "s1"),
            ("d", LOST, "s2"),
            ("d", [REGAINED, HOLD[::-1], HOLD[::-1]], "s3", "won", [3000] * 3),
        ),
        13,
    ),
}


def test_a_dispute_lost_a_dispute_won_and_a_payout_are_verified(tmp_path):
    for told in (
        disputes(("d", HOLD, "s1"), ("d", LOST, "d:lost")),
        disputes(
            ("d", HOLD, "s1"),
            ("d", [HOLD[::-1], LOST], "s2", "lost", [1000, 2000]),
            ("d", [REGAINED, HOLD[::-1]], "s3", "won", [2000] * 2),
        ),
        disputes(
            ("d", HOLD, "s1"),
            ("d", LOST, "s2"),
            ("d", [REGAINED, HOLD[::-1]], "s3", "won", [3000] * 2),
            ("d", [HOLD, LOST], "s4", "lost", [3000] * 2),
        ),
        disputes(
            ("d", HOLD, "s1"),
            ("d", LOST, "s2"),
            ("d", [REGAINED, HOLD[::-1]], "s3", "lost", [1000] * 2),
        ),
        disputes(("d", HOLD, "s1"), ("d", HOLD[::-1], "s2"), ("e", HOLD, "s3")),
        moves("bank", "stripe"),
    ):
        report = checked(written(tmp_path / str(uuid4()), bent(told)))
        assert report.ok, report.why


def wrongly(change=lambda entries: None, **said):
    """A story whose act was judged again and found wanting, its honoraires given back."""

    def told(entries):
        subject = entries[0][1]["subject"]
        entries[7][1]["at"] = "2026-11-21T09:00:07.000000Z"
        entries[7][1]["decision"]["at"] = "2026-11-21T09:00:07.000000Z"
        made = in_log(on_call_duty=False)[0]
        again = {**made, "at": "2026-11-21T09:00:07.000000Z", **said}
        own = data(entries, 8)
        back = {name: own[name] for name in ("leg", "quote", "party", "cents")}
        entries += [
            entry("act.judged-again", subject, data={"earlier": entries[7][1]["decision"]["id"]}),
            entry(
                "incident.opened",
                subject,
                data={"decision": again["id"], "outcome": again["outcome"]},
            ),
            entry(
                "leg.refund-ordered",
                subject,
                data={**back, "refund_cents": 3000, "reason": "block-found"},
            ),
        ]
        for index, late in enumerate(entries[11:], 11):
            late[1]["at"] = f"2026-11-21T09:00:{index}.000000Z"
        entries[11][1]["decision"] = again
        change(entries)

    return told


def test_an_act_judged_again_is_held_to_its_own_moment_and_the_refund_to_the_incident(tmp_path):
    report = checked(written(tmp_path / "export", bent(wrongly())))
    assert report.ok, report.why
    assert report.money["incidents"] == 1
    # Ordered back, and not seen to be given back.
    assert "that what was charged wrongly is given back, in entries 12" in report.unproven


def left_so(entries):
    del entries[12:]
    entries.append(entry("record.listed", uuid4()))
    entries[-1][1]["at"] = "2026-11-22T09:00:00.000000Z"


WRONGLY = {
    "judged again by another day's law": (wrongly(at="2026-11-21T08:00:07.000000Z"), 11),
    "an incident without a decision": (wrongly(lambda es: es.pop(11)), 11),
    "an incident of an act that may be charged": (
        wrongly(lambda es: es[11][1].update(decision={**in_log()[0], "at": es[7][1]["at"]})),
        12,
    ),
    "an incident twice": (wrongly(lambda es: es.insert(13, copy.deepcopy(es[12]))), 13),
    "a refund for a block that nobody found": (wrongly(lambda es: es.pop(12)), 12),
    "a wrong charge found and left so": (wrongly(left_so), 11),
    "judged again under another profile": (wrongly(profile="strict"), 11),
    "judged again beside another act": (
        wrongly(lambda es: data(es, 11).update(earlier=str(uuid4()))),
        11,
    ),
}


def test_a_log_that_ends_before_an_incident_says_so(tmp_path):
    report = checked(
        written(tmp_path / "export", bent(wrongly(lambda es: es.__delitem__(slice(12, None)))))
    )
    assert report.ok and any("incidents follow" in text for text in report.unproven)


@pytest.mark.parametrize("what", WRONGLY)
def test_a_wrong_that_was_not_found_so_is_not_believed(tmp_path, what):
    change, index = WRONGLY[what]
    is_refused(tmp_path, bent(change), index)


def test_what_an_erased_key_hides_is_named(tmp_path):
    said, _ = in_log(patient_objects_to_sharing=True, has_treating_physician=True)
    folder = written(tmp_path / "export", story(UUID(int=1), said))
    report = checked(folder, openings={"7": "erased"})
    assert report.ok and (report.sealed, report.erased) == ([], [7])
    assert "in part not re-judged: erased: entries 7" in verifier.printed(report)


def test_long_lists_of_entries_are_told_as_ranges():
    assert verifier.ranges([1, 2, 3, 7]) == "1-3, 7"
    assert verifier.ranges(list(range(0, 90, 2))).endswith("38, and 25 more (--json names them)")


def without_journal(one):
    scope, body = copy.deepcopy(one)
    body["data"].pop("journal")
    return scope, body


@pytest.mark.parametrize("what", BENT)
def test_a_story_that_breaks_is_found_where_it_breaks(tmp_path, what):
    change, index = BENT[what]
    is_refused(tmp_path, bent(change), index)


def test_a_question_that_waited_for_anybody_is_queued_once_more_by_its_quote(tmp_path):
    entries = story(UUID(int=1))
    queued = next(one for one in entries if one[1]["type"] == "question.queued")
    report = checked(written(tmp_path / "export", [entries[0], queued, *entries[1:]]))
    assert report.ok, report.why


def test_sealed_facts_are_judged_again_only_with_their_opening(tmp_path):
    said, openings = in_log(patient_objects_to_sharing=True, has_treating_physician=True)
    assert "sealed" in said["facts"]["patient_objects_to_sharing"] and openings
    assert "treating-physician-informed" not in canonical(said).decode()
    folder = written(tmp_path / "export", story(UUID(int=1), said))
    report = checked(folder)
    assert report.ok and report.sealed == [7] and report.judged == 4
    assert any("not re-judged: sealed: entries 7" in text for text in report.unproven)
    opened = checked(folder, openings={"7": json.loads(json.dumps(openings))})
    assert opened.ok and opened.sealed == [] and opened.judged == 5, opened.why
    openings["facts"]["patient_objects_to_sharing"]["fact"]["value"] = False
    assert checked(folder, openings={"7": openings}).bad_index == 7


moments = st.integers(820_600_000, 2_208_000_000).map(lambda s: datetime.fromtimestamp(s, UTC))
answers = st.sampled_from([True, False, None])


@settings(deadline=None, max_examples=120)
@given(st.data(), moments, st.sampled_from(["cnom2016", "strict", "law-only"]))
def test_every_decision_of_the_evaluator_is_judged_the_same_again(data, at, profile):
    pack = packs.load()
    drawn = {}
    for name, kind in pack.facts.items():
        if data.draw(answers):
            drawn[name] = Fact(data.draw(VALUES[kind.type]), "registry")
    scopes = data.draw(st.sets(st.sampled_from(("act", "intake", "gate", "offer")), min_size=1))
    made = judge(facts=drawn, scopes=tuple(scopes), at=at, profile=profile, pack=pack)
    again = verifier.Judge(PACKS, {})
    again.packs[pack.ref.sha256] = json.loads(packs.canonical_bytes(pack))
    assert again.again(0, made.as_json()) is True
    said, openings = shown(decision=made)
    again.openings = {"1": openings}
    assert again.again(1, said) is True
    assert again.again(2, said) is (not openings)


PACKS = Path("/nowhere")
VALUES = {
    "bool": st.booleans(),
    "int": st.integers(-5, 20_000),
    "enum": st.sampled_from(["telemedicine_act", "simple_advice", "written", "registered", "10"]),
    "datetime": st.sampled_from(["2026-03-29T02:30:00", "2026-10-25T02:30:00Z", "hier"]),
}


def test_the_command_says_so_and_exits_with_it(honest, tmp_path):
    key = tmp_path / "export.vkey"
    key.write_text(forge.VKEY)
    command = [sys.executable, verifier.__file__, str(honest), "--key", str(key)]
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": ""}
    done = subprocess.run(command, capture_output=True, text=True, env=bare, cwd=tmp_path)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "VERIFIED"), done.stdout
    copied = shutil.copytree(honest, tmp_path / "copy")
    (copied / "tile" / "0" / "000").write_bytes(bytes(8192))
    command[2] = str(copied)
    done = subprocess.run(command, capture_output=True, text=True, env=bare, cwd=tmp_path)
    assert (done.returncode, done.stdout[:21]) == (1, "FALSIFIED at index 0:")
    command[2] = str(tmp_path / "nothing")
    assert subprocess.run(command, capture_output=True, env=bare).returncode == 1


def test_signatures_agree_with_the_library():
    key = Ed25519PrivateKey.from_private_bytes(b"\7" * 32)
    public, message = note.public_bytes(key), b"journal"
    signature = key.sign(message)
    assert verifier.signature_holds(public, message, signature)
    for n in (0, 31, 32, 63):
        wrong = bytearray(signature)
        wrong[n] ^= 1
        assert not verifier.signature_holds(public, message, bytes(wrong))
    assert not verifier.signature_holds(public, b"journaL", signature)
    assert not verifier.signature_holds(b"\xff" * 32, message, signature)
