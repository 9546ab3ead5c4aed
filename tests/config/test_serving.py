"""The web server's end: a close frame that says `restart`, answers for requests, status 0."""

import http.client
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from config.supervisor.tree import answers, listens
from tests.ports import free_port
from tests.waiting import PATIENCE_SECONDS, until

ROOT = Path(__file__).parents[2]
SERVICE_RESTART = 1012
SEVERAL_LOOKS_SECONDS = 0.3
LONGER_THAN_ONE_WAITS_FOR_A_CLOSE_FRAME = 2.5
PROGRAM = """
import asyncio, sys, time
from config.serving import serve

async def application(scope, receive, send):
    if scope["type"] == "websocket":
        await receive()
        if scope["path"] == "/late/":
            await asyncio.sleep(6)
        await send({"type": "websocket.accept"})
        while (heard := await receive())["type"] != "websocket.disconnect":
            for _ in range(int(heard["text"])):
                await send({"type": "websocket.send", "text": "x" * 500_000})
        return
    body = b"done" * (10_000_000 if scope["path"] == "/much/" else 1)
    if scope["path"] == "/slow/":
        print("begun", flush=True)
        body *= int(await asyncio.to_thread(sys.stdin.readline))
        # The server's look whether all is done falls due, and comes right after the answer.
        time.sleep(0.1)
        await asyncio.sleep(0)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})

serve(
    application, host="127.0.0.1", port=int(sys.argv[1]), behind_proxy=False,
    drain=float(sys.argv[2]),
)
"""


@pytest.fixture
def drain() -> float:
    """Seconds that the server gives to those whom it serves."""
    return PATIENCE_SECONDS


@pytest.fixture
def server(drain: float) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(port), str(drain)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as child:  # fmt: skip
        try:
            until(lambda: answers(port))
            yield child, port
        finally:
            child.kill()


@pytest.fixture
def opened() -> Iterator[Callable[[int, int], list[http.client.HTTPConnection]]]:
    """Connections that end with the test."""
    with ExitStack() as ends:

        def opens(port: int, number: int) -> list[http.client.HTTPConnection]:
            lines = [
                http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
                for _ in range(number)
            ]
            for line in lines:
                ends.callback(line.close)
            return lines

        yield opens


def socket_to(port: int, path: str = "/") -> ClientConnection:
    """A socket that waits for as long as a busy machine needs."""
    return connect(
        f"ws://127.0.0.1:{port}{path}", proxy=None, open_timeout=PATIENCE_SECONDS,
        max_queue=1, max_size=None,
    )  # fmt: skip


def end_of(line: ClientConnection) -> int:
    """The code with which the server closes a socket that it tells nothing more."""
    with pytest.raises(ConnectionClosed) as closed:
        line.recv(timeout=PATIENCE_SECONDS)
    return closed.value.rcvd.code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_socket_is_told_to_come_back_elsewhere(server, number):
    child, port = server
    with socket_to(port) as line:
        line.send("1")
        line.recv(timeout=PATIENCE_SECONDS)
        child.send_signal(number)
        assert end_of(line) == SERVICE_RESTART
    assert child.wait(PATIENCE_SECONDS) == 0


def test_a_socket_gets_all_that_was_said_before_it_is_told_so(server):
    child, port = server
    with socket_to(port) as line:
        line.send("40")
        line.recv(timeout=PATIENCE_SECONDS)
        child.send_signal(signal.SIGTERM)
        time.sleep(LONGER_THAN_ONE_WAITS_FOR_A_CLOSE_FRAME)
        said = [line.recv(timeout=PATIENCE_SECONDS) for _ in range(39)]
        assert {*map(len, said)} == {500_000}
        assert end_of(line) == SERVICE_RESTART
    assert child.wait(PATIENCE_SECONDS) == 0


def test_a_client_that_answers_nothing_keeps_nobody(server):
    child, port = server
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as line:
        line.sendall(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert b" 101 " in line.recv(4096)
        child.send_signal(signal.SIGTERM)
        assert line.recv(4096) == b"\x88\x02" + SERVICE_RESTART.to_bytes(2)
        assert child.wait(PATIENCE_SECONDS / 2) == 0
    assert child.stderr.read() == b""


def test_a_socket_may_be_let_in_late(server):
    with socket_to(server[1], "/late/") as line:
        line.send("1")
        assert line.recv(timeout=PATIENCE_SECONDS)


def test_who_asked_before_the_signal_is_answered(server, opened):
    child, port = server
    child.send_signal(signal.SIGSTOP)
    lines = opened(port, 9)
    for line in lines:
        line.request("GET", "/")
    child.send_signal(signal.SIGTERM)
    child.send_signal(signal.SIGCONT)
    assert [line.getresponse().read() for line in lines] == [b"done"] * 9
    assert child.wait(PATIENCE_SECONDS) == 0


def test_a_kept_line_ends_with_the_first_answer_after_the_signal(server, opened):
    child, port = server
    waits, kept = opened(port, 2)
    for line, path in ((kept, "/"), (waits, "/slow/")):
        line.request("GET", path)
    assert kept.getresponse().read() == b"done"
    assert child.stdout.readline() == b"begun\n"
    child.send_signal(signal.SIGTERM)
    until(lambda: not listens(port))
    kept.request("GET", "/")
    answer = kept.getresponse()
    assert (answer.read(), answer.headers["Connection"]) == (b"done", "close")
    child.stdin.write(b"1\n")
    child.stdin.flush()
    assert waits.getresponse().read() == b"done"
    assert child.wait(PATIENCE_SECONDS) == 0


@pytest.mark.parametrize("drain", [1.0])
def test_what_is_not_finished_in_time_is_counted_and_left(server, opened):
    child, port = server
    lines = opened(port, 4)
    for line, path in zip(lines, ["/slow/", *["/much/"] * 3], strict=True):
        line.request("GET", path)
    assert child.stdout.readline() == b"begun\n"
    until(lambda: len(select.select([line.sock for line in lines], [], [], 0)[0]) == 3)
    child.send_signal(signal.SIGTERM)
    assert child.stderr.readline() == b"stopped with 4 connections unfinished\n"
    child.stdin.close()
    assert child.wait(PATIENCE_SECONDS) == 0


@pytest.mark.parametrize("length", [1, 10_000_000])
def test_a_request_in_flight_gets_its_whole_answer(server, opened, length):
    child, port = server
    (line,) = opened(port, 1)
    line.request("GET", "/slow/")
    assert child.stdout.readline() == b"begun\n"
    child.send_signal(signal.SIGTERM)
    until(lambda: not listens(port))
    assert child.poll() is None
    child.stdin.write(b"%d\n" % length)
    child.stdin.flush()
    answer = line.getresponse()
    time.sleep(SEVERAL_LOOKS_SECONDS)
    assert answer.read() == b"done" * length
    assert child.wait(PATIENCE_SECONDS) == 0


def test_an_address_that_is_taken_is_an_error(server):
    _, port = server
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(port), "1"],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Address already in use" in done.stderr
