"""What posting to the ledger costs, as it grows, beside a design with a deferred sum.

Run by hand: `PYTHONPATH=. python tests/bench/ledger.py [ROWS]`. It starts a database of its own,
with fsync. Ours is the product's own statement. The rival keeps two legs a row in one table and
checks at COMMIT, by a deferred trigger, that each transaction's legs sum to zero; its balances sum
every leg. The floor writes the same values into bare tables, without keys or triggers. They
take turns, so that whatever else the machine does meets each alike; every figure is a median.
"""

import os
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import django
import psycopg

from config.engines.holding import Hold, own_files
from config.engines.places import Home, furnish

SECONDS, CLIENTS, TURNS = 2.0, 16, 5
SIZES = (10_000, 100_000, 1_000_000)
RIVAL = """
CREATE TABLE bench_leg (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tx uuid NOT NULL,
    account uuid NOT NULL, cents bigint NOT NULL, posted_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX ON bench_leg (tx);
CREATE INDEX ON bench_leg (account);
CREATE FUNCTION bench_zero() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF (SELECT sum(cents) FROM bench_leg WHERE tx = NEW.tx) <> 0 THEN
        RAISE EXCEPTION 'unbalanced'; END IF;
    RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER bench_sum AFTER INSERT ON bench_leg DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION bench_zero();
"""
ENTRY = "INSERT INTO audit_entry (body, subject, scope) VALUES (%s, %s, '75')"
BARE = """
CREATE TABLE bare_entry (body bytea, subject uuid, scope text);
CREATE TABLE bare_row (subject uuid, book uuid, kind text, event text, debit uuid, debit_name text,
    credit uuid, credit_name text, cents bigint, source text, seq smallint, question uuid,
    leg uuid, at timestamptz);
"""
BARE_ENTRY = "INSERT INTO bare_entry VALUES (%s, %s, '75')"
BARE_ROW = f"INSERT INTO bare_row VALUES ({', '.join(['%s'] * 14)})"
PAST = (
    "INSERT INTO billing_journal (subject, book_id, kind, event, debit_id, debit_name, credit_id,"
    " credit_name, amount_cents, source, seq, posted_at) SELECT %(s)s, %(b)s, 'platform',"
    " 'captured', %(d)s, 'stripe', %(c)s, 'receivable', 300, 'past:' || %(from)s || ':' || n, 0,"
    " now() - interval '1 day' * (30.0 * (%(many)s - n) / %(many)s + 2)"
    " FROM generate_series(1, %(many)s) n"
)
LEGS = (
    "INSERT INTO bench_leg (tx, account, cents) SELECT t, a, c FROM (SELECT gen_random_uuid() t,"
    " generate_series(1, %s)) x, LATERAL (VALUES (%s::uuid, 300), (%s::uuid, -300)) v(a, c)"
)


def entry(subject: object) -> bytes:
    at = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
    return (
        '{"actor":{"id":"00000000-0000-0000-0000-000000000000","kind":"system"},'
        f'"at":"{at}","data":{{}},"subject":"{subject}","type":"journal.posted","v":1}}'
    ).encode()


class Ours:
    """A transfer with its entry, in the tables of the product."""

    def __init__(self, url: str) -> None:
        from billing.actions.posting import POST, ROW  # noqa: PLC0415 - Django is set up by now

        with psycopg.connect(url) as line:
            self.book = line.execute(
                "SELECT id FROM billing_book WHERE name = 'platform'"
            ).fetchone()[0]
            accounts = dict(
                line.execute(
                    "SELECT name, id FROM billing_ledgeraccount WHERE book_id = %s", [self.book]
                ).fetchall()
            )
        self.debit, self.credit = accounts["stripe"], accounts["receivable"]
        self.statement = POST.format(rows=ROW)

    def post(self, cursor: psycopg.Cursor) -> None:
        subject, now = uuid4(), datetime.now(UTC)
        cursor.execute(ENTRY, [entry(subject), subject])
        row = (0, "platform", "captured", "stripe", "receivable", 300, "platform")
        cursor.execute(self.statement, [subject, str(subject), subject, subject, now, *row])

    def bare(self, cursor: psycopg.Cursor) -> None:
        """The same values into tables without a guard, key or index."""
        subject, now = uuid4(), datetime.now(UTC)
        cursor.execute(BARE_ENTRY, [entry(subject), subject])
        row = (self.debit, "stripe", self.credit, "receivable", 300, str(subject), 0)
        of = (subject, self.book, "platform", "captured")
        cursor.execute(BARE_ROW, [*of, *row, subject, subject, now])


class Rival:
    """Two legs and a sum at COMMIT, with the same entry beside them."""

    def __init__(self) -> None:
        self.debit, self.credit = uuid4(), uuid4()

    def post(self, cursor: psycopg.Cursor) -> None:
        subject, tx = uuid4(), uuid4()
        cursor.execute(ENTRY, [entry(subject), subject])
        cursor.execute(
            "INSERT INTO bench_leg (tx, account, cents) VALUES (%s, %s, 300), (%s, %s, -300)",
            [tx, self.debit, tx, self.credit],
        )


def rates(url: str, *acts: Callable[[psycopg.Cursor], None]) -> list[float]:
    """Journals a second of sixteen clients, each way a median of several runs in turn."""
    turns = [[_rate(url, act) for act in acts] for _ in range(TURNS)]
    return [statistics.median(one) for one in zip(*turns, strict=True)]


def _rate(url: str, act: Callable[[psycopg.Cursor], None]) -> float:
    end, counts = time.monotonic() + SECONDS, [0] * CLIENTS

    def work(number: int) -> None:
        with closing(psycopg.connect(url)) as line, line.cursor() as cursor:
            while time.monotonic() < end:
                act(cursor)
                line.commit()
                counts[number] += 1

    threads = [threading.Thread(target=work, args=[n]) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


def timed(act: Callable[[], object]) -> float:
    """Milliseconds, the median of several runs."""

    def once() -> float:
        began = time.perf_counter()
        act()
        return (time.perf_counter() - began) * 1000

    return statistics.median(once() for _ in range(5))


def said(what: str, value: float, unit: str, more: str = "") -> None:
    sys.stdout.write(f"{what:<52}{value:>12,.1f} {unit:<6}{more}\n")
    sys.stdout.flush()


def grow(superuser: str, ours: Ours, rival: Rival, many: int, start: int) -> None:
    """Rows of the past month on both sides, quicker than through their doors."""
    with psycopg.connect(superuser, autocommit=True) as line:
        for table in ("billing_journal", "bench_leg"):
            line.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        line.execute(
            PAST,
            {"s": uuid4(), "b": ours.book, "d": ours.debit, "c": ours.credit, "from": start,
             "many": many},
        )  # fmt: skip
        line.execute(LEGS, [many, rival.debit, rival.credit])
        for table in ("billing_journal", "bench_leg"):
            line.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        line.execute("ANALYZE billing_journal, bench_leg, billing_daysum")


def balances(url: str, rival: Rival) -> None:
    """Read every balance of the book, and the rival's two."""
    from billing.actions.closing import close_days  # noqa: PLC0415 - Django is set up by now
    from billing.models import ClosedDay, DaySum  # noqa: PLC0415
    from billing.queries.books import books  # noqa: PLC0415

    DaySum.objects.all().delete()
    ClosedDay.objects.all().delete()
    began = time.perf_counter()
    close_days()
    closing_ms = (time.perf_counter() - began) * 1000
    kept = timed(lambda: books(name="platform"))
    past = datetime.now(UTC) - timedelta(days=random.randint(5, 25))
    then = timed(lambda: books(name="platform", at=past))
    with psycopg.connect(url) as line:
        summed = timed(
            lambda: line.execute("SELECT account, sum(cents) FROM bench_leg GROUP BY 1").fetchall()
        )
    said("  every balance now", kept, "ms", f"rival {summed:,.1f} ms: {summed / kept:.1f} times")
    said("  every balance as of a past instant", then, "ms")
    said("  closing thirty days", closing_ms, "ms")


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else SIZES[-1]
    folder = Path(tempfile.mkdtemp(prefix="teleconseil-bench-"))
    folder.chmod(0o755)
    home = Home(folder)
    furnish(home)
    try:
        with Hold(home, wants=("postgres", "valkey")) as hold:
            os.environ.update(own_files(home) | hold.environment())
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
            django.setup()
            measure(hold.url("app", "teleconseil"), hold.url("postgres", "teleconseil"), most)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(url: str, superuser: str, most: int) -> None:
    from django.core.management import call_command  # noqa: PLC0415 - Django is set up by now
    from django.db import transaction  # noqa: PLC0415

    from audit.facts import NATIONAL, SYSTEM  # noqa: PLC0415
    from billing.actions.steps import open_book  # noqa: PLC0415

    call_command("prepare", verbosity=0)
    with transaction.atomic():
        open_book(name="platform", scope=NATIONAL, actor=SYSTEM, now=datetime.now(UTC))
    with psycopg.connect(superuser, autocommit=True) as line:
        line.execute(RIVAL + BARE)
        line.execute("GRANT ALL ON bench_leg, bare_entry, bare_row TO PUBLIC")
    ours, rival, there, first = Ours(url), Rival(), 0, 0.0
    for size in (one for one in SIZES if one <= most):
        grow(superuser, ours, rival, size - there, there)
        there = size
        mine, theirs, floor = rates(url, ours.post, rival.post, ours.bare)
        # Beside the floor of the same minutes, which does not grow: the machine has other work.
        first = first or floor / mine
        cost = f"rival {theirs:,.0f}: {mine / theirs:.2f} times; floor {floor:,.0f}"
        more = f"{cost}; a row costs {floor / mine / first:.2f} of one among {SIZES[0]:,}"
        said(f"journals, {CLIENTS} clients, on {size:,} rows", mine, "/s", more)
        balances(url, rival)


if __name__ == "__main__":
    main()
