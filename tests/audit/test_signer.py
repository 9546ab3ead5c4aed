"""The signer signs only what continues what it signed, and remembers it outside the database."""

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connections

from audit import merkle, note, sequencer, signer
from audit.models import Checkpoint, Tile
from audit.publisher import Folder
from audit.signer import Busy, Refused, sign_next
from tests.waiting import PATIENCE_SECONDS, until


def published(places):
    name, public = note.parse_vkey(places.private.read("signer.vkey").decode())
    text = note.opened(places.public.read("checkpoint").decode(), name, public)
    return note.parse_checkpoint(text)


def test_it_makes_its_key_once_and_for_itself_alone(signed, written, places):
    written()
    signed()
    key = places.key.path / "signer.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    written()
    signed()
    assert key.read_bytes() == before
    assert stat.S_IMODE((places.private.path / "signer.json").stat().st_mode) == 0o600


def test_it_publishes_what_it_signs(signed, written, places):
    written(300)
    assert signed() == 300
    checkpoint = published(places)
    assert (checkpoint.size, Checkpoint.objects.get().size) == (300, 300)
    assert Checkpoint.objects.get().note.encode() == places.public.read("checkpoint")
    for tile in Tile.objects.all():
        width = len(tile.hashes) // 32
        name = merkle.tile_path(tile.level, tile.index, width)
        assert places.public.read(name) == bytes(tile.hashes)
    written(260)
    assert signed() == 560
    assert published(places).size == 560
    assert not places.public.holds("tile/0/001.p"), "a full tile replaces its partial ones"


def test_nothing_new_is_not_signed_again(signed, written, places):
    written()
    signed()
    before = places.public.read("checkpoint")
    signed()
    assert places.public.read("checkpoint") == before and Checkpoint.objects.count() == 1


def test_an_empty_log_has_no_checkpoint(signed, places):
    assert signed() == 0
    assert not places.public.holds("checkpoint")


def intrude(superuser, *changes):
    """Change the log as an intruder who is superuser and lets the guards down first."""
    tables = ("audit_entry", "audit_leaf", "audit_tile", "audit_head", "audit_checkpoint")
    for table in tables:
        superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    for change in changes:
        superuser.execute(change)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (["UPDATE audit_head SET size = 2"], "were signed"),
        (["DELETE FROM audit_head"], "were signed"),
        (["UPDATE audit_head SET root = decode(repeat('00', 32), 'hex')"], "root"),
    ],
)
def test_it_refuses_a_tree_that_went_back_or_changed(
    signed, written, places, superuser, changes, why
):
    written(5)
    signed()
    before = places.public.read("checkpoint")
    intrude(superuser, *changes)
    with pytest.raises(Refused, match=why):
        sign_next(places=places, using="sequencer")
    assert places.public.read("checkpoint") == before and Checkpoint.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_entry SET body = body || ' ' WHERE id = (SELECT max(id) FROM audit_entry)",
        "UPDATE audit_entry SET scope = '69' WHERE id = (SELECT max(id) FROM audit_entry)",
        "UPDATE audit_entry SET at = at + interval '1 microsecond'",
        "UPDATE audit_leaf SET n = n + 10 WHERE index = 8",
        "DELETE FROM audit_leaf WHERE index = 8",
        "UPDATE audit_leaf SET hash = decode(repeat('00', 32), 'hex') WHERE index = 9",
    ],
)
def test_it_hashes_new_entries_itself(signed, written, places, superuser, change):
    written(5)
    signed()
    written(5)
    drain()
    intrude(superuser, change)
    with pytest.raises(Refused):
        sign_next(places=places, using="sequencer")
    assert published(places).size == 5


def drain():
    while sequencer.drain(using="sequencer"):
        pass


def test_a_signed_log_whose_signer_forgot_is_not_signed_again(signed, written, places):
    written()
    signed()
    (places.private.path / "signer.json").unlink()
    with pytest.raises(Refused, match="state is gone"):
        signed()


def test_a_damaged_memory_is_refused(signed, written, places):
    written(3)
    signed()
    state = places.private.path / "signer.json"
    state.write_bytes(state.read_bytes().replace(b'"size": 3', b'"size": 2'))
    with pytest.raises(Refused, match="damaged"):
        signed()


def test_a_crash_between_remembering_and_publishing_is_made_good(
    signed, written, places, monkeypatch
):
    written(3)
    monkeypatch.setattr(signer, "_publish", lambda *_: None)
    signed()
    assert not places.public.holds("checkpoint")
    monkeypatch.undo()
    assert signed() == 3 and published(places).size == 3


def test_a_lost_public_folder_is_written_again(signed, written, places, tmp_path: Path):
    written(300)
    signed()
    elsewhere = signer.Places(places.key, places.private, Folder(tmp_path / "elsewhere"))
    sign_next(places=elsewhere, using="sequencer")
    for path in (tmp_path / "log").rglob("*"):
        if path.is_file():
            same = tmp_path / "elsewhere" / path.relative_to(tmp_path / "log")
            assert same.read_bytes() == path.read_bytes()


def test_of_two_signers_at_once_the_slow_one_does_not_take_the_log_back(signed, written, places):
    reached, free = threading.Event(), threading.Event()

    class Slow(Folder):
        def publish_tiles(self, tiles):
            reached.set()
            assert free.wait(PATIENCE_SECONDS)
            super().publish_tiles(tiles)

    slow = replace(places, public=Slow(places.public.path))

    def sign_slowly():
        with closing(connections["sequencer"]):
            return sign_next(places=slow, using="sequencer")

    written(10)
    drain()
    with ThreadPoolExecutor() as aside:
        first = aside.submit(sign_slowly)
        try:
            assert reached.wait(PATIENCE_SECONDS)
            written(7)
            with pytest.raises(Busy):
                signed()
        finally:
            free.set()
        assert first.result(PATIENCE_SECONDS) == 10
    assert signed() == 17 and published(places).size == 17


def test_a_signer_waits_for_its_turn_says_so_once_and_stops_when_told(places, monkeypatch, caplog):
    stop, tries = threading.Event(), []

    class Counted(Folder):
        def alone(self, name):
            tries.append(name)
            return super().alone(name)

    monkeypatch.setattr(signer, "RETRY_SECONDS", 0.01)
    said = {"stop": stop, "rest": pytest.fail, "using": "sequencer"}
    mine = replace(places, private=Counted(places.private.path))
    program = threading.Thread(target=signer.run, kwargs={**said, "places": mine})
    with places.private.alone(signer.LOCK) as held:
        assert held
        program.start()
        until(lambda: len(tries) > 2 or not program.is_alive())
        monkeypatch.setattr(signer, "RETRY_SECONDS", 10 * PATIENCE_SECONDS)
        tries.clear()
        until(lambda: tries)  # it waits longer now than this test does
        stop.set()
        program.join(PATIENCE_SECONDS)
    assert not program.is_alive()
    assert caplog.messages.count("signer: another one is at work, this one waits its turn") == 1
    assert not places.private.holds("signer.json")
