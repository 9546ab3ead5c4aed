"""A real Chromium for the pages: watched for errors, foreign addresses and CSP violations.

`browser_page(site)` opens a page for one person (their own cookies); every console error, failed
file and request to another machine fails the test. Set TELECONSEIL_SHOTS=1 to keep pictures of
the pages under `tests/browser/shots`; pictures of failed tests land in `tests/browser/failures`.
"""

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import HTTPServer
from pathlib import Path
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.wsgi import get_wsgi_application
from playwright.sync_api import Browser, Locator, Page, Playwright, expect, sync_playwright

from tests.waiting import PATIENCE_SECONDS

from .house import House, house

HERE = Path(__file__).parent
SYSTEM_CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
MISSING = (
    "NO CHROMIUM: the browser tests did not run."
    " Install Debian's `chromium`, or run `python -m playwright install chromium`."
)
PATIENCE_MS = 1000 * PATIENCE_SECONDS
expect.set_options(timeout=PATIENCE_MS)
_missing = False


def pytest_terminal_summary(terminalreporter):
    if _missing:
        terminalreporter.write_line(MISSING, red=True, bold=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call":
        item.failed_in_browser = report.failed
    return report


def executable(playwright: Playwright) -> Path | None:
    """The system's Chromium, else the one that Playwright has downloaded."""
    own = Path(playwright.chromium.executable_path)
    return next((path for path in (SYSTEM_CHROMIUM, own) if path.exists()), None)


@pytest.fixture(autouse=True)
def beside_playwright(monkeypatch):
    """Playwright's loop runs in this thread: Django would take plain calls for async ones."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for one file of tests: its loop must be gone when other tests start theirs."""
    global _missing
    with sync_playwright() as playwright:
        path = executable(playwright)
        if path is None:
            assert os.environ.get("CI") != "true", MISSING
            _missing = True
            pytest.skip(MISSING)
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Watch:
    """What went wrong on a page, by itself."""

    def __init__(self, page: Page) -> None:
        self.faults: list[str] = []
        page.on("console", self.said)
        page.on("pageerror", lambda error: self.faults.append(f"exception: {error}"))
        page.on("request", self.asked)
        page.on("response", self.answered)

    def said(self, message) -> None:
        # The status of the page itself is the test's business; files are watched below.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console: {message.text}")

    def asked(self, request) -> None:
        host = urlsplit(request.url).hostname or ""
        ours = host in ("127.0.0.1", "localhost") or host.endswith(".localhost")
        if not ours and not request.url.startswith(("data:", "blob:", "about:")):
            self.faults.append(f"foreign address: {request.url}")

    def answered(self, response) -> None:
        file = response.request.resource_type in ("stylesheet", "script", "image", "font")
        if file and response.status >= 400:
            self.faults.append(f"{response.status}: {response.url}")


@pytest.fixture
def browser_page(chromium, request) -> Iterator[Callable[..., Page]]:
    """Opens pages; each has its own cookies, speaks French and is watched until the end."""
    opened: list[tuple[Page, Watch]] = []

    def open_page(base_url: str, *, viewport=DESKTOP, locale="fr-FR", **more) -> Page:
        context = chromium.new_context(
            base_url=base_url, viewport=viewport, locale=locale, timezone_id="Europe/Paris",
            reduced_motion="reduce", **more,
        )  # fmt: skip
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        opened.append((page, Watch(page)))
        return page

    yield open_page
    faults = [fault for _, watch in opened for fault in watch.faults]
    if faults or getattr(request.node, "failed_in_browser", False):
        keep_failures(request.node.name, [page for page, _ in opened])
    for page, _ in opened:
        page.context.close()
    assert faults == []


def keep_failures(test: str, pages: list[Page]) -> None:
    """Pictures of what a failed test saw."""
    folder = HERE / "failures"
    folder.mkdir(exist_ok=True)
    for number, page in enumerate(pages):
        name = re.sub(r"\W+", "-", test)
        page.screenshot(path=folder / f"{name}-{number}.png", full_page=True)


def follow(control: Locator) -> None:
    """Clicks what leads to another page, and waits until that page is there, whole.

    A click alone returns when the answer begins, which a busy server may send long before a word
    of the page: what asks the page then finds a document without content.
    """
    page = control.page
    with page.expect_event("framenavigated", lambda frame: frame == page.main_frame):
        control.click()
    page.wait_for_load_state()


def shot(page: Page, name: str) -> None:
    """Keeps a picture of the page on a phone and on a desk, when pictures are asked for."""
    if os.environ.get("TELECONSEIL_SHOTS") != "1":
        return
    folder = HERE / "shots"
    folder.mkdir(exist_ok=True)
    before = page.viewport_size
    for viewport in (PHONE, DESKTOP):
        page.set_viewport_size(viewport)
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=folder / f"{name}-{viewport['width']}.png", full_page=True)
    page.set_viewport_size(before)


def barriers(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 A and AA on the page, twice: rule and place.

    A live page may move while it is measured, which shows a link under the emergency strip; what
    is still found half a second later is there.
    """
    found = measured(page)
    if not found:
        return []
    page.wait_for_timeout(500)
    return sorted(set(found) & set(measured(page)))


def measured(page: Page) -> list[str]:
    """One look by axe-core."""
    page.evaluate("scrollTo(0, 0)")  # the emergency strip stays on top and may half cover a link
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{rule['id']}: {node['target']}" for rule in found for node in rule["nodes"]]


def look(page: Page, name: str) -> None:
    """The page, once it is whole, fits and has no barrier; kept when pictures are asked for."""
    page.wait_for_load_state()
    assert barriers(page) == []
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shot(page, name)


@pytest.fixture(scope="session")
def service() -> Iterator[House]:
    """The whole service with its demonstration, once for all tests that ask for it."""
    with house() as running:
        yield running


@pytest.fixture
def enter(service, browser_page) -> Callable[..., Page]:
    """Signs a person of the demonstration in, in a browser of their own."""

    def entered(role: str, **more) -> Page:
        page = browser_page(service.url, **more)
        page.goto(service.links()[role])
        return page

    return entered


@pytest.fixture(scope="session")
def public_site(service) -> str:
    """The address of the pages that anyone may read: their words come from the register."""
    return service.url


@contextmanager
def served(server: HTTPServer) -> Iterator[str]:
    """The address at which this server answers, from a thread of this process."""
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


class Silent(WSGIRequestHandler):
    """Serves without a line a request."""

    def log_message(self, *args) -> None:
        pass


@pytest.fixture
def own_site(database) -> Iterator[str]:
    """The address of the pages on this test's own database, served by this very process."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), Silent)
    server.daemon_threads = True
    server.set_app(get_wsgi_application())
    with served(server) as address:
        yield address
