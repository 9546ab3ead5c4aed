"""The sandbox on a port: the API, the hosted pages, and a control path for faults."""

import json
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from billing.sandbox import pages, shapes
from billing.sandbox.double import Sandbox
from billing.sandbox.store import Store

MAX_BODY_BYTES = 200_000


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    wbufsize = -1  # one write an answer: in two, the second waits for the first's receipt
    disable_nagle_algorithm = True
    sandbox: Sandbox

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: requests are kept in the store."""

    def do_GET(self) -> None:
        """Answer a GET."""
        self._answer("GET")

    def do_POST(self) -> None:
        """Answer a POST."""
        self._answer("POST")

    def _answer(self, method: str) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY_BYTES:
            self._send(413, "{}", "application/json")
            self.close_connection = True
            return
        body = self.rfile.read(length).decode("utf-8", "replace")
        where = urlsplit(self.path)
        if where.path == "/_sandbox/style.css":
            self._send(200, pages.STYLE, "text/css; charset=utf-8")
        elif where.path.startswith("/v1/"):
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = self.sandbox.api(method, where.path, where.query, headers, body)
            if answer.broken:
                self._break(answer.broken)
                return
            self._send(answer.status, answer.body, "application/json", answer.headers)
        elif where.path.startswith("/_sandbox/"):
            try:
                said = self.sandbox.control(method, where.path, body)
            except (ValueError, KeyError, TypeError) as wrong:
                self._send(400, json.dumps({"error": str(wrong)}), "application/json")
                return
            self._send(200 if said else 404, json.dumps(said or {}), "application/json")
        else:
            page = self.sandbox.page(where.path, body if method == "POST" else None)
            self._send(page.status, page.body, "text/html; charset=utf-8", page.headers)

    def _break(self, how: str) -> None:
        """End the connection without an answer: closed, or cut with a reset."""
        self.close_connection = True
        if how == "reset":  # closing at once, with nothing lingering, sends a reset
            at_once = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)

    def _send(
        self, status: int, body: str, kind: str, more: Mapping[str, str] | None = None
    ) -> None:
        raw = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        self.send_header("Request-Id", shapes.new_id("req"))
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'self'")
        self.send_header("Referrer-Policy", "no-referrer")
        for name, value in (more or {}).items():
            self.send_header(name, value)
        with suppress(BrokenPipeError, ConnectionResetError):  # nobody waits any more
            self.end_headers()
            self.wfile.write(raw)
            self.wfile.flush()


class Server(ThreadingHTTPServer):
    """A double that listens."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128  # many may knock at once: one who finds five waiting loses a second

    def __init__(self, sandbox: Sandbox, port: int) -> None:
        door = type("Door", (_Door,), {"sandbox": sandbox})
        super().__init__(("127.0.0.1", port), door)
        self.sandbox = sandbox
        sandbox.base = f"http://127.0.0.1:{self.server_port}"


def serve(*, port: int, state: Path, key: str, endpoints: dict[str, tuple[str, str]]) -> Server:
    """A server ready to serve; `endpoints` maps platform and accounts to (url, secret)."""
    return Server(Sandbox(Store(state), key, endpoints), port)


@contextmanager
def running(
    *, port: int, state: Path, key: str, endpoints: dict[str, tuple[str, str]]
) -> Iterator[Server]:
    """The sandbox in threads of this process, with its post, for as long as the block lasts."""
    server = serve(port=port, state=state, key=key, endpoints=endpoints)
    loop = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    loop.start()
    server.sandbox.post.start()
    try:
        yield server
    finally:
        server.sandbox.post.stop()
        server.shutdown()
        loop.join()
        server.sandbox.post.join()
        server.server_close()
        server.sandbox.store.close()
