"""What every request passes: a number, a bound on its size, readable text, the person's language.

Each layer is a pair of plain functions, so it runs unchanged under WSGI and on the event loop.
"""

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit
from uuid import uuid4

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.decorators import sync_and_async_middleware
from django.utils.deprecation import MiddlewareMixin

from broker.actions.arriving import turn_away
from broker.screen.arrivals import refused_site
from config.errors import refuse

Before = Callable[[HttpRequest], HttpResponse | None]
After = Callable[[HttpRequest, HttpResponse], HttpResponse]
Message = dict[str, Any]

MAX_BODY_BYTES = 1_048_576
WEBHOOKS = "/stripe/"
IN_FRAMES = (b"SameSite=Lax", b"SameSite=None; Secure; Partitioned")
REFUSED_DEVICES = (
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"
)


def _layer(before: Before, after: After) -> Callable[..., Any]:
    """A middleware from what is done before the view and after it."""

    @sync_and_async_middleware
    def layer(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
        async def waiting(request: HttpRequest) -> HttpResponse:
            response = before(request) or await get_response(request)
            if response.status_code == 405:  # its page asks the database, off the event loop
                return await sync_to_async(after)(request, response)
            return after(request, response)

        def plain(request: HttpRequest) -> HttpResponse:
            refused = before(request)
            return after(request, refused or get_response(request))

        return waiting if iscoroutinefunction(get_response) else plain

    return layer


def _number(request: HttpRequest) -> None:
    """Gives the request a number of ours, shown on error pages and in the process logs."""
    request.request_id = uuid4().hex  # type: ignore[attr-defined]
    request.demo = settings.DEMO  # type: ignore[attr-defined]
    # A face inside the demonstration's page shows less of the chrome that the page has already.
    framed = settings.DEMO and request.headers.get("Sec-Fetch-Dest") == "iframe"
    request.framed = framed  # type: ignore[attr-defined]
    structlog.contextvars.bind_contextvars(request=request.request_id)  # type: ignore[attr-defined]


def _headers(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Headers that no view has to think of; pages about health are never kept by a cache."""
    structlog.contextvars.unbind_contextvars("request")
    response.headers["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
    response.headers.setdefault("Cache-Control", "private, no-store")
    response.headers.setdefault("Permissions-Policy", REFUSED_DEVICES)
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    return response


def _bounds(request: HttpRequest) -> HttpResponse | None:
    """Refuses a body that is too large, and text that no table of ours can hold."""
    if declared_length(request.META.get("CONTENT_LENGTH")) > MAX_BODY_BYTES:
        return refuse(request, "BODY_TOO_LARGE")
    if not _readable(request):
        return refuse(request, "BAD_ENCODING")
    return None


def declared_length(header: str | bytes | None) -> int:
    """The length a client announces; nonsense counts as too much."""
    if not header:
        return 0
    return int(header) if header.isdigit() and len(header) < 16 else MAX_BODY_BYTES + 1


def _readable(request: HttpRequest) -> bool:
    """Whether address, cookies and form are UTF-8 without NUL (lone surrogates are not UTF-8)."""
    if "\0" in request.path or any("\0" in value for value in request.COOKIES.values()):
        return False
    if not _is_text(unquote_to_bytes(request.META.get("QUERY_STRING", ""))):
        return False
    if request.method in ("GET", "HEAD") or request.path.startswith(WEBHOOKS):
        return True  # a webhook is checked on its raw bytes, by its signature
    body = request.body
    if request.content_type == "application/x-www-form-urlencoded":
        body = unquote_to_bytes(body)
    if request.content_type == "multipart/form-data":
        body = _without_files(body, (request.content_params or {}).get("boundary", ""))
    return _is_text(body)


def _without_files(body: bytes, boundary: str) -> bytes:
    """The parts of a form that are text; of a file only what is said about it."""
    parts = body.split(b"--" + boundary.encode("latin-1", "replace"))
    heads = (part.partition(b"\r\n\r\n")[0] for part in parts)
    return b"\n".join(
        head if b"filename" in head.lower() else part
        for part, head in zip(parts, heads, strict=True)
    )


def _is_text(raw: bytes) -> bool:
    try:
        return "\0" not in raw.decode("utf-8")
    except UnicodeDecodeError:
        return False


def _answered(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Gives a wrong method its page: Django's own answer is empty."""
    if response.status_code == 405 and not response.streaming and not response.content:
        page = refuse(request, "METHOD_NOT_ALLOWED")
        page.headers["Allow"] = response.headers.get("Allow", "")
        return page
    return response


numbered = _layer(_number, _headers)
bounded = _layer(_bounds, _answered)


class AccountLanguage(MiddlewareMixin):
    """Shows pages in the language of the account, unless this browser chose one."""

    def process_request(self, request: HttpRequest) -> None:
        """Activates the account's language; runs after the person is known."""
        if settings.LANGUAGE_COOKIE_NAME in request.COOKIES or not request.user.is_authenticated:
            return
        language = getattr(request.user, "language", "")
        if language in dict(settings.LANGUAGES):
            translation.activate(language)
            request.LANGUAGE_CODE = language


def _host_of(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


class Arrivals(MiddlewareMixin):
    """Turns away whoever follows a link of a site that sells sick notes."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        """Looks at the host of the page before, and at nothing else of it."""
        came_from = _host_of(request.headers.get("Referer", ""))
        site = refused_site(came_from) if came_from and request.method == "GET" else ""
        if not site:
            return None
        return refuse(request, turn_away(site=site, now=timezone.now()))


class TooLarge(Exception):
    """More bytes came than a request may have."""


class BodyBound:
    """Around the ASGI application: stops reading a body at the bound, whatever was announced."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        """Passes everything but a body that is too large."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        taken, started = 0, False

        async def counted() -> Message:
            nonlocal taken
            message: Message = await receive()
            taken += len(message.get("body", b""))
            if taken > MAX_BODY_BYTES:
                raise TooLarge
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        announced = dict(scope.get("headers", [])).get(b"content-length")
        try:
            if declared_length(announced) > MAX_BODY_BYTES:
                raise TooLarge
            await self.app(scope, counted, noted)
        except TooLarge:
            if not started:
                await _say_too_large(send)


class FramedFaces:
    """Around the application of a demonstration: its two faces keep their cookies in frames.

    To a browser each face is a site of its own, and a frame of another site keeps no cookie but
    a partitioned one: the frames of the demonstration page then have a session of their own.
    """

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        """Passes everything; changes the cookies of an answer that goes into a frame."""

        async def partitioned(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    (name, value.replace(*IN_FRAMES)) if name.lower() == b"set-cookie" else pair
                    for pair in message["headers"]
                    for name, value in [pair]
                ]
            await send(message)

        into_frame = (b"sec-fetch-dest", b"iframe") in scope.get("headers", [])
        await self.app(scope, receive, partitioned if into_frame else send)


async def _say_too_large(send: Any) -> None:
    said = b'{"code": "BODY_TOO_LARGE"}'
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": said})
