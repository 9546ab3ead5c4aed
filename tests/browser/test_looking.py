"""The tests' own eyes: a page is read once it is whole, however late its words come."""

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from .conftest import follow, look, served

pytestmark = pytest.mark.browser
LATE_SECONDS = 1
PAGE = (
    '<!doctype html><html lang="fr"><head><title>Essai</title></head>'
    '<body><main><h1>{0}</h1><a href="{0}/lente">Suivre</a></main></body></html>'
)


class Late(BaseHTTPRequestHandler):
    """Answers at once that a page follows, and sends it later, as a busy server does."""

    def do_GET(self) -> None:
        words = PAGE.format(self.path).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(words)))
        self.end_headers()
        if self.path.endswith("/lente"):
            time.sleep(LATE_SECONDS)
        self.wfile.write(words)

    def log_message(self, *args) -> None:
        pass


@pytest.fixture
def late_site() -> Iterator[str]:
    """The address of pages that come late."""
    with served(ThreadingHTTPServer(("127.0.0.1", 0), Late)) as address:
        yield address


def test_what_a_click_leads_to_is_read_when_it_is_there(late_site, browser_page):
    page = browser_page(late_site)
    page.goto("/page")
    page.get_by_role("link").click()
    look(page, "lente")
    assert page.locator("h1").all_inner_texts() == ["/page/lente"]
    page.goto("/page")
    follow(page.get_by_role("link"))
    assert page.locator("h1").all_inner_texts() == ["/page/lente"]
