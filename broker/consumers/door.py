"""A socket's machinery: one thing at a time, in a bounded pool of threads, out in order.

Channels runs every synchronous handler of a process on one thread, so one slow query stalls all
sockets. Here each socket's frames, hints and beats run one after the other, but different
sockets run side by side, as many as the pool has threads.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from channels.consumer import AsyncConsumer
from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer
from channels.utils import await_many_dispatch
from django.conf import settings
from django.utils import timezone

from broker import protocol, relay
from broker.actions.faults import MOVED, code_of
from broker.protocol import FrameError

log = logging.getLogger(__name__)
# Fewer than the process has database connections: pages must find one while sockets are busy.
_pool = ThreadPoolExecutor(
    max_workers=getattr(settings, "DOOR_THREADS", 8), thread_name_prefix="door"
)
# Refused frames in a row before a client that does not slow down is closed.
MAX_REFUSED = 200


class Closing(Exception):
    """The socket ends here: the name of one of protocol.CLOSE_CODES."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Bucket:
    """How many frames a client may still send now; it fills with time."""

    def __init__(self) -> None:
        self.left = float(protocol.RATE_BURST)
        self.at = time.monotonic()
        self.refused = 0

    def take(self) -> bool:
        """Use one frame up; False when there is none left."""
        now = time.monotonic()
        self.left += (now - self.at) * protocol.RATE_PER_SECOND
        self.left, self.at = min(self.left, protocol.RATE_BURST), now
        if self.left < 1:
            self.refused += 1
            return False
        self.left -= 1
        self.refused = 0
        return True


class Door(AsyncConsumer):  # type: ignore[misc]
    """One socket. What it says is put in order and sent when the handler has returned.

    A subclass gives `opened`, `said`, `hinted` and `beat`; they run in a thread of the pool and
    may raise FrameError (answered by an error frame) or Closing.
    """

    async def __call__(
        self, scope: Mapping[str, Any], receive: Callable[..., Any], send: Callable[..., Any]
    ) -> None:
        """Serve the socket until it is closed by either side."""
        self.scope, self.base_send = scope, send
        self.outbox: list[dict[str, Any]] = []
        self.wanted: list[str] = []
        self.groups: list[str] = []
        self.channel: str | None = None
        self.joined = asyncio.Event()
        self.bucket = Bucket()
        self.ahead = 0
        self.over = False
        try:
            await await_many_dispatch([receive, self._next_hint, self._next_beat], self.dispatch)
        except StopConsumer:
            pass
        finally:
            if self.channel is not None:
                await relay.leave(groups=self.groups, channel=self.channel)

    def opened(self, now: datetime) -> None:
        """The handshake: accept or close."""
        raise NotImplementedError

    def said(self, frame: protocol.Frame, now: datetime) -> None:
        """A frame of the client."""
        raise NotImplementedError

    def hinted(self, message: Mapping[str, Any], now: datetime) -> None:
        """A hint of the channel layer."""
        raise NotImplementedError

    def beat(self, now: datetime) -> None:
        """Every few seconds, whether or not anything happened."""
        raise NotImplementedError

    def accept(self) -> None:
        """Take the socket in."""
        self.outbox.append({"type": "websocket.accept"})

    def put(self, **frame: Any) -> None:
        """Queue one frame for the client."""
        self.outbox.append({"type": "websocket.send", "text": protocol.dump(frame)})

    def put_error(self, wrong: FrameError, sentence: str) -> None:
        """Queue an error frame: its code, a sentence, and the message it is about, if any."""
        about = {"id": wrong.frame_id} if wrong.frame_id else {}
        self.put(type="error", code=wrong.code, detail=sentence, **about)

    def end(self, reason: str) -> None:
        """Close the socket with the code of this reason."""
        code = protocol.CLOSE_CODES[reason]
        self.outbox.append({"type": "websocket.close", "code": code, "reason": reason})

    def sentence(self, code: str) -> str:
        """The code in the words of the person at the other end."""
        return protocol.ERRORS[code]

    async def dispatch(self, message: Mapping[str, Any]) -> None:
        """Run one handler in the pool, then send what it put in the outbox."""
        if message["type"] == "websocket.disconnect":
            raise StopConsumer
        if self.over:
            return
        if message["type"] == "websocket.receive" and not self.bucket.take():
            self._refuse()
        else:
            await database_sync_to_async(self._run, thread_sensitive=False, executor=_pool)(
                message
            )
        await self._join()
        await self._flush()

    def _refuse(self) -> None:
        self.put_error(FrameError("RATE_LIMITED"), self.sentence("RATE_LIMITED"))
        if self.bucket.refused > MAX_REFUSED:
            self.end("RATE_LIMITED")

    def _run(self, message: Mapping[str, Any]) -> None:
        frame_id = None
        try:
            if message["type"] == "websocket.receive":
                frame = protocol.parse(message.get("text"))
                frame_id = str(frame.optional("id") or "") or None
                self.said(frame, timezone.now())
            elif message["type"] == "websocket.connect":
                self.opened(timezone.now())
            elif message["type"] == "door.beat":
                self.beat(timezone.now())
            else:
                self.hinted(message, timezone.now())
        except FrameError as wrong:
            wrong.frame_id = wrong.frame_id or frame_id
            self.put_error(wrong, self.sentence(wrong.code))
        except MOVED as moved:
            code = code_of(moved=moved)
            self.put_error(FrameError(code, frame_id=frame_id), self.sentence(code))
        except Closing as closing:
            self.end(closing.reason)
        except Exception as failed:
            # A fault of ours is no reason to lose the socket: nothing was accepted, so the
            # client sends again. The type alone is logged: a message could be in the text.
            log.error("socket: %s on %s", type(failed).__name__, message["type"])
            self.put_error(FrameError("LATER", frame_id=frame_id), self.sentence("LATER"))

    async def _join(self) -> None:
        if not self.wanted or self.over:
            return
        if self.channel is None:
            self.channel = await relay.open_channel()
        if self.channel is None:
            return  # the layer is away: the beat tries again, and finds what hints would tell
        for group in self.wanted:
            if await relay.join(group=group, channel=self.channel):
                self.groups.append(group)
        self.wanted = [group for group in self.wanted if group not in self.groups]
        self.joined.set()

    async def _flush(self) -> None:
        outbox, self.outbox = self.outbox, []
        for message in outbox:
            if self.over:
                return
            if message["type"] == "websocket.send":
                self.ahead += 1
                if self.ahead > protocol.MAX_FRAMES_AHEAD:
                    # The server under us keeps what the client does not read: bound it here.
                    code = protocol.CLOSE_CODES["TOO_FAR_BEHIND"]
                    message = {"type": "websocket.close", "code": code}
            self.over = message["type"] == "websocket.close"
            await self.base_send(message)

    async def _next_hint(self) -> Mapping[str, Any]:
        await self.joined.wait()
        assert self.channel is not None
        return await relay.receive(self.channel)

    async def _next_beat(self) -> Mapping[str, Any]:
        await asyncio.sleep(protocol.HEARTBEAT_SECONDS)
        return {"type": "door.beat"}


async def nowhere(
    scope: Mapping[str, Any], receive: Callable[..., Any], send: Callable[..., Any]
) -> None:
    """A socket at an address that is not on the map: the handshake is refused."""
    await receive()
    await send({"type": "websocket.close", "code": protocol.CLOSE_CODES["NOT_FOUND"]})
