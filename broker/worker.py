"""The worker: rows are its queue, a notification wakes it, a one-second timer does so anyway.

Five rounds run side by side, so that a slow answer of the payment service or of the mail server
never delays a deadline. A failed round is counted, logged by its type alone, and tried again.
"""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from types import FrameType

from django.db import Error, close_old_connections, connection
from django.utils import timezone

from billing.actions.work import run_due
from broker import relay
from broker.actions.careers import warn
from broker.actions.confirming import confirm_due, remind_due
from broker.actions.escalating import escalate, give_back_held, tell_operators
from broker.actions.leaving import erase_due
from broker.actions.platform import judge_platform
from broker.actions.rejudging import judge_what_papers_tell, settle_incidents
from broker.actions.renewing import tell_patients
from broker.actions.reporting import post_due
from broker.actions.sweeping import sweep
from broker.models import Pulse
from consults.queries import next_deadline

TICK_SECONDS = 1.0
INSTANT = 0.001
STOP_WITHIN_SECONDS = 15
PULSE_EVERY = timedelta(seconds=5)
PULSE_KEPT = timedelta(days=1)
log = logging.getLogger(__name__)

Act = Callable[[datetime], int]


def questions_due(now: datetime) -> int:
    """What the clock does to questions, and to files that wait for their end, at this instant."""
    return sweep(now=now) + erase_due(now=now)


def money_due(now: datetime) -> int:
    """What the clock does to payments at this instant."""
    return run_due(now=now)


def alerts_due(now: datetime) -> int:
    """What the clock does to alerts at this instant."""
    return escalate(now=now) + tell_operators(now=now) + give_back_held(now=now) + warn(now=now)


class Mails:
    """What is due by mail: reports on the secure one, orders and reminders on the ordinary."""

    REMINDERS_EVERY = timedelta(minutes=1)

    def __init__(self) -> None:
        self.looked_at: datetime | None = None

    def __call__(self, now: datetime) -> int:
        """Send what waits; what is due at practices is looked through less often."""
        done = post_due(now=now) + confirm_due(now=now) + tell_patients(now=now)
        if self.looked_at is None or now - self.looked_at >= self.REMINDERS_EVERY:
            self.looked_at = now
            done += remind_due(now=now)
        return done


class Law:
    """What is judged without anybody asking: the platform's settings, and acts once more."""

    LOOKED_THROUGH = timedelta(days=30)  # at the start: a worker is never away so long
    SETTINGS_EVERY = timedelta(seconds=30)

    def __init__(self) -> None:
        self.since: datetime | None = None
        self.looked_at: datetime | None = None

    def __call__(self, now: datetime) -> int:
        """Judge the settings, then acts that new papers speak of; settle what was wrong."""
        if self.looked_at is None or now - self.looked_at >= self.SETTINGS_EVERY:
            judge_platform(now=now)
            self.looked_at = now
        since = self.since or now - self.LOOKED_THROUGH
        done = judge_what_papers_tell(since=since, now=now)
        # A transaction that commits late is seen by the next round all the same.
        self.since = now - timedelta(minutes=1)
        return done + settle_incidents(now=now)


# A deadline is seen when it passes, not up to a second later.
DUE: dict[str, Callable[[], datetime | None]] = {"questions": next_deadline}
ROUNDS: dict[str, Act] = {
    "questions": questions_due,
    "money": money_due,
    "alerts": alerts_due,
    "reports": Mails(),
    "law": Law(),
}


class Rounds(threading.Thread):
    """One act, round after round, in a thread with its own connection."""

    def __init__(self, name: str, act: Act, stopping: threading.Event) -> None:
        super().__init__(name=f"worker-{name}", daemon=True)
        self.act = act
        self.due = DUE.get(name)
        self.due_at: datetime | None = None
        self.began_at: datetime | None = None
        self.stopping = stopping
        self.wake = threading.Event()
        self.process = f"worker.{name}@{socket.gethostname()}:{os.getpid()}"[:80]
        self.rounds = self.failures = 0
        self.last_failure = ""
        self.pulsed_at: datetime | None = None

    def run(self) -> None:
        """Go round until told to stop; sleep only when nothing was due."""
        while not self.stopping.is_set():
            if not self.round(timezone.now()):
                self.wake.wait(self.idle(timezone.now()))
            # Before the look at `stopping`: a stop sets that first, and wakes afterwards.
            self.wake.clear()
        with suppress(Error):  # a database that is away shows it silent, as if it had been killed
            Pulse.objects.filter(process=self.process).delete()
        connection.close()

    def idle(self, now: datetime) -> float:
        """How many seconds to sleep: until something falls due, and a second at most.

        What fell due while the round was under way is looked at now; what was due before it
        began is what it could not do, and waits its second.
        """
        if self.due_at is None or (self.began_at is not None and self.due_at < self.began_at):
            return TICK_SECONDS
        left = max(0.0, (self.due_at - now).total_seconds())
        return min(left + INSTANT, TICK_SECONDS)

    def round(self, now: datetime) -> int:
        """One round and its sign of life; 0 when nothing was due or when it failed."""
        try:
            close_old_connections()
            self.rounds += 1
            self.began_at = now
            done = self.act(now)
            self.due_at = self.due() if self.due else None
            self._pulse(now)
        except Exception as failed:
            self.failures += 1
            self.last_failure = type(failed).__name__
            log.error("worker round failed: %s in %s", self.last_failure, self.name)
            connection.close()
            self.stopping.wait(TICK_SECONDS)
            return 0
        finally:
            close_old_connections()
        return done

    def _pulse(self, now: datetime) -> None:
        if self.pulsed_at is not None and now - self.pulsed_at < PULSE_EVERY:
            return
        Pulse.objects.update_or_create(
            process=self.process,
            defaults={
                "beat_at": now,
                "rounds": self.rounds,
                "failures": self.failures,
                "last_failure": self.last_failure,
            },
        )
        Pulse.objects.filter(beat_at__lt=now - PULSE_KEPT).delete()
        self.pulsed_at = now


class Listener(threading.Thread):
    """Wakes the rounds when an act says that there is work; without it the timer does."""

    def __init__(self, rounds: list[Rounds], stopping: threading.Event) -> None:
        super().__init__(name="worker-listener", daemon=True)
        self.rounds = rounds
        self.stopping = stopping

    def run(self) -> None:
        """Listen until told to stop; a lost connection is opened again."""
        while not self.stopping.is_set():
            try:
                self._listen()
            except Exception as lost:
                log.warning("worker listener: %s", type(lost).__name__)
                self.stopping.wait(TICK_SECONDS)
            finally:
                connection.close()

    def _listen(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {relay.WAKE_CHANNEL}")
        while not self.stopping.is_set():
            for _notice in connection.connection.notifies(timeout=TICK_SECONDS, stop_after=1):
                for one in self.rounds:
                    one.wake.set()
        with connection.cursor() as cursor:
            cursor.execute("UNLISTEN *")


class Worker:
    """The rounds and their listener, started and stopped together."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.rounds = [Rounds(name, act, self.stopping) for name, act in ROUNDS.items()]
        self.threads = [*self.rounds, Listener(self.rounds, self.stopping)]

    def start(self) -> None:
        """Start every thread."""
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        """Let the rounds under way end, then return."""
        self.stopping.set()
        for one in self.rounds:
            one.wake.set()
        end = time.monotonic() + STOP_WITHIN_SECONDS
        for thread in self.threads:
            thread.join(timeout=max(0.0, end - time.monotonic()))

    def run_until_signal(self) -> None:
        """Work until SIGTERM or SIGINT."""

        def told(number: int, frame: FrameType | None) -> None:
            self.stopping.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, told)
        self.start()
        self.stopping.wait()
        self.stop()
