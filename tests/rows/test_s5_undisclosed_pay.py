"""S5: a service that hides how its price is split is refused; both lines are always shown."""

import json

import psycopg
import pytest

from audit.models import Entry
from billing.models import Acceptance, Leg, Quote, Receipt
from billing.money import digest_of, euros
from billing.queries.quotes import terms_of
from tests.rows.proving import as_program, proving
from tests.walks.test_one_question import in_hand, worked

LINES = ("honoraires_cents", "platform_cents")
SICK_NOTE = "Pouvez-vous me faire un arrêt de travail de trois jours, j'ai la gastro ?"


def lines_in(value):
    """Every serialised quote inside a JSON value."""
    if isinstance(value, dict):
        if "sha256" in value and ({*LINES} & set(value)):
            yield value
        for inner in value.values():
            yield from lines_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from lines_in(inner)


def test_no_quote_is_shown_or_recorded_without_both_lines(patient, physician):
    patient.asks(f"treating:{physician.person.id}")
    shown = list(lines_in(patient.state()))
    recorded = json.loads(bytes(Entry.objects.get(type="quote.issued").body))["data"]
    assert shown and all(set(LINES) <= set(quote) for quote in [*shown, recorded])
    quote = shown[0]
    assert quote["total"] == euros(sum(quote[line] for line in LINES))
    page = patient.client.get(patient.at("devis/")).content.decode()
    for cents in (quote["honoraires_cents"], quote["platform_cents"], 1500 + 180):
        assert euros(cents).split(",")[0] + "," in page
    assert Acceptance.objects.count() == 0, "the split is shown before anything is agreed"


@pytest.mark.parametrize("line", LINES)
def test_the_database_takes_no_quote_without_one_of_its_lines(walk, database, line):
    walk.quoted()
    columns = [field.column for field in Quote._meta.fields]
    with psycopg.connect(database.owner_url) as owner, pytest.raises(psycopg.Error, match="null"):
        named = ", ".join(columns)
        values = ", ".join(
            "gen_random_uuid()" if c == "id" else "NULL" if c == line else c for c in columns
        )
        owner.execute(f"INSERT INTO billing_quote ({named}) SELECT {values} FROM billing_quote")


def test_the_split_is_on_both_receipts_and_what_was_accepted_is_what_is_charged(
    patient, physician
):
    in_hand(patient, physician)
    physician.answers(patient.question)
    worked()
    quote = Quote.objects.get()
    accepted = json.loads(bytes(Entry.objects.get(type="quote.accepted").body))["data"]
    passed = json.loads(bytes(Entry.objects.get(type="gate.passed").body))["data"]
    own_hash = digest_of(terms_of(quote, physician.person.physician.rpps))
    assert own_hash == accepted["sha256"] == passed["quote_sha256"] == quote.sha256
    captured = sum(leg.captured_cents for leg in Leg.objects.all())
    assert captured == quote.honoraires_cents + quote.platform_cents == 1500 + 180
    papers = Receipt.objects.all()
    assert len(papers) == 2
    for paper in papers:
        page = patient.client.get(f"/recus/{paper.id}/").content.decode()
        split = page.split('id="split">')[1].split("</p>")[0]
        for cents in (1500, 180, 1680):
            assert euros(cents) in split, (paper.series, split)
        assert quote.sha256 in page


def test_what_is_turned_away_is_never_quoted_and_the_refusal_is_proven(
    patient, physician, sandbox, tmp_path
):
    proof = proving(sandbox, tmp_path)
    as_program(patient)
    answer = patient.asks(f"treating:{physician.person.id}", text=SICK_NOTE)
    refused = proof.refused(answer, "SICK_NOTE_REQUEST")
    assert refused.decision.facts["request_is_sick_leave"].value is True
    assert Quote.objects.count() == 0
