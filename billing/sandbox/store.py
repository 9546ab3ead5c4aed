"""What the sandbox remembers: objects by universe, kept answers, requests, deliveries, faults."""

import json
import sqlite3
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Object = dict[str, Any]
KEY_SECONDS = 86_400  # an idempotency key is forgotten after a day
BEHIND = 1e15  # due after the next one
PLATFORM = ""  # the universe of the platform's own account

_TABLES = """
CREATE TABLE IF NOT EXISTS object (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, universe TEXT NOT NULL, id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL, body TEXT NOT NULL, due REAL);
CREATE INDEX IF NOT EXISTS object_due ON object (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS kept (
  universe TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL,
  status INTEGER NOT NULL, body TEXT NOT NULL, at REAL NOT NULL DEFAULT 1e12,
  PRIMARY KEY (universe, key));
CREATE TABLE IF NOT EXISTS request (
  n INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, method TEXT NOT NULL,
  path TEXT NOT NULL, headers TEXT NOT NULL, body TEXT NOT NULL, status INTEGER NOT NULL,
  answer TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS delivery (
  n INTEGER PRIMARY KEY AUTOINCREMENT, endpoint TEXT NOT NULL, event TEXT NOT NULL,
  due REAL NOT NULL, tries INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS fault (n INTEGER PRIMARY KEY AUTOINCREMENT, planned TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


@dataclass(frozen=True)
class Delivery:
    """A webhook that waits to be sent."""

    n: int
    endpoint: str
    event: str
    tries: int


class Store:
    """One SQLite file behind one lock; it survives restarts."""

    def __init__(self, path: Path | str) -> None:
        self.lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._grow()

    def _grow(self) -> None:
        """Make the tables; a file of an earlier version gets what it lacks."""
        if self._rows("SELECT 1 FROM pragma_table_info('fault') WHERE name = 'path'"):
            self._db.execute("DROP TABLE fault")
        self._db.executescript(_TABLES)
        for table, column, kind in (
            ("kept", "at", "REAL NOT NULL DEFAULT 1e12"),
            ("request", "answer", "TEXT NOT NULL DEFAULT ''"),
        ):
            known = "SELECT 1 FROM pragma_table_info(?) WHERE name = ?"
            if not self._rows(known, table, column):
                self._db.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            self._db.close()

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        with self.lock:
            return self._db.execute(sql, values).fetchall()

    # --- the clock
    def now(self) -> int:
        """Seconds since 1970 as this universe counts them."""
        return int(self.moment())

    def moment(self) -> float:
        """The same with its fractions."""
        rows = self._rows("SELECT value FROM setting WHERE name = 'ahead'")
        return time.time() + (float(rows[0][0]) if rows else 0)

    def advance(self, seconds: float) -> None:
        """Move the clock ahead."""
        self._rows(
            "INSERT INTO setting VALUES ('ahead', ?) ON CONFLICT (name)"
            " DO UPDATE SET value = CAST(value AS REAL) + excluded.value",
            seconds,
        )

    # --- how long cards hold
    def holds_for(self, usual: int) -> int:
        """How long a hold lasts, in seconds: as usual, or as was said for some brand of card."""
        rows = self._rows("SELECT value FROM setting WHERE name = 'holds_for'")
        return int(rows[0][0]) if rows else usual

    def hold_for(self, seconds: int) -> None:
        """Let every hold from now on last so long."""
        self._rows(
            "INSERT INTO setting VALUES ('holds_for', ?) ON CONFLICT (name)"
            " DO UPDATE SET value = excluded.value",
            seconds,
        )

    # --- objects
    def save(self, universe: str, body: Object, *, due: float | None = None) -> Object:
        """Write an object, new or changed; `due` is when the clock will overtake it."""
        self._rows(
            "INSERT INTO object (universe, id, kind, body, due) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET body = excluded.body, due = excluded.due",
            universe, body["id"], body["object"], json.dumps(body), due,
        )  # fmt: skip
        return body

    def overtaken(self) -> list[tuple[str, Object]]:
        """Objects whose end the clock has passed, with their universes."""
        rows = self._rows(
            "SELECT universe, body FROM object WHERE due IS NOT NULL AND due <= ?", self.now()
        )
        return [(row[0], json.loads(row[1])) for row in rows]

    def load(self, universe: str, identifier: str, kind: str) -> Object | None:
        """An object of one universe; other universes do not exist for it."""
        rows = self._rows(
            "SELECT body FROM object WHERE id = ? AND universe = ? AND kind = ?",
            identifier, universe, kind,
        )  # fmt: skip
        return json.loads(rows[0][0]) if rows else None

    def forget(self, identifier: str) -> None:
        """Take an object away."""
        self._rows("DELETE FROM object WHERE id = ?", identifier)

    def anything(self, universe: str, identifier: str) -> Object | None:
        """An object of one universe, whatever its kind."""
        rows = self._rows(
            "SELECT body FROM object WHERE id = ? AND universe = ?", identifier, universe
        )
        return json.loads(rows[0][0]) if rows else None

    def universe_of(self, identifier: str) -> str | None:
        """Where an object lives; the hosted pages know it by its id alone."""
        rows = self._rows("SELECT universe FROM object WHERE id = ?", identifier)
        return rows[0][0] if rows else None

    def every(self, kind: str, universe: str | None = None) -> list[tuple[str, Object]]:
        """All objects of a kind with their universes, oldest first."""
        rows = self._rows(
            "SELECT universe, body FROM object WHERE kind = ?"
            " AND (?2 IS NULL OR universe = ?2) ORDER BY seq",
            kind, universe,
        )  # fmt: skip
        return [(row[0], json.loads(row[1])) for row in rows]

    # --- kept answers
    def kept(self, universe: str, key: str) -> tuple[str, int, str] | None:
        """The answer given under an idempotency key: fingerprint, status, body."""
        rows = self._rows(
            "SELECT fingerprint, status, body FROM kept WHERE universe = ? AND key = ?"
            " AND at > ?",
            universe, key, self.now() - KEY_SECONDS,
        )  # fmt: skip
        return rows[0] if rows else None

    def keep(self, universe: str, key: str, fingerprint: str, status: int, body: str) -> None:
        """Keep an answer; the same key gets the same answer for a day."""
        self._rows(
            "INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?, ?, ?)",
            universe, key, fingerprint, status, body, self.now(),
        )  # fmt: skip

    # --- requests
    def note_request(
        self, method: str, path: str, headers: dict[str, str], body: str, status: int,
        answer: str,
    ) -> None:  # fmt: skip
        """Remember a request exactly as it came, and its answer, for those who check the wire."""
        self._rows(
            "INSERT INTO request (at, method, path, headers, body, status, answer)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            time.time(), method, path, json.dumps(headers), body, status, answer,
        )  # fmt: skip

    def requests(self) -> list[Object]:
        """Every request received, in order."""
        rows = self._rows("SELECT n, method, path, headers, body, status FROM request ORDER BY n")
        names = ("n", "method", "path", "headers", "body", "status")
        found = [dict(zip(names, row, strict=True)) for row in rows]
        return [{**row, "headers": json.loads(row["headers"])} for row in found]

    def heard(self) -> Object:
        """Every answer that was given, and every event that was put in the post, in order."""
        rows = self._rows("SELECT method, path, status, answer FROM request ORDER BY n")
        names = ("method", "path", "status", "answer")
        events = [json.loads(row[0]) for row in self._rows("SELECT event FROM delivery")]
        return {"answers": [dict(zip(names, row, strict=True)) for row in rows], "events": events}

    # --- deliveries
    def post(
        self, endpoint: str, event: Object, *, delay: float = 0, behind: bool = False
    ) -> None:
        """Put a webhook in the outgoing post; `behind` lets the endpoint's next one pass first."""
        due = BEHIND if behind else self.moment() + delay
        with self.lock:
            self._rows(
                "INSERT INTO delivery (endpoint, event, due) VALUES (?, ?, ?)",
                endpoint, json.dumps(event), due,
            )  # fmt: skip
            if not behind:  # the next one is here: those that let it pass come just after it
                self._rows(
                    "UPDATE delivery SET due = ? WHERE endpoint = ? AND due = ?",
                    due + 1e-4, endpoint, BEHIND,
                )  # fmt: skip

    def waiting(self) -> list[Delivery]:
        """Webhooks due now by this clock, in order."""
        rows = self._rows(
            "SELECT n, endpoint, event, tries FROM delivery WHERE done = 0 AND due <= ?"
            " ORDER BY due, n",
            self.moment() + 1e-3,
        )
        return [Delivery(*row) for row in rows]

    def unsent(self) -> int:
        """How many webhooks are not delivered yet, due or not."""
        return int(self._rows("SELECT count(*) FROM delivery WHERE done = 0")[0][0])

    def sent(self, n: int) -> None:
        """A webhook was accepted, or given up."""
        self._rows("UPDATE delivery SET done = 1 WHERE n = ?", n)

    def retry(self, n: int, delay: float) -> None:
        """A webhook was not accepted: try again later."""
        self._rows(
            "UPDATE delivery SET tries = tries + 1, due = ? WHERE n = ?", self.moment() + delay, n
        )

    # --- faults
    def planned(self) -> list[tuple[int, Object]]:
        """The planned faults that are not used up, in order."""
        rows = self._rows("SELECT n, planned FROM fault ORDER BY n")
        return [(n, json.loads(fault)) for n, fault in rows]

    def plan(self, fault: Object, n: int | None = None) -> None:
        """Write a planned fault, new or changed; one that is used up is gone."""
        if fault["times"] == 0:
            self._rows("DELETE FROM fault WHERE n = ?", n)
        else:
            self._rows("INSERT OR REPLACE INTO fault VALUES (?, ?)", n, json.dumps(fault))

    def plant(self, kind: str, path: str, seconds: float, times: int, **scope: Any) -> None:
        """Plan a fault in one line."""
        self.plan({"kind": kind, "path": path, "seconds": seconds, "times": times, **scope})

    def lift(self) -> None:
        """Let nothing go wrong any more."""
        self._rows("DELETE FROM fault")
