"""Reads a client's requests one by one: what a head may hold, where each ends, and what may follow it.

Knows nothing of who the client is, and of what a request is for. aiohttp's server parses what it is given here.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from aiohttp.http import RawRequestMessage
from aiohttp.http_exceptions import LineTooLong
from aiohttp.streams import EMPTY_PAYLOAD
from aiohttp.web_protocol import RequestPayloadError, _ErrInfo

from shadow.proxy.heads import SEAM, STAND_IN, rare_method, request_at
from shadow.proxy.intake import EndlessError
from shadow.proxy.serving import Connection, asks_to_leave

if TYPE_CHECKING:
    from shadow.proxy.limits import Limits
    from shadow.proxy.server import Server

_IN_CHUNKS = -1
"""In the place of the length that is left of a body: nothing tells it beforehand."""


class Reading(Connection):
    """A connection of which the parser is given one request at a time, within limits.

    `tests/shadow/proxy/test_connections.py` pins what this takes for granted of aiohttp's own class: that a read
    puts whole heads, and `_ErrInfo` in the place of what is none, on `_messages`; and that `_waiter` is set while it
    waits for one.
    """

    __slots__ = (
        "_begins",
        "_behind",
        "_body_bytes",
        "_deaf",
        "_framing",
        "_head",
        "_held",
        "_last",
        "_leaving",
        "_left",
        "_method",
        "_payload",
        "_room",
        "_seam",
        "server",
    )

    def __init__(self, server: Server, **options: Any) -> None:
        super().__init__(server, **options)
        self.server = server
        self._begins = self._deaf = self._last = self._leaving = False
        self._held = self._seam = self._method = b""
        self._head = self._behind = self._left = 0
        self._body_bytes = self._framing = 0
        self._payload = EMPTY_PAYLOAD
        self._room = server.limits.max_header_size

    @property
    def limits(self) -> Limits:
        """What this client may do."""
        return self.server.limits

    @property
    def has_begun(self) -> bool:
        """Whether some of a head came that is not whole yet."""
        return bool(self._held) or self._room != self.limits.max_header_size

    @property
    def came_behind(self) -> bool:
        """Whether the client sent anything behind a request to leave HTTP."""
        return bool(self._message_tail)

    def data_received(self, data: bytes) -> None:
        """Read what came, request by request; nothing once nothing more is wanted.

        The parser would throw away what it has read when it meets something that is no request, and what lies
        behind a request to leave HTTP: it is never given more than one request, unless that is in chunks.
        """
        if self._held:
            data, self._held = self._held + data, b""
        at, size = 0, len(data)
        while not (self._deaf or self._close or self._force_close):
            part = self._next_part(data, at)
            if not part and at < size:
                self._held = data[at:]
                return
            before = self._request_count
            came = data if part == size else data[at : at + part]
            super().data_received(STAND_IN + came[len(self._method) :] if self._begins else came)
            if self._request_count != before:
                self._took_heads()
            elif self._head:
                self._await_head(data[at : at + part])
            else:
                self._mind_framing(part)
            at += part
            if self._leaving and self._payload.is_eof():
                self._leaving = False
                self.leave()
            if self._last and self._payload.is_eof():
                self.close()
            if at == size:
                return

    def _next_part(self, data: bytes, at: int) -> int:
        """Tell how many bytes are to be read at once; none where they have to wait for those before them.

        `_head` is then how many of them may be a head's, and `_behind` how many are of the body behind it; `_begins`
        whether they begin with a method that the parser may not know, `_method`.
        """
        self._head = 0
        self._begins = False
        rest = len(data) - at
        if self._payload_parser is not None or self.away:
            return rest
        if not self._payload.is_eof():
            if self._left == _IN_CHUNKS:
                return rest
            if self._left:
                part = min(rest, self._left)
                self._left -= part
                return part
            if self._reading_paused:
                return 0
        if not rest or len(self._messages) >= self._read_ahead or not self._knows_method(data, at):
            return 0
        head, whole = request_at(data, at, self._seam)
        part = min(whole, self._room)
        self._head = min(head, part)
        self._behind = part - self._head
        return part

    def _knows_method(self, data: bytes, at: int) -> bool:
        """Whether it is known of a head that begins what its method is; if not, the rest has a head's time to come."""
        if self._room != self.limits.max_header_size:
            return True
        method = rare_method(data, at)
        if method is None:
            if self not in self.server.heads:
                self.server.heads.add(self)
            return False
        self._method = method
        self._begins = bool(method)
        return True

    def _mind_framing(self, part: int) -> None:
        """Bound what comes without any body: extensions of chunks, and trailers, need have no end."""
        payload = self._payload
        if payload.is_eof() or self._payload_parser is not None:
            return
        if payload.total_bytes != self._body_bytes:
            self._body_bytes = payload.total_bytes
            self._framing = 0
        else:
            self._framing += part
            if self._framing > self.limits.max_framing_size:
                self._break_off(EndlessError("the framing has no end"))

    def _break_off(self, error: RequestPayloadError) -> None:
        """Read nothing more, and let whoever reads the body know that there is no end to it."""
        self._deaf = True
        if not self._payload.is_eof():
            self._payload.set_exception(error)

    def close(self) -> None:
        """Take no more requests, and close once those that came are answered; a body under way is read to its end."""
        self._last = self._current_request is not None and not self._payload.is_eof()
        if self._last:
            self.server.upload_awaited(self)
        else:
            super().close()
            self.server.upload_ended(self)

    def _await_head(self, part: bytes) -> None:
        """Take that some of a head came, and not its end."""
        if self._room == self.limits.max_header_size:
            self.server.heads.add(self)
        self._room -= len(part)
        self._seam = (self._seam + part[-SEAM:])[-SEAM:]
        if self._room <= 0:
            self._head_too_large()

    def _took_heads(self) -> None:
        """Take that the last read completed a head, or found one that is none; nothing is read behind an error."""
        self._room = self.limits.max_header_size
        self._seam = b""
        self.server.heads.discard(self)
        message, payload = self._messages[-1]
        method, self._method = self._method, b""
        if not isinstance(message, RawRequestMessage):
            # It may stand within a body, whose reader would wait for the rest.
            self._break_off(RequestPayloadError("the framing is broken"))
            return
        if method:
            self._messages[-1] = (message._replace(method=method.decode("ascii")), payload)
        self._payload = payload
        self._body_bytes = -1
        if message.chunked or not self._head:
            # Where the one before it was in chunks, nobody knows where this one began.
            self._left = _IN_CHUNKS
        elif payload is not EMPTY_PAYLOAD:
            length = message.headers.get("Content-Length")
            self._left = _IN_CHUNKS if length is None else int(length) - self._behind
        if message.upgrade:
            self._leaving = asks_to_leave(message)
            if not self._leaving and (message.chunked or self.away):
                self._end_after_message(-1)

    @abstractmethod
    def head_late(self) -> None:
        """Take that a head, or the first byte of one, did not come in time."""

    def _head_too_large(self) -> None:
        """Let the refusal stand in the place of the head: behind the answers to what came before it."""
        self._deaf = True
        self.server.heads.discard(self)
        self._messages.append((_ErrInfo(431, LineTooLong(b""), ""), EMPTY_PAYLOAD))
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
