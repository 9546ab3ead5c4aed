"""Entries: only inside a transaction, only of known types, only now, and never changed."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connections, transaction

from audit.actions import ActTooOld, OutsideTransaction, record, record_many
from audit.actions.body import MAX_BODY_BYTES, NewEntry, UnfitBody
from audit.facts import SYSTEM, canonical
from audit.models import Entry, Pending


def act(**changed):
    return {
        "type": "record.listed",
        "subject": uuid4(),
        "scope": "75",
        "actor": SYSTEM,
        "now": datetime.now(UTC),
        **changed,
    }


def test_an_entry_is_exact_bytes_that_the_database_stamps(database):
    said = act(data={"text": "déjà", "a": 1})
    with transaction.atomic():
        entry_id = record(**said)
    entry = Entry.objects.get(id=entry_id)
    body = bytes(entry.body)
    assert body.isascii() and body == canonical(json.loads(body))
    assert json.loads(body)["data"] == {"text": "déjà", "a": 1}
    assert entry.type == "record.listed" and entry.subject == said["subject"]
    assert said["now"] <= entry.at <= datetime.now(UTC) and entry.tx > 0
    assert Pending.objects.filter(entry_id=entry_id).exists()


def test_no_entry_outside_a_transaction(database):
    with pytest.raises(OutsideTransaction):
        record(**act())
    assert not Entry.objects.exists()


def test_an_entry_goes_with_the_act_that_is_rolled_back(database):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record(**act())
        raise ZeroDivisionError
    assert not Entry.objects.exists() and not Pending.objects.exists()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"type": "record.invented"}, "is not an entry type"),
        ({"scope": "Paris"}, "unknown scope"),
        ({"now": -timedelta(minutes=2)}, "the clock says otherwise"),
        ({"now": timedelta(minutes=2)}, "the clock says otherwise"),
    ],
)
def test_an_unknown_type_or_scope_or_another_date_is_refused(database, changed, says):
    if "now" in changed:  # reckoned here: the suite was collected minutes ago
        changed = {"now": datetime.now(UTC) + changed["now"]}
    with pytest.raises((IntegrityError, ActTooOld)) as refused, transaction.atomic():
        record(**act(**changed))
    assert says in str(refused.value.__cause__)
    assert not Entry.objects.exists()


def test_only_the_owner_moves_the_tolerance(database):
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        connections["default"].cursor() as cursor,
    ):
        cursor.execute("UPDATE audit_setting SET value = '1 year' WHERE name = 'tolerance'")


@pytest.mark.parametrize(
    "data",
    [{"x": 1.5}, {"x": 2**53}, {"é": 1}, {"x": {1, 2}}, {"x": "a" * MAX_BODY_BYTES}],
)
def test_only_plain_bounded_json_is_recorded(database, data):
    with pytest.raises(UnfitBody), transaction.atomic():
        record(**act(data=data))


def test_many_entries_go_in_together_and_in_order(database):
    entries = [NewEntry(**act(data={"n": n})) for n in range(25)]
    with transaction.atomic():
        ids = record_many(entries=entries)
    read = [json.loads(bytes(e.body))["data"]["n"] for e in Entry.objects.order_by("id")]
    assert read == list(range(25)) and ids == sorted(ids) and len(set(ids)) == 25


CHANGES = (
    "UPDATE {} SET {} = {}",
    "DELETE FROM {}",
    "TRUNCATE {} CASCADE",
)
LOG = {
    "audit_entry": "scope",
    "audit_leaf": "scope",
    "audit_tile": "level",
    "audit_checkpoint": "note",
    "audit_opening": "field",
}


def test_nobody_changes_the_log(database, written, signed, superuser):
    written()
    signed()
    superuser.execute("SET session_replication_role = replica")
    for table, column in LOG.items():
        for change in CHANGES:
            query = change.format(table, column, column)
            for alias in ("default", "owner", "sequencer", "reader"):
                with pytest.raises(DatabaseError), connections[alias].cursor() as cursor:
                    cursor.execute(query)
            with pytest.raises(psycopg.Error, match=r"refused|only grows"):
                superuser.execute(query)


def test_the_service_chooses_no_type_no_moment_and_no_number(database):
    body = canonical({"v": 1, "type": "record.listed", "subject": str(uuid4())})
    for column, value in (("id", "7"), ("type", "'x'"), ("at", "now()"), ("tx", "1")):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            connections["default"].cursor() as cursor,
        ):
            cursor.execute(
                f"INSERT INTO audit_entry (body, subject, scope, {column})"
                f" VALUES (%s, %s, '75', {value})",
                [body, uuid4()],
            )


def test_nothing_leaves_the_queue_without_a_place(database, written):
    written()
    with (
        pytest.raises(DatabaseError, match="without a place"),
        connections["sequencer"].cursor() as cursor,
    ):
        cursor.execute("DELETE FROM audit_pending")
    assert Pending.objects.count() == 1
