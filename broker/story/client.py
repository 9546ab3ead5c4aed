"""A person's browser, without the browser: cookies by host, forms, redirects, a thread's socket.

Speaks to one machine only: every name under `.localhost` is this machine, as for browsers.
"""

import contextlib
import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit
from uuid import uuid4

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from broker.story.page import Form, Page

TIMEOUT_SECONDS = 30
MOST_REDIRECTS = 10
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class DoorRefused(Exception):
    """A door said no: its stable code (or `HTTP_<status>`), and where."""

    def __init__(self, code: str, where: str) -> None:
        super().__init__(f"{code} at {where}")
        self.code = code


class NotThisMachine(Exception):
    """The address leads elsewhere: demonstration people exist on loopback only."""


class Browser:
    """One person's session on one face of the site; not shared between threads."""

    def __init__(self, *, url: str, host: str) -> None:
        address_of(url)
        parts = urlsplit(url)
        self.origin = f"http://{host}:{parts.port or 80}"
        self.cookies: dict[str, dict[str, str]] = {}

    def get(self, address: str) -> Page:
        """The page at a path or an address, redirects followed."""
        return self._walk("GET", urljoin(self.origin, address), None)

    def submit(self, form: Form, **answers: str | bool | tuple[str, ...]) -> Page:
        """Fill the form in, send it, and follow where it leads."""
        pairs = form.filled(**answers)
        if form.method == "GET":
            return self.get(f"{form.action.split('?')[0]}?{urlencode(pairs)}")
        return self._walk("POST", form.action, urlencode(pairs))

    def json(self, address: str) -> Any:
        """What a `.json` address says; DoorRefused when it says no."""
        page = self._walk("GET", urljoin(self.origin, address), None, accept="application/json")
        if page.status != 200:
            raise DoorRefused(page.code or f"HTTP_{page.status}", address)
        return json.loads(page.text)

    def answer(self, form: Form, **answers: str | bool | tuple[str, ...]) -> Any:
        """Send the form as a script does and return what is said in JSON, a refusal included."""
        body = urlencode(form.filled(**answers))
        return json.loads(self._walk("POST", form.action, body, "application/json").text)

    def open(self, address: str) -> Page:
        """The page, or DoorRefused."""
        return opened(self.get(address))

    def send(self, form: Form, **answers: str | bool | tuple[str, ...]) -> Page:
        """Submit the form and expect a page, or DoorRefused."""
        return opened(self.submit(form, **answers))

    def _walk(self, method: str, url: str, body: str | None, accept: str = "text/html") -> Page:
        for _ in range(MOST_REDIRECTS):
            page, to = self._once(method, url, body, accept)
            if not to:
                return page
            method, url, body = "GET", urljoin(url, to), None
        raise DoorRefused("TOO_MANY_REDIRECTS", urlsplit(url).path)

    def _once(
        self, method: str, url: str, body: str | None, accept: str
    ) -> tuple[Page, str | None]:
        parts = urlsplit(url)
        held = self.cookies.setdefault(parts.hostname or "", {})
        headers = {"Accept": accept, "Accept-Language": "fr", "Connection": "close"}
        headers["Host"] = parts.netloc
        if held:
            headers["Cookie"] = cookie_header(held)
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Origin"] = f"{parts.scheme}://{parts.netloc}"
        target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        link = http.client.HTTPConnection(
            address_of(url), parts.port or 80, timeout=TIMEOUT_SECONDS
        )
        with contextlib.closing(link):
            link.request(method, target, body, headers)
            answer = link.getresponse()
            text = answer.read().decode("utf-8", "replace")
        for line in answer.headers.get_all("Set-Cookie", []):
            keep_cookie(held, line)
        code = answer.headers.get("X-Error-Code", "")
        to = answer.headers.get("Location") if answer.status in (301, 302, 303) else None
        return Page(url, answer.status, text, code or _code_in(answer.status, text)), to

    @contextlib.contextmanager
    def thread(self, question: str) -> Iterator["Thread"]:
        """The socket of one question's thread, signed in as this person."""
        parts = urlsplit(self.origin)
        held = self.cookies.get(parts.hostname or "", {})
        raw = socket.create_connection(
            (address_of(self.origin), parts.port or 80), TIMEOUT_SECONDS
        )
        with connect(
            f"ws://{parts.netloc}/ws/questions/{question}/",
            sock=raw,
            origin=Origin(self.origin),
            additional_headers={"Cookie": cookie_header(held)},
            proxy=None,
            open_timeout=TIMEOUT_SECONDS,
        ) as link:
            yield Thread(link)


class Thread:
    """One open socket on a question's thread."""

    def __init__(self, link: ClientConnection) -> None:
        self.link = link

    def resume(self, after: int = 0) -> list[Mapping[str, Any]]:
        """Every event after that number, in order, until the server says that it is all."""
        self.link.send(json.dumps({"type": "resume", "after": after}))
        events: list[Mapping[str, Any]] = []
        while True:
            frame = self._next()
            if frame["type"] == "event":
                events.append(frame)
            elif frame["type"] == "current":
                return events

    def say(self, body: str) -> int:
        """Send a message and wait until it is accepted; its number in the thread."""
        sent = str(uuid4())
        self.link.send(json.dumps({"type": "send", "id": sent, "body": body}))
        while True:
            frame = self._next()
            if frame["type"] == "accepted" and frame["id"] == sent:
                return int(frame["seq"])

    def _next(self) -> Mapping[str, Any]:
        try:
            frame = json.loads(self.link.recv(timeout=TIMEOUT_SECONDS))
        except (ConnectionClosed, TimeoutError) as wrong:
            raise DoorRefused("SOCKET_CLOSED", type(wrong).__name__) from None
        if frame["type"] == "error":
            raise DoorRefused(frame["code"], "the thread")
        return dict(frame)


def opened(page: Page) -> Page:
    """The same page, or DoorRefused when it is a refusal."""
    if page.status >= 400:
        raise DoorRefused(page.code or f"HTTP_{page.status}", urlsplit(page.url).path)
    return page


def address_of(url: str) -> str:
    """Where to connect for that address: this machine, or NotThisMachine."""
    host = urlsplit(url).hostname or ""
    if host in LOOPBACK or host.endswith(".localhost"):
        return "::1" if host == "::1" else "127.0.0.1"
    raise NotThisMachine(host)


def cookie_header(held: Mapping[str, str]) -> str:
    """The cookies as one header."""
    return "; ".join(f"{name}={value}" for name, value in held.items())


def keep_cookie(held: dict[str, str], line: str) -> None:
    """Keep what a Set-Cookie header says; a cookie that is emptied or expired goes."""
    pair, _, rest = line.partition(";")
    name, _, value = pair.strip().partition("=")
    if not value or value == '""' or "max-age=0" in rest.lower().replace(" ", ""):
        held.pop(name, None)
    else:
        held[name] = value


def _code_in(status: int, text: str) -> str:
    """The code of a refusal said in JSON."""
    if status < 400 or not text.startswith("{"):
        return ""
    with contextlib.suppress(ValueError):
        return str(json.loads(text).get("code", ""))
    return ""
