"""What refreshes itself stays while nothing changed, and under the hand that presses it."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.waiting import PATIENCE_SECONDS, until

from .conftest import served

pytestmark = pytest.mark.browser
SCRIPT = Path(__file__).parents[2] / "config/static/config/house.js"
PAGE = """<!doctype html><html lang="fr"><head><title>Essai</title></head><body><main>
<div id="board" data-refresh="0.2"><p class="deadline" data-until="{until}">{until}</p>
<button onclick="document.title = 'Pris'">Prendre {version}</button></div></main>
<script type="module" src="/house.js"></script></body></html>"""


class Board:
    """A page in its versions, and how often it was asked for; its answers can be held back."""

    def __init__(self) -> None:
        self.version, self.asked, self.free = 1, 0, threading.Event()
        self.free.set()

    def page(self) -> str:
        self.asked += 1
        page = PAGE.format(until=datetime.now(UTC) + timedelta(days=9), version=self.version)
        self.free.wait(PATIENCE_SECONDS)
        return page


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def site(board: Board) -> Iterator[str]:
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            script = self.path == "/house.js"
            words = SCRIPT.read_bytes() if script else board.page().encode()
            self.send_response(200)
            kind = "text/javascript" if script else "text/html; charset=utf-8"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(words)))
            self.end_headers()
            self.wfile.write(words)

        def log_message(self, *args) -> None:
            pass

    with served(ThreadingHTTPServer(("127.0.0.1", 0), Answers)) as address:
        yield address


def test_what_did_not_change_is_not_put_anew(board, site, browser_page):
    page = browser_page(site)
    page.goto("/page")
    page.evaluate("window.kept = document.querySelector('button')")
    asked = board.asked
    until(lambda: page.title() and board.asked > asked + 3)
    assert page.evaluate("window.kept.isConnected")
    board.version = 2
    expect(page.get_by_role("button")).to_have_text("Prendre 2")


def test_what_is_pressed_stays_until_it_is_let_go(board, site, browser_page):
    page = browser_page(site)
    page.goto("/page")
    page.get_by_role("button").hover()
    board.free.clear()
    board.version, asked = 2, board.asked
    until(lambda: page.title() and board.asked > asked)
    page.mouse.down()
    with page.expect_response("**/page"):
        board.free.set()
    page.evaluate("new Promise(done => setTimeout(done, 300))")
    page.mouse.up()
    expect(page).to_have_title("Pris")
