"""F4: what is charged is what was quoted and agreed to, to the cent, by code and by database."""

import json
from copy import copy
from datetime import datetime, timedelta

import psycopg
import pytest
from django.db import transaction

from audit.law import packs
from audit.law.evaluator import judge
from audit.law.model import Fact
from audit.models import Entry
from billing.actions import desk
from billing.models import GatePass, Leg, Quote
from billing.money import digest_of
from billing.queries.quotes import equals_quote, terms_of
from tests.billing.metered import offer_live
from tests.people import now


def data(type_: str) -> dict:
    return json.loads(bytes(Entry.objects.get(type=type_).body))["data"]


def test_the_hash_agreed_to_is_the_hash_charged_and_its_cents_are_those_taken(walk):
    quote = walk.held()
    walk.answers()
    walk.works()
    again = digest_of(terms_of(quote, walk.physician.physician.rpps))
    assert again == quote.sha256 == data("quote.accepted")["sha256"]
    assert again == data("gate.passed")["quote_sha256"] == GatePass.objects.get().quote_sha256
    taken = {leg.party: leg.captured_cents for leg in Leg.objects.all()}
    assert taken == {"honoraires": quote.honoraires_cents, "platform": quote.platform_cents}
    charged = [one["amount_captured"] for _, one in walk.server.sandbox.store.every("charge")]
    assert sorted(charged) == sorted(taken.values())


def test_code_sees_any_cent_by_which_a_charge_or_a_quote_differs(walk):
    quote = walk.held()
    legs = [*walk.legs().values()]
    assert equals_quote(quote, legs)
    for cents in (-100, -1, 1, 100):
        for at in range(len(legs)):
            other = [copy(leg) for leg in legs]
            other[at].amount_cents += cents
            assert not equals_quote(quote, other), (at, cents)
        for line in ("honoraires_cents", "platform_cents", "platform_vat_cents"):
            changed = copy(quote)
            setattr(changed, line, getattr(quote, line) + cents)
            assert not equals_quote(changed, legs), (line, cents)
    assert not equals_quote(quote, legs[:1]) and not equals_quote(quote, [])


# What a quote's terms do not say: whose question it is stands in the entry that carries them, and
# of the price list they say each amount themselves.
NO_TERMS = {"subject", "question", "schedule", "sha256"}


def other(value: object) -> object:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    return value + 1 if isinstance(value, int) else f"{value}x" if value is not None else now()


@pytest.mark.parametrize("tier", ["async-48h", "live", "forfait"])
def test_the_hash_holds_whatever_a_quote_says(walk, tier):
    if tier == "live":
        offer_live(walk)
    if tier == "forfait":
        with transaction.atomic():
            desk.set_honoraires(
                physician_id=walk.physician.id, cents=1500, forfait_cents=3000, forfait_days=30,
                actor=walk.physician.actor, now=now(),
            )  # fmt: skip
    quote, rpps = walk.quoted(tier=tier, cap_minutes=5 if tier == "live" else 0), "1"
    agreed = digest_of(terms_of(quote, rpps))
    assert digest_of(terms_of(quote, "2")) != agreed
    quote.per_minute_cents = quote.per_minute_cents or 1  # a cap is one of so many minutes each
    agreed = digest_of(terms_of(quote, rpps))
    for name in {one.name for one in Quote._meta.concrete_fields} - NO_TERMS - {"physician"}:
        changed = copy(quote)
        setattr(changed, name, other(getattr(quote, name)))
        assert digest_of(terms_of(changed, rpps)) != agreed, name


@pytest.mark.parametrize("profile", ["cnom2016", "strict", "law-only"])
def test_the_rule_of_the_house_lets_no_other_sum_pass_the_gate_under_any_profile(profile):
    for equal in (False, None):
        known = {} if equal is None else {"charge_equals_quote": Fact(equal, "system")}
        said = judge(facts=known, scopes=("gate",), at=now(), profile=profile, pack=packs.load())
        assert "quote-equals-charge" in {one.rule for one in said.refusing}


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("UPDATE billing_leg SET amount_cents = amount_cents + 1", "another amount was quoted"),
        (
            "UPDATE billing_leg SET amount_cents = 1800 WHERE party = 'honoraires'",
            "another amount was quoted",
        ),
        ("UPDATE billing_quote SET honoraires_cents = 1501", "billing_quote"),
        ("DELETE FROM billing_acceptance", "billing_acceptance"),
        (
            "INSERT INTO billing_op (id, subject, leg_id, quote_id, kind, state, amount_cents,"
            " reason, attempts, asked_at, due_at) SELECT gen_random_uuid(), subject, id, quote_id,"
            " 'capture', 'live', amount_cents + 1, '', 0, now(), now() FROM billing_leg",
            "owed|null|column",
        ),
    ],
)
def test_the_database_takes_no_other_cent_even_from_its_owner(walk, database, sql, why):
    walk.held()
    with psycopg.connect(database.owner_url) as owner, pytest.raises(psycopg.Error, match=why):
        owner.execute(sql)


def test_a_change_makes_a_new_quote_and_leaves_the_old_one_as_it_was_agreed(patient, physician):
    patient.asks(f"treating:{physician.person.id}")
    first = Quote.objects.get()
    patient.client.get(patient.at("devis/"))
    patient.accepts()
    assert patient.client.post(patient.at("devis/nouveau/")).status_code == 302
    second = Quote.objects.exclude(pk=first.pk).get()
    assert second.sha256 != first.sha256
    again = patient.client.post(
        patient.at("devis/"),
        {"quote": str(first.pk), "shown_at": "x", "settlement": "card"},
    )
    assert (again.status_code, again["X-Error-Code"]) == (422, "QUOTE_CHANGED")
    assert "checked" not in again.content.decode(), "nothing is carried over to another quote"
    assert {leg.quote_id for leg in Leg.objects.all()} == {first.pk}
