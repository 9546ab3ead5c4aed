"""One row, one book: a row that joins two parties cannot be written, and none can be changed."""

from uuid import uuid4

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from billing.models import Book, GatePass, Honoraires, Journal, LedgerAccount, Quote, Receipt
from tests.billing.walk import Walk
from tests.people import now


def row(book: Book, debit: LedgerAccount, credit: LedgerAccount, **more: object) -> Journal:
    values = {
        "subject": uuid4(), "book": book, "kind": book.kind, "event": "captured",
        "debit": debit, "debit_name": debit.name, "credit": credit, "credit_name": credit.name,
        "amount_cents": 100, "source": f"test:{uuid4()}", "seq": 0, "posted_at": now(), **more,
    }  # fmt: skip
    return Journal(**values)


def account(book: Book, name: str) -> LedgerAccount:
    return LedgerAccount.objects.get(book=book, name=name)


def test_a_row_between_a_physician_and_the_platform_cannot_be_written(walk: Walk):
    walk.accepted()
    platform = Book.objects.get(name="platform")
    own = Book.objects.get(name__startswith="dr:")
    mine, theirs = account(own, "receivable"), account(platform, "stripe")
    for book in (own, platform):
        for debit, credit in ((mine, theirs), (theirs, mine)):
            with pytest.raises(IntegrityError, match="in_book"), transaction.atomic():
                row(book, debit, credit).save()
    # An account said to be of the other kind is not found either.
    with pytest.raises(IntegrityError, match=r"in_book|flow"), transaction.atomic():
        row(own, account(own, "stripe"), mine, kind="platform").save()


def test_only_the_closed_flows_can_be_written(walk: Walk):
    walk.accepted()
    platform = Book.objects.get(name="platform")
    bank, fee = account(platform, "bank"), account(platform, "platform_fee")
    with pytest.raises(IntegrityError, match="journal_flow_allowed"), transaction.atomic():
        row(platform, bank, fee).save()
    closed = (
        "INSERT INTO billing_flow (id, subject, kind, event, debit, credit) VALUES"
        " (gen_random_uuid(), gen_random_uuid(), 'platform', 'captured', 'bank', 'platform_fee')"
    )
    with pytest.raises(DatabaseError, match="denied"), connection.cursor() as cursor:
        cursor.execute(closed)


def test_a_source_is_posted_once(walk: Walk):
    walk.held()
    first = Journal.objects.order_by("id").first()
    first.pk = None
    with pytest.raises(IntegrityError, match="journal_once"), transaction.atomic():
        first.save(force_insert=True)


def test_a_row_without_its_entry_fails_at_commit(walk: Walk):
    walk.accepted()
    platform = Book.objects.get(name="platform")
    good = row(platform, account(platform, "stripe"), account(platform, "receivable"))
    with pytest.raises(DatabaseError, match="billing_journal"), transaction.atomic():
        good.save()


def test_what_was_written_is_not_changed_by_anybody(walk: Walk, database):
    walk.held()
    walk.answers()
    walk.works()
    roles = {
        "application": database.url, "owner": database.owner_url,
        "superuser": database.superuser_url,
    }  # fmt: skip
    for role, url in roles.items():
        for table in (Journal, Quote, Receipt, GatePass, Book, Honoraires):
            name = table._meta.db_table
            for statement in (
                f"UPDATE {name} SET subject = gen_random_uuid()",
                f"DELETE FROM {name}",
                f"TRUNCATE {name} CASCADE",
            ):
                with psycopg.connect(url) as raw:
                    if role == "superuser":
                        raw.execute("SET session_replication_role = replica")
                    with pytest.raises(psycopg.Error, match=r"append-only|denied|never|refus"):
                        raw.execute(statement)
            assert table.objects.exists()


def test_numbers_of_papers_have_no_gap(walk: Walk):
    for one in (walk, walk.again(), walk.again()):
        one.held()
        one.answers()
        one.works()
    series = {}
    for paper in Receipt.objects.order_by("number"):
        series.setdefault(paper.series, []).append(paper.number)
    assert series == {
        "platform": [1, 2, 3],
        f"dr:{walk.physician.physician.rpps}": [1, 2, 3],
    }
