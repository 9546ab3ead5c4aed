"""Closed days: balances without scanning history, the same at every instant; the auditor's SQL."""

import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from billing.actions.closing import close_days
from billing.actions.work import run_due
from billing.models import ClosedDay, DaySum, Journal
from billing.queries.books import books, miscounted, statement
from tests import people
from tests.billing.test_views import signed_in
from tests.billing.trials import rows
from tests.billing.walk import Walk
from tests.people import now

SQL = Path(__file__).parents[2] / "billing" / "auditor.sql"


@pytest.fixture
def aged(walk: Walk, database) -> Walk:
    """A captured question whose rows the owner spreads over the last four days."""
    walk.held()
    assert walk.answers().gate_pass
    walk.works()
    ids = list(Journal.objects.order_by("id").values_list("id", flat=True))
    with psycopg.connect(database.superuser_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE billing_journal DISABLE TRIGGER USER")
        for n, one in enumerate(ids):
            at = now() - timedelta(days=4 - 4 * n / len(ids))
            owner.execute("UPDATE billing_journal SET posted_at = %s WHERE id = %s", [at, one])
        owner.execute("ALTER TABLE billing_journal ENABLE TRIGGER USER")
    return walk


def everything(at=None):
    return {state.name: state.accounts for state in books(at=at)}


def test_balances_are_the_same_at_every_instant_before_and_after_days_are_closed(aged):
    moments = [None, *(now() - timedelta(hours=7 * n) for n in range(16))]
    before = [everything(at) for at in moments]
    closed = close_days()
    assert closed >= 3 and close_days() == 0
    assert [everything(at) for at in moments] == before
    assert miscounted() == []
    assert all(sum(state.values()) == 0 for state in everything().values())


def test_a_balance_after_closing_reads_no_row_of_a_closed_day(aged):
    whole = sum(state.rows for state in books())
    close_days()
    since = {state.since for state in books()}
    assert len(since) == 1
    left = Journal.objects.filter(posted_at__gte=since.pop()).count()
    assert sum(state.rows for state in books()) == left < whole


def test_a_closed_day_takes_no_row_any_more(aged):
    close_days()
    row = Journal.objects.order_by("id").first()
    row.pk, row.source = None, f"late:{uuid4()}"
    row.posted_at = datetime.combine(ClosedDay.objects.latest("day").day, datetime.min.time(), UTC)
    with pytest.raises(IntegrityError, match="closed"), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.usefixtures("far_from_midnight")
def test_a_day_is_closed_by_the_databases_clock_and_never_before_it_ended(aged, monkeypatch):
    # A worker whose clock is days ahead closes no day that the database has not seen end.
    monkeypatch.setattr("billing.actions.work.reconcile_due", lambda **_: 0)
    run_due(now=now() + timedelta(days=3))
    today = now().astimezone(UTC).date()
    assert ClosedDay.objects.exists()
    assert not ClosedDay.objects.filter(day__gte=today).exists()
    for day in (today, today + timedelta(days=1)):
        with pytest.raises(IntegrityError, match="has not ended"), transaction.atomic():
            ClosedDay.objects.create(day=day, closed_at=now())


def test_a_kept_sum_that_was_bent_is_found_by_counting_again(aged, database):
    close_days()
    call_command("books", "--check", stdout=StringIO())
    DaySum.objects.filter(debit_cents__gt=0).order_by("id")[:1].get()
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("UPDATE billing_daysum SET debit_cents = debit_cents + 1 WHERE id ="
                      " (SELECT min(id) FROM billing_daysum WHERE debit_cents > 0)")  # fmt: skip
    assert len(miscounted()) == 1
    with pytest.raises(CommandError):
        call_command("books", "--check", stdout=StringIO())


def test_a_statement_leads_from_its_first_balance_to_its_last(aged):
    close_days()
    start, end = now() - timedelta(days=3), now() - timedelta(days=1)
    for name in everything():
        found = statement(name, start, end)
        moved = dict(found.before)
        for row in found.rows:
            moved[row.debit_name] += row.amount_cents
            moved[row.credit_name] -= row.amount_cents
        assert moved == found.after
    assert statement("dr:nobody", start, end) is None


def test_the_month_on_a_page_and_as_csv_of_ones_own_book_only(aged):
    client = signed_in(aged.physician.account)
    page = client.get("/livres/releve/").content.decode()
    assert "Honoraires" in page and "TVA" not in page
    sheet = client.get(f"/livres/releve/?mois={now():%Y-%m}&format=csv").content.decode()
    assert sheet.startswith("at,event,debit,credit,cents,source")
    assert "platform_fee" not in sheet
    for odd in ("2026-13", "x", "9999-99", ""):
        assert client.get(f"/livres/releve/?mois={odd}").status_code == 200
    assert signed_in(aged.patient.account).get("/livres/releve/").status_code == 404
    newcomer = signed_in(people.a_physician().account)
    assert "Aucune écriture ce mois-ci" in newcomer.get("/livres/releve/").content.decode()


def told_by_command(*options: str) -> list[list[str]]:
    out = StringIO()
    call_command("books", *options, "--csv", stdout=out)
    return [line.split(",") for line in out.getvalue().split()[1:]]


def test_the_command_tells_a_book_an_account_or_a_question_as_of_any_instant(aged):
    close_days()
    (own,) = (name for name in everything() if name != "platform")
    for at in (now() - timedelta(days=9), now() - timedelta(days=2), now()):
        asked = ["--at", at.isoformat()]
        for name, accounts in everything(at).items():
            whole = [[name, account, str(cents)] for account, cents in accounts.items()]
            assert told_by_command(*asked, "--book", name) == whole
        found = told_by_command(*asked, "--account", "honoraires")
        assert found == [[own, "honoraires", str(everything(at)[own]["honoraires"])]]
    table = StringIO()
    call_command("books", "--book", own, stdout=table)
    assert "honoraires" in table.getvalue() and "platform_fee" not in table.getvalue()
    out = StringIO()
    call_command("books", "--question", str(aged.question), "--csv", stdout=out)
    told = out.getvalue().splitlines()
    assert len(told) == 1 + Journal.objects.filter(question=aged.question).count()
    with pytest.raises(CommandError, match="is no id"):
        call_command("books", "--question", "x")
    with pytest.raises(CommandError, match="no book"):
        call_command("books", "--book", "dr:1")


def auditors_answers(url: str) -> list[int]:
    """How many rows each query of the auditor's file gives."""
    text = re.sub(r"--.*", "", SQL.read_text())
    with psycopg.connect(url) as reader:
        return [len(reader.execute(one).fetchall()) for one in text.split(";") if one.strip()]


def test_the_auditors_queries_find_nothing_in_a_sound_house(aged, database):
    assert auditors_answers(database.url) == [0, 0, 0]


def test_the_auditors_queries_find_a_capture_whose_pass_is_gone(aged, database):
    with psycopg.connect(database.superuser_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE billing_gatepass DISABLE TRIGGER ALL")
        owner.execute("DELETE FROM billing_gatepass")
    assert auditors_answers(database.url) == [0, 0, 2]


def test_closing_is_one_statement_whatever_the_number_of_rows(aged):
    before = rows("SELECT count(*) FROM billing_daysum")
    assert before == [(0,)]
    with connection.execute_wrapper(counting := Counting()):
        close_days()
    assert len([one for one in counting.said if "billing_journal" in one]) <= 2


class Counting(list):
    """The statements that were sent."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def __call__(self, execute, sql, params, many, context):
        self.said.append(sql)
        return execute(sql, params, many, context)
