"""The worker shows a sign of life, is woken by an act, survives a failure, and stops cleanly."""

import os
import signal
import subprocess
import sys
import threading

from django.db import connection, transaction

from broker import relay, worker
from broker.models import Pulse
from broker.worker import Rounds, Worker
from tests import people
from tests.waiting import PATIENCE_SECONDS, until


def test_it_beats_and_ends_with_0_at_a_signal(database):
    running = subprocess.Popen(
        [sys.executable, "-m", "config", "worker"],
        env={**os.environ, **database.environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        until(lambda: Pulse.objects.count() == 5)
        assert {one.process.partition("@")[0] for one in Pulse.objects.all()} == {
            "worker.questions", "worker.money", "worker.alerts", "worker.reports",
            "worker.law",
        }  # fmt: skip
        running.send_signal(signal.SIGTERM)
        said, _ = running.communicate(timeout=PATIENCE_SECONDS)
        assert running.returncode == 0
        assert "arrêté" in said
        assert not Pulse.objects.exists(), "who ended in order is not shown as silent"
    finally:
        running.kill()
        running.wait()


def test_an_act_wakes_it_before_its_timer(database, monkeypatch):
    called = threading.Event()
    monkeypatch.setattr(worker, "TICK_SECONDS", 10 * PATIENCE_SECONDS)
    monkeypatch.setattr(worker, "ROUNDS", {"questions": lambda now: bool(called.set())})

    def woken() -> bool:  # called until it listens
        with transaction.atomic():
            relay.wake_worker()
        return called.wait(0.2)

    one = Worker()
    one.start()
    try:
        until(called.is_set)
        called.clear()
        until(woken)
    finally:
        monkeypatch.setattr(worker, "TICK_SECONDS", 0.1)
        with connection.cursor() as cursor:
            cursor.execute(f"NOTIFY {relay.WAKE_CHANNEL}")
        one.stop()
    assert not any(thread.is_alive() for thread in one.threads)


def test_a_failed_round_is_counted_and_tried_again(database, monkeypatch):
    monkeypatch.setattr(worker, "TICK_SECONDS", 0.01)
    tries = []

    def act(now):
        tries.append(now)
        if len(tries) == 1:
            raise ValueError("a text that must not be logged")
        return 0

    stopping = threading.Event()
    rounds = Rounds("questions", act, stopping)
    assert rounds.round(people.now()) == 0
    assert rounds.round(people.now()) == 0
    shown = Pulse.objects.get()
    assert (shown.failures, shown.last_failure, shown.rounds) == (1, "ValueError", 2)


def test_no_round_begins_once_it_was_told_to_stop(database):
    stopping, late = threading.Event(), []

    class Wake(threading.Event):
        """It is woken to stop in the very moment in which it clears what woke it before."""

        def clear(self):
            stopping.set()
            self.set()
            super().clear()

    def act(now):
        late.append(stopping.is_set())
        return 1

    rounds = Rounds("questions", act, stopping)
    rounds.wake = Wake()
    rounds.run()
    assert late == [False]
