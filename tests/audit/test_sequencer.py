"""The sequencer loses no entry, whoever commits late and however many of it run."""

import threading
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest
from django.db import connections

from audit import merkle, sequencer
from audit.facts import canonical, instant
from audit.models import Entry, Head, Leaf, Pending, Tile
from audit.queries import tree
from tests.waiting import PATIENCE_SECONDS, until


def body(subject):
    said = {"v": 1, "type": "record.listed", "subject": str(subject), "data": {}}
    return canonical({**said, "at": instant(datetime.now(UTC)), "actor": {}})


INSERT = "INSERT INTO audit_entry (body, subject, scope) VALUES (%s, %s, '75') RETURNING id"
CUT_WHILE_IT_COPIES = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    " AND datname = current_database() AND query LIKE 'COPY audit_leaf%'"
)


def add(connection):
    subject = uuid4()
    return connection.execute(INSERT, [body(subject), subject]).fetchone()[0]


def drain_all():
    while sequencer.drain(using="sequencer"):
        pass


def root_by_hand():
    size = Leaf.objects.count()
    leaves = [merkle.leaf_hash(leaf) for leaf in tree.leaves(using="default", start=0, end=size)]
    edge = merkle.Edge()
    edge.extend(leaves)
    assert [bytes(leaf.hash) for leaf in Leaf.objects.order_by("index")] == leaves
    return edge.root()


def test_an_entry_of_a_slow_transaction_is_not_skipped(database):
    with psycopg.connect(database.url) as slow, psycopg.connect(database.url) as quick:
        late = add(slow)
        early = add(quick)
        quick.commit()
        assert late < early
        assert sequencer.drain(using="sequencer") == 1
        slow.commit()
        assert sequencer.drain(using="sequencer") == 1
    assert list(Leaf.objects.order_by("index").values_list("entry_id", flat=True)) == [early, late]
    assert not Pending.objects.exists()


def test_entries_of_an_aborted_transaction_leave_no_gap(database):
    with psycopg.connect(database.url) as connection:
        add(connection)
        connection.rollback()
        add(connection)
        connection.commit()
    drain_all()
    assert list(Leaf.objects.values_list("index", "scope", "n")) == [(0, "75", 0)]


@pytest.mark.parametrize("batch", [1, 7, 255, 256, 600])
def test_batches_of_any_size_make_the_same_tree(database, written, batch):
    with psycopg.connect(database.url) as connection:
        for _ in range(600):
            add(connection)
        connection.commit()
    if batch == 1:
        for _ in range(3):
            sequencer.drain(using="sequencer", batch=1)
        batch = 97
    while sequencer.drain(using="sequencer", batch=batch):
        pass
    head = Head.objects.get()
    assert head.size == 600 and bytes(head.root) == root_by_hand()
    assert sorted(Tile.objects.values_list("level", "index")) == [(0, 0), (0, 1), (0, 2), (1, 0)]


def test_writers_and_two_sequencers_at_once_lose_nothing_and_double_nothing(database):
    stop = threading.Event()

    def write():
        with psycopg.connect(database.url) as connection:
            for n in range(60):
                add(connection)
                connection.rollback() if n % 7 == 3 else connection.commit()

    def sequence():
        try:
            while not stop.is_set():
                sequencer.drain(using="sequencer", batch=11)
        finally:
            connections["sequencer"].close()

    writers = [threading.Thread(target=write) for _ in range(6)]
    sequencers = [threading.Thread(target=sequence) for _ in range(2)]
    for thread in writers + sequencers:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in sequencers:
        thread.join()
    drain_all()
    leaves = list(Leaf.objects.order_by("index"))
    assert [leaf.index for leaf in leaves] == list(range(Entry.objects.count()))
    assert [leaf.n for leaf in leaves] == [leaf.index for leaf in leaves]
    assert {leaf.entry_id for leaf in leaves} == set(Entry.objects.values_list("id", flat=True))
    assert not Pending.objects.exists() and bytes(Head.objects.get().root) == root_by_hand()


def test_each_scope_counts_for_itself(database, written):
    for scope in ("75", "69", "75", "national", "2A", "69", "75"):
        written(scope=scope)
    drain_all()
    numbers = list(Leaf.objects.order_by("index").values_list("scope", "n"))
    assert numbers == [
        ("75", 0), ("69", 0), ("75", 1), ("national", 0), ("2A", 0), ("69", 1), ("75", 2),
    ]  # fmt: skip


def test_the_program_places_what_comes_and_stops_when_told(database, written):
    stop = threading.Event()
    program = threading.Thread(target=sequencer.run, kwargs={"stop": stop, "using": "sequencer"})
    program.start()
    try:
        written(3)
        until(lambda: Leaf.objects.count() == 3)
    finally:
        stop.set()
        program.join(timeout=PATIENCE_SECONDS)
    assert not program.is_alive()


def test_a_database_lost_while_it_copies_leaves_is_tried_again(database, written, superuser):
    written(3)
    stop = threading.Event()
    program = threading.Thread(target=sequencer.run, kwargs={"stop": stop, "using": "sequencer"})
    with psycopg.connect(database.superuser_url) as other:
        other.execute("LOCK TABLE audit_leaf IN SHARE MODE")  # it may be read, not written to
        program.start()
        try:
            until(lambda: superuser.execute(CUT_WHILE_IT_COPIES).fetchone()[0])
            other.rollback()
            until(lambda: Leaf.objects.count() == 3 or not program.is_alive())
        finally:
            stop.set()
            program.join()
    assert list(Leaf.objects.order_by("index").values_list("index", flat=True)) == [0, 1, 2]
