"""What people write stays sealed: after a real story, a planted word is found nowhere in clear."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from broker.story.cast import Cast
from broker.story.line import Line
from broker.story.run import run
from tests.billing import wire

MARKER = "ZORGLUB42"
LINES = (
    Line(text=f"Puis-je prendre {MARKER} le soir ?", answer=f"Oui pour {MARKER}, le soir."),
    Line(text=f"Pouvez-vous me faire un arrêt de trois jours pour {MARKER} ?"),
    Line(text=f"Un mot sur {MARKER} ?", act_kind="simple_advice", card="3ds"),
)


def rows(url: str) -> Iterator[tuple[str, bytes]]:
    """Every value of every table, with its place."""
    with psycopg.connect(url) as server:
        tables = server.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        ).fetchall()
        for (table,) in tables:
            found = server.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))
            names = [column.name for column in found.description or ()]
            for row in found:
                for name, value in zip(names, row, strict=True):
                    raw = bytes(value) if isinstance(value, bytes) else str(value).encode()
                    yield f"{table}.{name}", raw


def files(*folders: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below these folders."""
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                yield path.name, path.read_bytes()


@pytest.fixture
def told(live_service, database, tmp_path):
    """Three lines played against the real programs: one paid, one refused, one free."""
    assert live_service.command("demo", "--people-only", "--site", live_service.url) == 0
    played = run(Cast(live_service.url), list(LINES), lambda *_: None, lanes=1)
    assert [one.failed for one in played] == ["", "", ""]
    return played


def test_a_planted_word_is_found_nowhere_in_clear(told, live_service, database, tmp_path):
    requests = wire.recorded(live_service.environ["STRIPE_API_BASE"])
    assert requests and wire.violations(requests) == []
    places = [
        *rows(database.superuser_url),
        *files(tmp_path),
        *((f"request {one['n']}", repr(one).encode()) for one in requests),
    ]
    seen = {place for place, _ in places}
    assert {"audit_entry.body", "consults_message.body", "checkpoint", "web.log"} <= seen
    assert sorted({place for place, raw in places if MARKER.encode() in raw}) == []
