"""What was written is there after the power went: the content, then each name on the way to it."""

import os
from pathlib import Path

from audit.publisher import Folder


def test_a_name_is_brought_to_disk_once_its_content_is(tmp_path, monkeypatch):
    brought, bring = [], os.fsync

    def seen(descriptor):
        bring(descriptor)
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if path.is_dir():
            brought.append((path.relative_to(tmp_path), [one.name for one in path.iterdir()]))
        else:
            brought.append(path.read_bytes())

    monkeypatch.setattr(os, "fsync", seen)
    log = Folder(tmp_path / "log")
    log.write("tile/000", b"old")
    top, inner, last = Path(), Path("log"), (Path("log/tile"), ["000"])
    assert brought == [(top, ["log"]), (inner, ["tile"]), b"old", last]
    brought.clear()
    log.write("tile/000", b"new")
    assert brought == [b"new", last]
    assert log.read("tile/000") == b"new"
