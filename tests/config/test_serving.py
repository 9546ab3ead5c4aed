"""The web server's end: a close frame that says `restart`, answers for requests, status 0."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from config.supervisor.tree import answers, free_port, listens
from tests.waiting import PATIENCE_SECONDS, until

ROOT = Path(__file__).parents[2]
SEVERAL_LOOKS_SECONDS = 0.3
PROGRAM = """
import asyncio, sys, time
from config.serving import serve

async def application(scope, receive, send):
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.send", "text": "heard"})
        return
    body = b"done"
    if scope["path"] == "/slow/":
        print("begun", flush=True)
        body *= int(await asyncio.to_thread(sys.stdin.readline))
        # The server's look whether all is done falls due, and comes right after the answer.
        time.sleep(0.1)
        await asyncio.sleep(0)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})

serve(application, host="127.0.0.1", port=int(sys.argv[1]), behind_proxy=False, drain=60)
"""


@pytest.fixture
def server() -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(port)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as child:  # fmt: skip
        try:
            until(lambda: answers(port))
            yield child, port
        finally:
            child.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_socket_is_told_to_come_back_elsewhere(server, number):
    child, port = server
    with connect(f"ws://127.0.0.1:{port}/", proxy=None) as line:
        line.send("here")
        assert line.recv(timeout=PATIENCE_SECONDS) == "heard"
        child.send_signal(number)
        with pytest.raises(ConnectionClosed) as closed:
            line.recv(timeout=PATIENCE_SECONDS)
    assert closed.value.rcvd.code == 1012
    assert child.wait(PATIENCE_SECONDS) == 0


@pytest.mark.parametrize("length", [1, 10_000_000])
def test_a_request_in_flight_gets_its_whole_answer(server, length):
    child, port = server
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
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
    line.close()
    assert child.wait(PATIENCE_SECONDS) == 0


def test_an_address_that_is_taken_is_an_error(server):
    _, port = server
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(port)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Address already in use" in done.stderr
