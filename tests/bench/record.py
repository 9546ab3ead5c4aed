"""What the record costs and how fast it is read back, beside its rivals, in one run.

Run by hand: `python tests/bench/record.py [ENTRIES]`. It starts a database of its own, with
fsync, and measures: a business write with and without its entry (16 clients), against a hash
chain (64) and against a NOTIFY in every write; the sequencer against one COPY of the same rows;
an inclusion proof; the offline verifier against SHA-256 alone.
"""

import hashlib
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import django
import psycopg

from config.engines.holding import Hold, own_files
from config.engines.places import Home, furnish

SECONDS = 4.0
LEAF = "index, entry_id, scope, n, hash"
PLAIN = "INSERT INTO bench_act (subject) VALUES (%s)"
ENTRY = "INSERT INTO audit_entry (body, subject, scope) VALUES (%s, %s, '75')"
CHAIN = (
    "UPDATE bench_chain SET head = sha256(head || %s) WHERE id = 1",
    "INSERT INTO bench_link (body, head) SELECT %s, head FROM bench_chain",
)


def body(subject: object) -> bytes:
    """A message's entry, as `record` writes it."""
    at = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
    return (
        '{"actor":{"id":"00000000-0000-0000-0000-000000000000","kind":"system"},'
        f'"at":"{at}","data":{{"bytes":180,"commitment":"{"ab" * 32}","seq":4}},'
        f'"subject":"{subject}","type":"record.listed","v":1}}'
    ).encode()


def without(cursor: psycopg.Cursor) -> None:
    cursor.execute(PLAIN, [uuid4()])


def with_entry(cursor: psycopg.Cursor) -> None:
    subject = uuid4()
    cursor.execute(PLAIN, [subject])
    cursor.execute(ENTRY, [body(subject), subject])


def with_notify(cursor: psycopg.Cursor) -> None:
    with_entry(cursor)
    cursor.execute("NOTIFY audit_wake")


def with_chain(cursor: psycopg.Cursor) -> None:
    subject = uuid4()
    cursor.execute(PLAIN, [subject])
    written = body(subject)
    cursor.execute(CHAIN[0], [written])
    cursor.execute(CHAIN[1], [written])


def rate(url: str, clients: int, act: Callable[[psycopg.Cursor], None]) -> float:
    """Transactions a second of so many clients."""
    end, counts = time.monotonic() + SECONDS, [0] * clients

    def work(number: int) -> None:
        with closing(psycopg.connect(url)) as connection, connection.cursor() as cursor:
            while time.monotonic() < end:
                act(cursor)
                connection.commit()
                counts[number] += 1

    threads = [threading.Thread(target=work, args=[n]) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


def said(what: str, value: float, unit: str, rival: str = "") -> None:
    sys.stdout.write(f"{what:<46}{value:>12,.2f} {unit:<12}{rival}\n")
    sys.stdout.flush()


def measure_writes(url: str) -> None:
    plain = rate(url, 16, without)
    said("write, no log, 16 clients", plain, "/s")
    logged = rate(url, 16, with_entry)
    said("write with its entry, 16 clients", logged, "/s", f"{logged / plain:.0%} of no log")
    told = rate(url, 16, with_notify)
    said("  and a NOTIFY in each", told, "/s", f"{told / logged:.0%} of the entry alone")
    many, chain = rate(url, 64, with_entry), rate(url, 64, with_chain)
    said("write with its entry, 64 clients", many, "/s")
    said("write with a hash chain, 64 clients", chain, "/s", f"entry: {many / chain:.1f} times")


def fill(url: str, entries: int) -> None:
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for _ in range(0, entries, 2000):
            rows = [(body(subject), subject) for subject in (uuid4() for _ in range(2000))]
            cursor.executemany(ENTRY, rows)
            connection.commit()


def measure_sequencer(owner: str) -> int:
    from audit import sequencer  # noqa: PLC0415 - Django is set up by now

    began, placed = time.perf_counter(), 0
    while done := sequencer.drain(using="sequencer"):
        placed += done
    drained = placed / (time.perf_counter() - began)
    with psycopg.connect(owner) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT {LEAF} FROM audit_leaf")
        rows = cursor.fetchall()
        began = time.perf_counter()
        with cursor.copy(f"COPY bench_leaf ({LEAF}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        connection.commit()
        copied = len(rows) / (time.perf_counter() - began)
    said("sequencer backlog", drained, "entries/s", f"one COPY of the rows: {copied:,.0f}/s")
    return placed


def measure_reading(folder: Path, key: str, size: int) -> None:
    from audit import merkle, verifier  # noqa: PLC0415
    from audit.queries import tree  # noqa: PLC0415

    took = []
    for n in range(300):
        began = time.perf_counter()
        read = tree.tile_reader(using="reader")
        merkle.inclusion_proof(read, n * 7919 % size, size)
        took.append((time.perf_counter() - began) * 1000)
    said(f"inclusion proof among {size:,}, p50", statistics.median(took), "ms")
    began = time.perf_counter()
    report = verifier.verify(folder, key=key, jobs=os.cpu_count() or 1)
    verified = time.perf_counter() - began
    assert report.ok, report.why
    bundles = [p.read_bytes() for p in (folder / "tile" / "entries").rglob("*") if p.is_file()]
    began = time.perf_counter()
    for content in bundles:
        hashlib.sha256(content).digest()
    alone = time.perf_counter() - began
    said(f"offline verification of {size:,}", verified, "s", f"sha256 alone: {alone:.2f} s")


def main() -> None:
    """Start a database, measure, leave nothing behind."""
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    root = Path(tempfile.mkdtemp(prefix="teleconseil-bench-"))
    root.chmod(0o755)
    home = Home(root)
    furnish(home)
    try:
        with Hold(home, wants=("postgres", "valkey")) as hold:
            os.environ.update(own_files(home) | hold.environment())
            os.environ["STATE_DIR"] = str(root / "state")
            os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
            django.setup()
            measured(hold, root, entries)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def measured(hold: Hold, root: Path, entries: int) -> None:
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415

    from audit import signer  # noqa: PLC0415
    from audit.publisher import Folder  # noqa: PLC0415

    call_command("prepare", verbosity=0)
    url, owner = hold.url("app", "teleconseil"), hold.url("owner", "teleconseil")
    with psycopg.connect(owner) as connection:
        connection.execute("CREATE TABLE bench_act (id bigserial PRIMARY KEY, subject uuid)")
        connection.execute("CREATE TABLE bench_chain (id int PRIMARY KEY, head bytea)")
        connection.execute("CREATE TABLE bench_link (body bytea, head bytea)")
        connection.execute("CREATE TABLE bench_leaf (LIKE audit_leaf)")
        connection.execute("INSERT INTO bench_chain VALUES (1, '')")
        tables = "bench_act, bench_chain, bench_link"
        connection.execute(f"GRANT SELECT, INSERT, UPDATE ON {tables} TO teleconseil_app")
        connection.execute("GRANT USAGE ON bench_act_id_seq TO teleconseil_app")
    measure_writes(url)
    fill(url, entries)
    measure_sequencer(owner)
    private = Folder(root / "state")
    places = signer.Places(private, private, Folder(root / "log"))
    began = time.perf_counter()
    size = signer.sign_next(places=places, using="sequencer")
    said("signer, from nothing", size / (time.perf_counter() - began), "entries/s")
    export = root / "export"
    began = time.perf_counter()
    call_command("export_log", str(export), "--wait", "0", stdout=sys.stderr)
    said("export", size / (time.perf_counter() - began), "entries/s")
    measure_reading(export, (root / "export.vkey").read_text(), size)
    connections.close_all()


if __name__ == "__main__":
    main()
