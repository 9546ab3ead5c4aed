"""The keeper: one process per data folder that runs the servers for as long as somebody holds on.

Who needs them connects to its socket, says which, and reads `ready`; the connection is the hold.
The kernel closes it whatever happens to the holder. Standard library only: it starts quickly.
"""

import contextlib
import fcntl
import os
import selectors
import signal
import socket
import sys
import time
from pathlib import Path

from config.engines.binaries import binaries
from config.engines.places import Home, Unavailable, runner
from config.engines.servers import Postgres, Valkey

FIRST_HOLDER_WITHIN_SECONDS = 10
MOST_RESTARTS = 5


class Keeper:
    """Counts holders and keeps the servers that they asked for."""

    def __init__(self, home: Home, *, fsync: bool) -> None:
        who = runner()
        programs = binaries(home, who)
        self.home = home
        self.servers: dict[str, Postgres | Valkey] = {
            "postgres": Postgres(home, programs, who, fsync=fsync),
            "valkey": Valkey(home, programs, who),
        }
        self.wanted: set[str] = set()
        self.holders: set[socket.socket] = set()
        self.restarts: dict[str, list[float]] = {name: [] for name in self.servers}
        self.stopping = False
        self.selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Serves until the last holder has gone or a signal comes."""
        self.home.keeper.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(str(self.home.keeper))
            self.home.keeper.chmod(0o700)
            door.listen(64)
            self.selector.register(door, selectors.EVENT_READ)
            until = time.monotonic() + FIRST_HOLDER_WITHIN_SECONDS
            while not self.stopping and (self.holders or time.monotonic() < until):
                seen = [key.fileobj for key, _ in self.selector.select(timeout=0.5)]
                # The door first: whoever has come by now keeps what the last one leaves.
                for line in sorted(seen, key=lambda one: one is not door):
                    assert isinstance(line, socket.socket)
                    if self.stopping:
                        break
                    if line is door:
                        self._welcome(door)
                    else:
                        self._let_go(line)
                    until = 0 if not self.holders else until
                self._revive()
            # At this point nobody new is let in: a newcomer finds no socket and waits its turn.
            self.home.keeper.unlink(missing_ok=True)
        for server in self.servers.values():
            server.end()
        for holder in self.holders:
            holder.close()

    def _welcome(self, door: socket.socket) -> None:
        """Starts what the newcomer asks for and says `ready`, or why not."""
        holder, _ = door.accept()
        holder.settimeout(5)
        try:
            wanted = holder.recv(256).decode().split()
            for name in wanted:
                if server := self.servers.get(name):
                    if not server.running:
                        server.start()
                    server.wait_until(server.answers, name)  # it may still be recovering
                self.wanted.add(name)
            holder.sendall(b"ready\n")
        except (OSError, Unavailable) as error:
            with contextlib.suppress(OSError):
                holder.sendall(f"error {error}\n".encode())
            holder.close()
            return
        self.holders.add(holder)
        self.selector.register(holder, selectors.EVENT_READ)

    def _let_go(self, holder: socket.socket) -> None:
        """Whatever a holder says after its first line means that it leaves."""
        self.selector.unregister(holder)
        self.holders.discard(holder)
        if self.holders:
            with contextlib.suppress(OSError):
                holder.sendall(b"kept\n")
            holder.close()
        else:
            self.holders.add(holder)  # closed after the servers' stop, which it waits for
            self.stopping = True

    def _revive(self) -> None:
        """Starts a server again that has died, a few times, later and later.

        The next one cannot start while a busy session of a killed one holds its memory.
        """
        now = time.monotonic()
        for name in self.wanted & set(self.servers):
            if self.stopping or self.servers[name].running:
                continue
            tried = [at for at in self.restarts[name] if at > now - 60]
            if now < max(tried, default=now) + 2 ** len(tried) // 2:
                continue
            if len(tried) >= MOST_RESTARTS:
                raise Unavailable(f"{name} dies again and again (see {self.home.reports})")
            self.restarts[name] = [*tried, now]
            with contextlib.suppress(Unavailable):
                self.servers[name].start()

    def stop(self, number: int, frame: object) -> None:
        """A signal: let everybody go."""
        self.stopping = True


def main() -> None:
    """`keeper.py FOLDER [no-fsync]`; ends at once when the folder already has a keeper."""
    home = Home(Path(sys.argv[1]))
    with (home.state / "keeper.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        lock.truncate(0)  # not before it is ours: it says who the keeper is
        lock.write(str(os.getpid()))
        lock.flush()
        keeper = Keeper(home, fsync="no-fsync" not in sys.argv[2:])
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, keeper.stop)
        try:
            keeper.run()
        finally:
            for server in keeper.servers.values():
                server.end()


if __name__ == "__main__":
    main()
