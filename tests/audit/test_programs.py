"""The log's two programs as they run: what becomes of them when the world around them breaks."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from audit import sequencer
from audit.models import Checkpoint
from tests.waiting import PATIENCE_SECONDS, until

Start = Callable[[str], subprocess.Popen[bytes]]


@pytest.fixture
def start(database, tmp_path: Path) -> Iterator[Start]:
    """Start a program on this test's database and folders; what it says is in `NAME.said`."""
    with ExitStack() as ends:

        def begun(name: str) -> subprocess.Popen[bytes]:
            said = ends.enter_context((tmp_path / f"{name}.said").open("ab"))
            program = subprocess.Popen(
                [sys.executable, "-m", "config", name],
                env={**os.environ, **database.environment}, stdout=said, stderr=said,
            )  # fmt: skip
            ends.callback(program.wait)
            ends.callback(program.kill)
            return program

        yield begun


def cut_at_rest(superuser, channel: str) -> int:
    """End the connections that do nothing but listen to this channel; return how many."""
    return superuser.execute(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND state = 'idle' AND query = %s",
        [f"LISTEN {channel}"],
    ).fetchone()[0]


def stopped(program: subprocess.Popen[bytes]) -> int:
    """Tell it to stop; return with what it ended."""
    program.send_signal(signal.SIGTERM)
    return program.wait(PATIENCE_SECONDS)


def test_a_database_lost_while_they_rest_is_tried_again(start, written, superuser):
    programs = [start("sequencer"), start("signer")]
    for channel in (sequencer.WAKE, sequencer.GROWN):
        until(lambda channel=channel: cut_at_rest(superuser, channel))
    written(3)
    until(lambda: Checkpoint.objects.filter(size=3) or any(p.poll() for p in programs))
    assert [stopped(program) for program in programs] == [0, 0]
    assert Checkpoint.objects.get().size == 3


def test_a_signer_takes_its_turn_when_the_one_before_was_killed(start, written, tmp_path):
    first = start("signer")
    until((tmp_path / "state" / "signer.json").exists)
    second = start("signer")
    until(lambda: b"waits its turn" in (tmp_path / "signer.said").read_bytes())
    first.kill()
    written(3)
    while sequencer.drain(using="sequencer"):
        pass
    until(lambda: Checkpoint.objects.filter(size=3) or second.poll() is not None)
    assert stopped(second) == 0
    assert Checkpoint.objects.get().size == 3
