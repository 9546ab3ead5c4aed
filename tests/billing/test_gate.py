"""Nothing is captured without a pass; a refusal gives both holds back."""

import json
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from audit.models import Entry
from billing import queries
from billing.actions import desk, gate, payments
from billing.models import GatePass, Journal, Leg, Op, Receipt
from tests.billing.walk import DECLINED, STRONG, Walk
from tests.people import now


def entries(walk: Walk, kind: str) -> list[dict]:
    """The bodies of this type about the walk's question, in order."""
    subject = walk.legs()["platform"].subject if walk.legs() else None
    rows = Entry.objects.filter(type=kind).order_by("id")
    bodies = [json.loads(bytes(row.body)) for row in rows]
    return [body for body in bodies if subject is None or body["subject"] == str(subject)]


def test_an_answer_inside_the_pathway_is_charged_in_two_books(walk: Walk):
    quote = walk.held()
    assert walk.states() == {"honoraires": "authorised", "platform": "authorised"}
    book = f"dr:{walk.physician.physician.rpps}"
    assert walk.sums() == {
        "platform": {"memo_held": 300, "memo_contra": -300},
        book: {"memo_held": 1500, "memo_contra": -1500},
    }
    charged = walk.answers()
    assert charged.gate_pass, [f.rule for f in charged.decision.refusing]
    assert walk.states() == {"honoraires": "capturing", "platform": "authorised"}
    walk.works()
    assert walk.states() == {"honoraires": "captured", "platform": "captured"}
    assert walk.sums() == {
        "platform": {"platform_fee": -250, "vat_due": -50, "stripe": 270, "stripe_fees": 30},
        book: {"honoraires": -1500, "stripe": 1452, "stripe_fees": 48},
    }
    assert {op.kind for op in Op.objects.filter(gate_pass__isnull=False)} == {"capture"}
    passed = entries(walk, "gate.passed")[0]
    assert passed["data"]["quote_sha256"] == quote.sha256
    assert passed["decision"]["outcome"] == "billable"
    assert {row["book"] for row in passed["data"]["journal"]} == {"platform", book}
    assert len(entries(walk, "leg.captured")) == 2


def test_the_books_can_be_summed_from_the_log_alone(walk: Walk):
    walk.held()
    walk.answers()
    walk.works()
    written = [
        (row["book"], row["debit"], row["credit"], row["cents"], row["source"], row["seq"])
        for entry in Entry.objects.order_by("id")
        for row in json.loads(bytes(entry.body))["data"].get("journal", [])
    ]
    kept = Journal.objects.order_by("id").values_list(
        "book__name", "debit_name", "credit_name", "amount_cents", "source", "seq"
    )
    assert written == list(kept)


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"act_kind": "simple_advice"}, "art53-simple-advice-not-billable"),
        ({"report": None}, "r6316-4-trace-in-record"),
        ({"outcome": "see-physician"}, "art53-fee-only-for-act-performed"),
        ({}, None),
    ],
)
def test_a_refused_gate_gives_both_holds_back(walk: Walk, said, rule):
    walk.held()
    charged = walk.answers(**said)
    if rule is None:  # the same question, answered well, is charged
        assert charged.gate_pass
        return
    assert charged.gate_pass is None
    fired = {finding.rule for finding in charged.decision.fired}
    assert {rule, "platform-fee-follows-the-act"} <= fired
    assert not GatePass.objects.exists()
    walk.works()
    assert walk.states() == {"honoraires": "voided", "platform": "voided"}
    assert all(not accounts for accounts in walk.sums().values())
    assert not Receipt.objects.exists()
    assert entries(walk, "gate.refused")[0]["decision"]["outcome"] == "not_billable"
    store = walk.server.sandbox.store
    assert {intent["status"] for _, intent in store.every("payment_intent")} == {"canceled"}


def test_outside_the_pathway_nothing_is_charged(database, sandbox):
    walk = Walk.begun(sandbox, ground="none")
    walk.held()
    charged = walk.answers()
    assert charged.gate_pass is None
    assert "pathway-link-required" in {finding.rule for finding in charged.decision.fired}
    walk.works()
    assert set(walk.states().values()) == {"voided"}


def test_a_declined_card_leaves_the_question_unready(walk: Walk):
    walk.accepted()
    walk.pays("honoraires", DECLINED)
    assert walk.legs()["honoraires"].state == "declined"
    assert walk.legs()["honoraires"].refused_code == "card_declined"
    assert not queries.ready(walk.question)
    walk.pays("honoraires")
    walk.pays("platform")
    assert queries.ready(walk.question)


def test_three_d_secure_leads_to_a_hold(walk: Walk):
    walk.accepted()
    to = walk.pays("honoraires", STRONG)
    assert walk.legs()["honoraires"].return_token in to
    assert walk.legs()["honoraires"].state == "authorised"


def test_three_d_secure_abandoned_holds_nothing_and_can_be_resumed(walk: Walk):
    walk.accepted()
    walk.pays("honoraires", STRONG, proves=False)
    leg = walk.legs()["honoraires"]
    assert (leg.state, leg.refused_code) == (
        "declined", "payment_intent_authentication_failure",
    )  # fmt: skip
    assert walk.page_of("honoraires") == leg.hosted_url
    walk.pays("honoraires")
    assert walk.legs()["honoraires"].state == "authorised"


def test_off_platform_honoraires_fall_due_at_the_pass_and_the_fee_is_taken(walk: Walk):
    walk.held(settlement="off_platform")
    assert walk.states() == {"honoraires": "draft", "platform": "authorised"}
    assert queries.ready(walk.question)
    assert walk.answers().gate_pass
    walk.works()
    assert walk.states() == {"honoraires": "due", "platform": "captured"}
    book = f"dr:{walk.physician.physician.rpps}"
    assert walk.sums()[book] == {"receivable": 1500, "honoraires": -1500}
    leg = walk.legs()["honoraires"]
    with transaction.atomic():
        desk.acquit(leg_id=leg.id, actor=walk.physician.actor, now=now())
    assert walk.sums()[book] == {"practice": 1500, "honoraires": -1500}
    assert Receipt.objects.get(series=book).settlement == "off_platform"
    with pytest.raises(desk.NotDue), transaction.atomic():
        desk.acquit(leg_id=leg.id, actor=walk.physician.actor, now=now())
    assert walk.server.sandbox.store.every("payment_intent", leg.return_token) == []


def test_off_platform_refused_owes_nothing(walk: Walk):
    walk.held(settlement="off_platform")
    assert walk.answers(act_kind="simple_advice").gate_pass is None
    walk.works()
    assert walk.states() == {"honoraires": "voided", "platform": "voided"}
    assert all(not accounts for accounts in walk.sums().values())


@pytest.mark.parametrize("why", ["care given freely", "known as unbillable"])
def test_free_care_makes_no_payment_object(walk: Walk, why):
    if why == "care given freely":
        walk.asks_for(0)
    quote = walk.accepted(billable=why != "known as unbillable")
    assert (quote.honoraires_cents, quote.platform_cents) == (0, 0)
    assert walk.legs() == {} and queries.ready(walk.question)
    charged = walk.answers()
    assert bool(charged.gate_pass) is True
    walk.works()
    assert not Op.objects.exists() and not Journal.objects.exists()
    assert walk.server.sandbox.store.every("checkout.session") == []


def test_without_an_agreement_nothing_is_charged(walk: Walk):
    walk.quoted()
    charged = walk.answers()
    assert charged.gate_pass is None
    assert "art53-prior-fee-information" in {finding.rule for finding in charged.decision.fired}


def test_the_gate_judges_inside_a_transaction_alone(walk: Walk):
    with pytest.raises(Exception, match="transaction"):
        gate.charge(
            question_id=walk.question, answer_id=walk.question, actor=walk.patient.actor,
            now=now(),
        )  # fmt: skip


def test_the_database_refuses_a_capture_without_a_pass(walk: Walk):
    walk.held()
    leg = walk.legs()["honoraires"]
    common = {
        "subject": leg.subject, "leg": leg, "quote_id": leg.quote_id, "amount_cents": 1500,
        "asked_at": now(),
    }  # fmt: skip
    with pytest.raises(IntegrityError, match="op_capture_has_pass"), transaction.atomic():
        Op.objects.create(kind="capture", **common)
    assert walk.answers().gate_pass
    passed = GatePass.objects.get()
    with pytest.raises(IntegrityError, match="op_capture_has_pass"), transaction.atomic():
        Op.objects.create(kind="cancel", gate_pass=passed, **common)
    other = walk.again()
    other.held()
    mine = other.legs()["honoraires"]
    stolen = {**common, "leg": mine, "quote_id": mine.quote_id, "subject": mine.subject}
    with pytest.raises(IntegrityError, match="op_pass_of_quote"), transaction.atomic():
        Op.objects.create(kind="capture", gate_pass=passed, **stolen)
    with pytest.raises(IntegrityError, match="op_leg_of_quote"), transaction.atomic():
        Op.objects.create(kind="capture", gate_pass=passed, **{**stolen, "quote_id": leg.quote_id})


def test_the_database_refuses_a_pass_for_another_question_or_quote(walk: Walk):
    walk.held()
    assert walk.answers().gate_pass
    passed = GatePass.objects.values().get()
    other = walk.again()
    quote = other.held()
    stolen = {
        **passed, "id": uuid4(), "quote_id": quote.id, "quote_sha256": quote.sha256,
        "question": other.question,
    }  # fmt: skip
    for change, key in (
        ({"answer": uuid4()}, "answer_to_question"),
        ({"question": walk.question, "answer": uuid4()}, "quote_as_agreed"),
        ({"quote_sha256": "0" * 64, "answer": uuid4()}, "quote_as_agreed"),
    ):
        with pytest.raises(IntegrityError, match=key), transaction.atomic():
            GatePass.objects.create(**{**stolen, **change})


def test_a_second_live_end_of_a_leg_is_refused(walk: Walk):
    walk.held()
    with transaction.atomic():
        for _ in range(2):  # said twice, it is ordered once
            payments.release(
                question_id=walk.question, reason="test", actor=walk.patient.actor, now=now()
            )
    assert Op.objects.filter(kind="cancel").count() == 2
    leg = walk.legs()["platform"]
    with pytest.raises(IntegrityError, match="op_one_live_end"), transaction.atomic():
        Op.objects.create(
            subject=leg.subject, leg=leg, quote_id=leg.quote_id, kind="cancel",
            amount_cents=1, asked_at=now(),
        )  # fmt: skip
    walk.works()
    assert set(walk.states().values()) == {"voided"}


def test_a_state_cannot_be_written_without_its_entry(walk: Walk):
    walk.held()
    with pytest.raises(Exception, match="billing_leg"):
        Leg.objects.filter(question=walk.question).update(state="captured")
    assert set(walk.states().values()) == {"authorised"}
