"""A socket of the site driven from a plain test: frames in, frames out, close codes."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.test import Client

from config.asgi import application
from tests.waiting import PATIENCE_SECONDS
from tests.walks.faces import HOST


class Line:
    """One open socket."""

    def __init__(self, client: Client, question: UUID, *, origin: str = f"http://{HOST}") -> None:
        cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
        headers = [(b"host", HOST.encode()), (b"origin", origin.encode())]
        if cookie is not None:
            pair = f"{settings.SESSION_COOKIE_NAME}={cookie.value}"
            headers.append((b"cookie", pair.encode()))
        # Not channels' own communicator: it keeps connections open that the site closes.
        self.wire = ApplicationCommunicator(
            application,
            {
                "type": "websocket", "path": f"/ws/questions/{question}/", "query_string": b"",
                "headers": headers, "subprotocols": [], "scheme": "ws",
            },
        )  # fmt: skip

    async def __aenter__(self) -> "Line":
        await self.wire.send_input({"type": "websocket.connect"})
        first = await self.wire.receive_output(timeout=PATIENCE_SECONDS)
        self.accepted = first["type"] == "websocket.accept"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.wire.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wire.wait(timeout=PATIENCE_SECONDS)

    async def say(self, **frame: Any) -> None:
        """Send one frame."""
        await self.raw(json.dumps(frame, default=str))

    async def raw(self, text: str) -> None:
        """Send text that may be no frame at all."""
        await self.wire.send_input({"type": "websocket.receive", "text": text})

    async def heard(self) -> dict[str, Any]:
        """The next frame; a close raises AssertionError with its code."""
        message = await self.wire.receive_output(timeout=PATIENCE_SECONDS)
        assert message["type"] == "websocket.send", message
        return json.loads(message["text"])

    async def until(self, kind: str, **like: Any) -> dict[str, Any]:
        """The next frame of this type with these fields; others are let by."""
        while True:
            frame = await self.heard()
            if frame["type"] == kind and like.items() <= frame.items():
                return frame

    async def closed(self) -> int:
        """The code with which the server closes; frames before it are let by."""
        while True:
            message = await self.wire.receive_output(timeout=PATIENCE_SECONDS)
            if message["type"] == "websocket.close":
                return int(message["code"])

    async def resume(self, after: int = 0) -> list[dict[str, Any]]:
        """Ask for everything after a number; the events up to "current", each number once.

        A beat or a reading mark may come in between, and an event that was still on its way
        live comes again in the replay: like a browser, a line knows it by its number.
        """
        await self.say(type="resume", after=after)
        events: dict[int, dict[str, Any]] = {}
        while (frame := await self.heard())["type"] != "current":
            if frame["type"] == "event":
                events.setdefault(frame["seq"], frame)
        return list(events.values())

    async def send(self, body: str, id: UUID | None = None) -> dict[str, Any]:
        """Send a message and wait for its acceptance or its refusal."""
        await self.say(type="send", id=str(id or uuid4()), body=body)
        while (frame := await self.heard())["type"] not in ("accepted", "error"):
            pass
        return frame


def walked(walk: Callable[[], Awaitable[Any]]) -> Any:
    """Run an asynchronous walk from a plain test."""
    return async_to_sync(walk)()
