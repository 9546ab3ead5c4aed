"""Hints over the channel layer: identifiers and sequence numbers, never content.

A hint may be lost at any time: the sockets' heartbeat finds what it would have told. So nothing
waits for the layer, and no act fails because of it.
"""

import asyncio
import logging
import threading
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

from channels.layers import get_channel_layer
from django.db import connection, transaction

WAKE_CHANNEL = "teleconseil_work"
log = logging.getLogger(__name__)


class _Loop:
    """One event loop in a thread of its own, so that publishing never blocks the one who acts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, publishing: Coroutine[Any, Any, None]) -> None:
        """Start the coroutine on the loop and return at once."""
        with self._lock:
            if self._loop is None or self._loop.is_closed():
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="relay", daemon=True).start()
        asyncio.run_coroutine_threadsafe(publishing, self._loop)


_loop = _Loop()


async def _publish(group: str, message: dict[str, object]) -> None:
    layer = get_channel_layer()
    if layer is None:
        return
    try:
        await asyncio.wait_for(layer.group_send(group, message), timeout=5)
    except Exception as lost:
        log.warning("hint lost: %s", type(lost).__name__)


def question_group(question_id: UUID) -> str:
    """The group of the sockets open on a question."""
    return f"question.{question_id.hex}"


def account_group(account_id: UUID) -> str:
    """The group of an account's sockets."""
    return f"account.{account_id.hex}"


def hint(*, question_id: UUID, head_seq: int) -> None:
    """Tell a question's sockets, once the open transaction commits, that something moved."""
    message: dict[str, object] = {
        "type": "relay.hint", "question": str(question_id), "head_seq": head_seq,
    }  # fmt: skip
    _after_commit(question_group(question_id), message)


def seen(*, question_id: UUID, by: str, seq: int) -> None:
    """Tell a question's sockets how far one side has read."""
    message: dict[str, object] = {
        "type": "relay.seen", "question": str(question_id), "by": by, "seq": seq,
    }  # fmt: skip
    _after_commit(question_group(question_id), message)


def typing(*, question_id: UUID, author: str) -> None:
    """Tell a question's sockets that one side is writing; kept nowhere."""
    message: dict[str, object] = {"type": "relay.typing", "author": author}
    _loop.run(_publish(question_group(question_id), message))


def recheck(*, account_id: UUID) -> None:
    """Make an account's open sockets ask again, now, whether they may stay open."""
    _after_commit(account_group(account_id), {"type": "relay.recheck"})


def wake_worker() -> None:
    """Wake the worker when the open transaction commits; the rows are the queue, not this."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [WAKE_CHANNEL])


def _after_commit(group: str, message: dict[str, object]) -> None:
    transaction.on_commit(lambda: _loop.run(_publish(group, message)))


async def open_channel() -> str | None:
    """A channel for one socket, or None while the layer is away."""
    layer = get_channel_layer()
    if layer is None:
        return None
    try:
        channel: str = await asyncio.wait_for(layer.new_channel(), timeout=5)
    except Exception as away:
        log.warning("no channel layer: %s", type(away).__name__)
        return None
    return channel


async def join(*, group: str, channel: str) -> bool:
    """Add a socket's channel to a group; False while the layer is away."""
    try:
        await asyncio.wait_for(get_channel_layer().group_add(group, channel), timeout=5)
    except Exception as away:
        log.warning("group not joined: %s", type(away).__name__)
        return False
    return True


async def leave(*, groups: list[str], channel: str) -> None:
    """Take a closing socket's channel out of its groups."""
    for group in groups:
        try:
            await asyncio.wait_for(get_channel_layer().group_discard(group, channel), timeout=5)
        except Exception as away:
            log.warning("group not left: %s", type(away).__name__)


async def receive(channel: str) -> dict[str, Any]:
    """The next message on a socket's channel."""
    message: dict[str, Any] = await get_channel_layer().receive(channel)
    return message
