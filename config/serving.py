"""The web server: daphne, made to stop without losing anybody.

Told to stop, daphne itself drops requests in flight, sends no close frame and may stay for ever
with a socket open. This one takes no new connections, closes every socket with 1012 ("service
restart": the client resumes elsewhere), sends every answer to its end, and exits with 0.
"""

# daphne.server installs Twisted's reactor and has to be imported before anything of Twisted.
from daphne.server import Server, twisted_loop  # isort: skip
import logging
import signal
import sys
import time
from typing import Any

from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import reactor

SERVICE_RESTART = 1012
HEARD_WITHIN_SECONDS = 1.0
MOST_KNOCKING = 4096
# The application asks the database and the cache before it lets a socket in; daphne gives it 5 s.
HANDSHAKE_SECONDS = 60
logger = logging.getLogger(__name__)


class DrainingServer(Server):  # type: ignore[misc]
    """daphne's server with an orderly end."""

    def __init__(self, application: Any, *, drain_seconds: float, **options: Any) -> None:
        super().__init__(application, signal_handlers=False, **options)
        self.drain_seconds = drain_seconds
        self.draining_since = 0.0
        self.failure = ""
        self.ports: list[Any] = []

    def run(self) -> None:
        """Serves until a signal; raises SystemExit when it cannot listen."""
        for number in (signal.SIGTERM, signal.SIGINT):
            twisted_loop.add_signal_handler(number, self.drain)
        super().run()
        if self.failure:
            sys.exit(self.failure)

    def listen_success(self, port: Any) -> None:
        """Keeps the port, which daphne forgets, so that it can be closed first."""
        self.ports.append(port)
        super().listen_success(port)

    def listen_error(self, failure: Any) -> None:
        """Remembers why the address could not be taken, and ends."""
        self.failure = failure.getErrorMessage()
        self.stop()

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """As daphne's; a kept line ends with the first request that it brings after the signal."""
        if self.draining_since and scope["type"] == "http":
            protocol.setHeader(b"connection", b"close")
            protocol.channel.persistent = False
        return super().create_application(protocol, scope)

    def drain(self) -> None:
        """Closes the door and the sockets, then waits for the answers to be given and sent."""
        if self.draining_since:
            return
        self.draining_since = time.monotonic()
        for port in self.ports:
            # In the turn in which the door shuts, and before it: whoever knocked is let in.
            port.numberAccepts = MOST_KNOCKING
            reactor.callLater(0, port.doRead)  # type: ignore[arg-type]
            port.stopListening()
        self._look_again()  # not at once: what they ask is yet to be read

    def _look_again(self) -> None:
        reactor.callLater(0.05, self._stop_when_done)  # type: ignore[arg-type]

    def _stop_when_done(self) -> None:
        # An answer that is given is not sent yet: what still waits ends with the reactor.
        writing = {*reactor.getWriters()}  # type: ignore[misc]
        unfinished = {*writing}
        for protocol, details in self.connections.items():
            if "disconnected" in details:
                continue
            request = not isinstance(protocol, WebSocketProtocol)
            if request or closing(protocol, details, writing):
                unfinished.add(protocol.transport)
        late = time.monotonic() - self.draining_since > self.drain_seconds
        if unfinished and not late:
            self._look_again()
            return
        if unfinished:
            logger.warning("stopped with %d connections unfinished", len(unfinished))
        self.stop()

    def kill_all_applications(self) -> Any:
        """As daphne's, for connections whose application has already been reaped too."""
        for details in self.connections.values():
            if (task := details.get("application_instance")) and not task.done():
                task.cancel()


def closing(socket: Any, details: dict[str, float], writing: set[Any]) -> bool:
    """Closes a socket, and says whether its client may yet answer that it heard so."""
    now = time.monotonic()
    if "told" not in details or socket.transport in writing:
        details["told"] = now
    close(socket)
    return now - details["told"] < HEARD_WITHIN_SECONDS


def close(socket: Any) -> None:
    """Tells a client to come back elsewhere; one that is still being let in is cut off."""
    if socket.state == socket.STATE_OPEN:
        # Counted from this call, autobahn's second would cut off what was said before.
        socket.closeHandshakeTimeout = 0
        # Not `sendClose`: it allows applications only the codes that are theirs.
        socket.sendCloseFrame(code=SERVICE_RESTART)
    elif socket.state == socket.STATE_CONNECTING:
        socket.dropConnection(abort=True)


def serve(application: Any, *, host: str, port: int, behind_proxy: bool, drain: float) -> None:
    """Serves the application on one address until SIGTERM or SIGINT."""
    interface = host.replace(":", r"\:")
    proxy: dict[str, str] = {}
    if behind_proxy:
        proxy = {
            "proxy_forwarded_address_header": "X-Forwarded-For",
            "proxy_forwarded_port_header": "X-Forwarded-Port",
            "proxy_forwarded_proto_header": "X-Forwarded-Proto",
        }
    DrainingServer(
        application,
        drain_seconds=drain,
        endpoints=[f"tcp:port={port}:interface={interface}"],
        http_timeout=120,
        websocket_max_message_size=4 * 1024 * 1024,
        websocket_max_frame_size=4 * 1024 * 1024,
        websocket_connect_timeout=HANDSHAKE_SECONDS,
        websocket_handshake_timeout=HANDSHAKE_SECONDS,
        application_close_timeout=5,
        server_name="",
        verbosity=1,
        **proxy,
    ).run()
