"""F3: no row joins a physician's book and the platform's, whoever writes it and by whatever way.

Each way is tried as the application, as the tables' owner and as a superuser whose session is a
replica's, where ordinary triggers and foreign keys do not look; the error is named each time.
What only the power over the schema can do, the auditor's file finds, with `psql` alone.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from django.db import transaction

from audit.facts import NATIONAL, SYSTEM
from billing.actions.steps import open_book
from config.engines.binaries import postgres_folder
from tests.people import now

SQL = Path(__file__).parents[2] / "billing" / "auditor.sql"
DR, PLATFORM = "dr:10101010101", "platform"
COLUMNS = (
    "subject, book_id, kind, event, debit_id, debit_name, credit_id, credit_name, amount_cents,"
    " source, seq, posted_at"
)
IN_BOOK = r"journal_(debit|credit)_in_book|journal_in_one_book"
ROLES = ("application", "owner", "superuser")


@pytest.fixture
def parties(database) -> dict[tuple[str, str], str]:
    """Two books; the accounts of each by book and name, and the books by their names alone."""
    with transaction.atomic():
        for name, scope in ((DR, "75"), (PLATFORM, NATIONAL)):
            open_book(name=name, scope=scope, actor=SYSTEM, now=now())
    with psycopg.connect(database.url) as line:
        accounts = line.execute(
            "SELECT b.name, a.name, a.id FROM billing_ledgeraccount a"
            " JOIN billing_book b ON b.id = a.book_id"
        ).fetchall()
        books = line.execute("SELECT name, '', id FROM billing_book").fetchall()
    return {(book, name): str(id) for book, name, id in [*accounts, *books]}


@contextmanager
def connected(database, role: str) -> Iterator[psycopg.Connection]:
    urls = {
        "application": database.url, "owner": database.owner_url,
        "superuser": database.superuser_url,
    }  # fmt: skip
    with psycopg.connect(urls[role]) as line:
        if role == "superuser":
            line.execute("SET session_replication_role = replica")
        yield line


def joining(parties, **change: object) -> dict[str, object]:
    """A row that would take what a patient owes the physician to the platform's account."""
    return {
        "subject": uuid4(), "book": parties[PLATFORM, ""], "kind": "platform",
        "event": "captured", "debit": parties[PLATFORM, "stripe"], "debit_name": "stripe",
        "credit": parties[DR, "receivable"], "credit_name": "receivable", "cents": 1500,
        "source": f"x:{uuid4()}", "seq": 0, "at": datetime.now(UTC), **change,
    }  # fmt: skip


def every_row(parties) -> list[dict[str, object]]:
    """Each way round, in either book, and under the name of the other kind."""
    own, theirs = parties[DR, "receivable"], parties[PLATFORM, "receivable"]
    mine, platform = parties[DR, "stripe"], parties[PLATFORM, "stripe"]
    dr = {"book": parties[DR, ""], "kind": "physician"}
    return [
        joining(parties),
        joining(parties, debit=mine, credit=theirs),
        joining(parties, **dr),
        joining(parties, **dr, debit=mine, credit=theirs),
        joining(parties, kind="physician"),
        joining(parties, book=parties[DR, ""]),
        joining(parties, book=parties[DR, ""], debit=mine, credit=own),
        joining(parties, debit=mine, credit=own),
        joining(parties, book=str(uuid4()), debit=platform, credit=theirs),
        joining(parties, debit=str(uuid4()), credit=theirs),
    ]


VALUES = ", ".join(
    f"%({name})s" for name in ("subject", "book", "kind", "event", "debit", "debit_name",
                               "credit", "credit_name", "cents", "source", "seq", "at")
)  # fmt: skip


def by_insert(line: psycopg.Connection, row: dict[str, object]) -> None:
    line.execute(f"INSERT INTO billing_journal ({COLUMNS}) VALUES ({VALUES})", row)


def by_copy(line: psycopg.Connection, row: dict[str, object]) -> None:
    with (
        line.cursor() as cursor,
        cursor.copy(f"COPY billing_journal ({COLUMNS}) FROM STDIN") as copy,
    ):
        copy.write_row(list(row.values()))


def by_merge(line: psycopg.Connection, row: dict[str, object]) -> None:
    line.execute(
        "MERGE INTO billing_journal j USING (SELECT 1) one ON false"
        f" WHEN NOT MATCHED THEN INSERT ({COLUMNS}) VALUES ({VALUES})",
        row,
    )


def by_block(line: psycopg.Connection, row: dict[str, object]) -> None:
    values = psycopg.ClientCursor(line).mogrify(VALUES, row)
    line.execute(f"DO $$ BEGIN INSERT INTO billing_journal ({COLUMNS}) VALUES ({values}); END $$")


def deferred(line: psycopg.Connection, row: dict[str, object]) -> None:
    line.execute("SET CONSTRAINTS ALL DEFERRED")
    by_insert(line, row)


@pytest.mark.parametrize("role", ROLES)
def test_no_row_that_joins_two_books_is_written_by_anybody_in_any_way(database, parties, role):
    ways = (by_insert, by_copy, by_merge, by_block, deferred)
    with connected(database, role) as line:
        for way in ways:
            for row in every_row(parties) if way is by_insert else [joining(parties)]:
                with pytest.raises(psycopg.IntegrityError, match=IN_BOOK):
                    way(line, row)
                line.rollback()
                if role == "superuser":
                    line.execute("SET session_replication_role = replica")
        assert line.execute("SELECT count(*) FROM billing_journal").fetchone() == (0,)


def honest(parties, source: str = "honest") -> dict[str, object]:
    return joining(parties, credit=parties[PLATFORM, "receivable"], source=source)


def entered(line: psycopg.Connection, subject: object) -> None:
    """Write an entry that allows a row of a book, as whoever wants to be believed would."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    body = (
        f'{{"actor":{{"id":"{subject}","kind":"system"}},"at":"{at}","data":{{}},'
        f'"subject":"{subject}","type":"journal.posted","v":1}}'
    )
    line.execute(
        "INSERT INTO audit_entry (body, subject, scope) VALUES (%s, %s, 'national')",
        [body.encode(), subject],
    )


BENDING = {
    "a row moved to another account": "UPDATE billing_journal SET credit_id = '{own}'",
    "a row moved to another book": "UPDATE billing_journal SET book_id = '{dr}'",
    "a row moved while inserting": (
        "INSERT INTO billing_journal SELECT * FROM billing_journal"
        " ON CONFLICT (source, seq) DO UPDATE SET credit_id = '{own}'"
    ),
    "a row moved by a merge": (
        "MERGE INTO billing_journal j USING (SELECT 1) one ON true"
        " WHEN MATCHED THEN UPDATE SET credit_id = '{own}'"
    ),
    "an account moved to another book": (
        "UPDATE billing_ledgeraccount SET book_id = '{dr}', kind = 'physician'"
        " WHERE id = '{theirs}'"
    ),
    "an account taken away": "DELETE FROM billing_ledgeraccount WHERE id = '{theirs}'",
    "a book given another's name": "UPDATE billing_book SET name = '{dr}' WHERE kind = 'platform'",
    "a book taken away": "DELETE FROM billing_book WHERE kind = 'platform'",
    "everything emptied": "TRUNCATE billing_journal, billing_ledgeraccount, billing_book CASCADE",
}


@pytest.mark.parametrize("role", ROLES)
def test_what_is_written_is_not_bent_into_a_join_afterwards(database, parties, role):
    with psycopg.connect(database.url) as line:
        row = honest(parties)
        entered(line, row["subject"])
        by_insert(line, row)
    ids = {
        "own": parties[DR, "receivable"], "theirs": parties[PLATFORM, "receivable"],
        "dr": parties[DR, ""],
    }  # fmt: skip
    for what, statement in BENDING.items():
        with connected(database, role) as line:
            with pytest.raises(psycopg.Error, match=r"denied|rows are only added"):
                line.execute(statement.format(**ids))
                pytest.fail(what)
            line.rollback()


SCHEMA = {
    "ALTER TABLE billing_journal DISABLE TRIGGER ALL": r"must be owner|system trigger",
    "SET session_replication_role = replica": "permission denied",
    "ALTER TABLE billing_journal DROP CONSTRAINT journal_debit_in_book": "must be owner",
    "CREATE TABLE more () INHERITS (billing_journal)": r"permission denied|must be owner",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'": "permission denied",
    "INSERT INTO billing_flow VALUES (gen_random_uuid(), gen_random_uuid(), 'platform',"
    " 'captured', 'stripe', 'honoraires')": "permission denied",
}


def test_the_application_has_no_way_to_change_the_rules_themselves(database, parties):
    for statement, named in SCHEMA.items():
        with (
            psycopg.connect(database.url) as line,
            pytest.raises(psycopg.Error, match=named),
        ):
            line.execute(statement)


def test_the_owner_with_every_trigger_of_theirs_off_still_cannot_join_two_books(database, parties):
    with psycopg.connect(database.owner_url, autocommit=True) as line:
        for statement in ("SET session_replication_role = replica",
                          "ALTER TABLE billing_journal DISABLE TRIGGER ALL"):  # fmt: skip
            with pytest.raises(psycopg.Error, match=r"permission denied"):
                line.execute(statement)
        line.execute("ALTER TABLE billing_journal DISABLE TRIGGER USER")
        for row in every_row(parties):
            with pytest.raises(psycopg.IntegrityError, match=IN_BOOK):
                by_insert(line, row)


def asked(url: str) -> list[str]:
    """What the auditor's file says, by psql alone: the lines of all its answers."""
    psql = postgres_folder() / "psql"
    said = subprocess.run(
        [psql, "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", SQL, url],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [line for line in said.stdout.splitlines() if line]


def test_the_auditors_file_is_short_and_finds_nothing_in_a_sound_house(database, parties):
    assert len(SQL.read_text().splitlines()) <= 30
    with psycopg.connect(database.url) as line:
        row = honest(parties)
        entered(line, row["subject"])
        by_insert(line, row)
    assert asked(database.url) == []


def off(line: psycopg.Connection, row: dict[str, object]) -> None:
    """Every guard off, foreign keys included: only a superuser can."""
    line.execute("ALTER TABLE billing_journal DISABLE TRIGGER ALL")
    by_insert(line, row)
    line.execute("ALTER TABLE billing_journal ENABLE TRIGGER ALL")


def beside(line: psycopg.Connection, row: dict[str, object]) -> None:
    """A table of the owner's own, whose rows show among those of the journal."""
    line.execute("CREATE TABLE more () INHERITS (billing_journal)")
    row = {**row, "id": 10**9}
    line.execute(f"INSERT INTO more (id, {COLUMNS}) VALUES (%(id)s, {VALUES})", row)
    line.execute("GRANT SELECT ON more TO PUBLIC")


def unkeyed(line: psycopg.Connection, row: dict[str, object]) -> None:
    """The keys that hold a row in its book are dropped, and the triggers are off."""
    line.execute("ALTER TABLE billing_journal DISABLE TRIGGER USER")
    for side in ("debit", "credit"):
        line.execute(f"ALTER TABLE billing_journal DROP CONSTRAINT journal_{side}_in_book")
    by_insert(line, row)
    line.execute("ALTER TABLE billing_journal ENABLE TRIGGER USER")


@pytest.mark.parametrize(
    ("role", "way"), [("superuser", off), ("owner", unkeyed), ("owner", beside)]
)
def test_what_only_power_over_the_schema_can_plant_the_auditors_file_finds(
    database, parties, role, way
):
    url = {"superuser": database.superuser_url, "owner": database.owner_url}[role]
    with psycopg.connect(url) as line:
        way(line, joining(parties))
    joined, *sums = asked(database.url)
    assert joined.split("|")[1:] == [PLATFORM, parties[PLATFORM, ""], parties[DR, ""]]
    assert sorted(sums) == [f"{DR}|-1500", f"{PLATFORM}|1500"]


def test_the_auditors_file_finds_a_row_on_an_account_that_is_in_no_book(database, parties):
    with psycopg.connect(database.superuser_url) as line:
        off(line, joining(parties, credit=str(uuid4())))
    assert len(asked(database.url)) == 2
