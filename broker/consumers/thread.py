"""The socket of one thread: resume, replay, send, seen, typing, and a beat that heals.

Every frame is authorised against the database: the session is registered, the person is active,
the question is theirs. A hint only says "look": what is sent is always read from the thread.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import parse_cookie
from django.http.request import split_domain_port, validate_host
from django.utils import translation
from django.utils.translation import gettext

from broker import access, protocol, relay
from broker.access import OutOfScope, SignedOut, Standing
from broker.actions import claiming, metering, talking
from broker.actions.presence import show_presence
from broker.consumers.door import Closing, Door
from broker.protocol import Frame, FrameError
from broker.queries import questions as queries
from broker.queries.metering import meter_shown
from consults.states import CLAIMED

REPLAY = protocol.REPLAY_BATCH
# How often a line that speaks is written down as there, in a live exchange by the minute.
SHOWN_EVERY = timedelta(seconds=4)


class ThreadSocket(Door):
    """One person looking at one question."""

    language = "fr"
    sent_seq: int | None = None  # the last event sent; None until the client has resumed
    shown_state = ""
    metered: bool | None = None  # whether this exchange is by the minute; None until it is asked
    spoke_at: datetime | None = None  # when this line last showed that its person is there

    def opened(self, now: datetime) -> None:
        """Accept from our own pages only, then say at once whether the thread is theirs."""
        headers = {name: value.decode("latin-1") for name, value in self.scope["headers"]}
        if not exact_origin(headers, self.scope.get("scheme", "ws")):
            # Before acceptance: the handshake itself is refused with 403.
            self.outbox.append({"type": "websocket.close", "code": 4403})
            return
        cookies = parse_cookie(headers.get(b"cookie", ""))
        self.session_key = cookies.get(settings.SESSION_COOKIE_NAME, "")
        self.question_id = self.scope["url_route"]["kwargs"]["question_id"]
        self.accept()
        standing = self._standing("read", now)
        self.language = standing.language
        self.shown_state = standing.state
        self.wanted = [
            relay.question_group(self.question_id), relay.account_group(standing.account_id)
        ]  # fmt: skip

    def sentence(self, code: str) -> str:
        """The code in the language of the account."""
        with translation.override(self.language):
            return gettext(protocol.ERRORS[code])

    def said(self, frame: Frame, now: datetime) -> None:
        """Answer one frame."""
        standing = self._standing("write" if frame.type in ("send", "typing") else "read", now)
        getattr(self, f"_{frame.type}")(frame, standing, now)
        if standing.state == CLAIMED and self.sent_seq is not None:
            self._show_there(standing, now)

    def hinted(self, message: Mapping[str, Any], now: datetime) -> None:
        """Something may have moved: look, or pass on what is kept nowhere."""
        standing = self._standing("read", now)
        if message["type"] == "relay.typing":
            if message["author"] != standing.side:
                self.put(type="typing", author=message["author"])
        elif message["type"] == "relay.seen":
            if message["by"] != standing.side:
                self.put(type="seen", by=message["by"], seq=message["seq"])
        elif message["type"] == "relay.hint":
            before = self.sent_seq
            self._catch_up(standing)
            if self.sent_seq == before or standing.state != self.shown_state:
                self._tell_state(standing)
            if self.metered:
                self._tell_meter(now)

    def beat(self, now: datetime) -> None:
        """Say the head, heal what a lost hint left out, keep a physician's lease alive."""
        if not hasattr(self, "question_id"):
            return
        standing = self._standing("read", now)
        if standing.side == "physician":
            show_presence(physician_id=standing.person_id, now=now)
            claiming.renew(question_id=self.question_id, physician_id=standing.person_id, now=now)
        self._catch_up(standing)
        if standing.state != self.shown_state:
            self._tell_state(standing)
        if self.metered:
            self._tell_meter(now)
        self.put(type="head", head=standing.head_seq)

    def _show_there(self, standing: Standing, now: datetime) -> None:
        """What a client says proves that they are there; what we send to them proves nothing."""
        if self.metered is None:
            self.metered = meter_shown(self.question_id, now) is not None
            if self.metered:
                self._tell_meter(now)
        since = self.spoke_at
        if not self.metered or (since is not None and now - since < SHOWN_EVERY):
            return
        self.spoke_at = now
        if since is not None:
            metering.show_there(
                question_id=self.question_id, side=standing.side, since=since,
                actor=standing.actor, now=now,
            )  # fmt: skip

    def _tell_meter(self, now: datetime) -> None:
        meter = meter_shown(self.question_id, now)
        if meter is not None:
            self.put(type="meter", **meter)

    def _standing(self, action: str, now: datetime) -> Standing:
        try:
            account = access.signed_in(self.session_key)
            return access.standing(account=account, action=action, question_id=self.question_id)
        except SignedOut:
            raise Closing("SIGNED_OUT") from None
        except OutOfScope:
            raise Closing("NOT_FOUND") from None

    def _resume(self, frame: Frame, standing: Standing, now: datetime) -> None:
        if frame["after"] > standing.head_seq:
            raise FrameError("SEQ_AHEAD")
        self._heard(frame["after"])
        self.sent_seq = frame["after"]
        self._catch_up(standing)
        if self.sent_seq >= standing.head_seq:
            self.put(type="current", head=standing.head_seq)
        else:  # the client asks again from where this batch ended
            self.put(type="head", head=standing.head_seq)

    def _send(self, frame: Frame, standing: Standing, now: datetime) -> None:
        accepted = talking.send(
            question_id=self.question_id,
            client_id=frame["id"],
            body=frame["body"],
            actor=standing.actor,
            now=now,
        )
        self.put(type="accepted", id=str(frame["id"]), seq=accepted.seq)
        if self.sent_seq is not None:
            self._catch_up(self._standing("read", now))

    def _seen(self, frame: Frame, standing: Standing, now: datetime) -> None:
        if frame["seq"] > standing.head_seq:
            raise FrameError("SEQ_AHEAD")
        self._heard(frame["seq"])
        talking.see(
            question_id=self.question_id,
            account_id=standing.account_id,
            by=standing.side,
            seq=frame["seq"],
            now=now,
        )

    def _typing(self, frame: Frame, standing: Standing, now: datetime) -> None:
        relay.typing(question_id=self.question_id, author=standing.side)

    def _ping(self, frame: Frame, standing: Standing, now: datetime) -> None:
        if (seq := frame.optional("seq")) is not None:
            self._heard(seq)
        self.put(type="pong")

    def _heard(self, seq: int) -> None:
        """The client has read up to `seq`, so no more than the events after it can be waiting."""
        self.ahead = max(0, (self.sent_seq or seq) - seq)

    def _catch_up(self, standing: Standing) -> None:
        if self.sent_seq is None or self.sent_seq >= standing.head_seq:
            return
        for event in queries.events(self.question_id, after=self.sent_seq, limit=REPLAY):
            self.put(type="event", **queries.event_json(event))
            self.sent_seq = event.seq

    def _tell_state(self, standing: Standing) -> None:
        self.shown_state = standing.state
        self.put(type="state", state=standing.state)


def exact_origin(headers: Mapping[bytes, str], socket_scheme: str) -> bool:
    """Say whether the page that opens the socket is ours: scheme, host and port alike.

    ALLOWED_ORIGINS lists the exact origins; when it is empty the origin must be the host that
    was asked, and that host must be one of ours.
    """
    origin, host = headers.get(b"origin", ""), headers.get(b"host", "")
    if allowed := getattr(settings, "ALLOWED_ORIGINS", []):
        return origin in allowed
    scheme = "https" if socket_scheme in ("wss", "https") else "http"
    if settings.SECURE_PROXY_SSL_HEADER and headers.get(b"x-forwarded-proto") == "https":
        scheme = "https"
    domain, _port = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    return urlsplit(origin)._replace(path="").geturl() == origin == f"{scheme}://{host}".lower()
