"""A client's connection: what a head may hold, how long a client may take, and how it is told that it took too long.

Knows nothing of what a request is for. aiohttp's server reads the requests; what it cannot read, and whoever is too
slow, is answered here, in one write, and the connection closed.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, cast

from aiohttp.http import RawRequestMessage
from aiohttp.http_exceptions import LineTooLong
from aiohttp.streams import EMPTY_PAYLOAD
from aiohttp.web_protocol import RequestPayloadError, _ErrInfo

from shadow.proxy.causes import cause_of
from shadow.proxy.errors import CLOSED, CUT, problem
from shadow.proxy.heads import SEAM, STAND_IN, rare_method, request_at
from shadow.proxy.intake import EndlessError
from shadow.proxy.serving import Connection, asks_to_leave, unknown_method
from shadow.proxy.written import HangUp

if TYPE_CHECKING:
    import asyncio

    from aiohttp import web

    from shadow.proxy.limits import Limits
    from shadow.proxy.server import Server

_IN_CHUNKS = -1
"""In the place of the length that is left of a body: nothing tells it beforehand."""

_USER_TIMEOUT: int | None = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux has it


class ClientConnection(Connection):
    """One client's connection.

    `tests/shadow/proxy/test_connections.py` pins what this takes for granted of aiohttp's own class: that a read
    puts whole heads, and `_ErrInfo` in the place of what is none, on `_messages`; that `_waiter` is set while it waits
    for one; that `handle_error` answers an error; and that a handler is cancelled when the connection is lost.
    """

    __slots__ = (
        "_admitted",
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
        "_link",
        "_method",
        "_payload",
        "_room",
        "_seam",
        "server",
    )

    def __init__(self, server: Server, **options: Any) -> None:
        super().__init__(server, **options)
        self.server = server
        self._admitted = False
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
    def gone(self) -> bool:
        """Whether the client's connection is lost; not yet where the worker itself is about to end it."""
        return not self._admitted

    @property
    def came_behind(self) -> bool:
        """Whether the client sent anything behind a request to leave HTTP."""
        return bool(self._message_tail)

    # What the transport tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the client in, or send it away when there are too many."""
        self._link = cast("asyncio.Transport", transport)
        server = self.server
        if server.open >= server.limits.max_connections:
            self._refuse(503, "max_connections", "there are too many connections")
            return
        self._admitted = True
        server.open += 1
        super().connection_made(transport)
        server.heads.add(self)
        link = transport.get_extra_info("socket")
        if link is not None and _USER_TIMEOUT is not None:
            # However an answer is sent, a client that takes nothing of it is the system's to end.
            link.setsockopt(socket.IPPROTO_TCP, _USER_TIMEOUT, int(server.limits.body_timeout * 1000))

    def connection_lost(self, exc: BaseException | None) -> None:
        """Take that the client is gone, or was ended by the system for taking nothing of its answer."""
        server = self.server
        server.heads.discard(self)
        server.lingering.discard(self)
        server.upload_ended(self)
        if self._admitted:
            self._admitted = False
            server.open -= 1
            if isinstance(exc, TimeoutError):
                server.errors.add(CUT, "answer_timeout")
        super().connection_lost(exc)

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

    def _process_keepalive(self) -> None:
        """Close a connection that was idle for too long; one whose head has begun has that head's own time."""
        if self in self.server.heads:
            self._keepalive_handle = None  # the end of the next request sets it again
        else:
            super()._process_keepalive()

    # Who is refused, and why.

    def head_late(self) -> None:
        """Take that a head, or the first byte of one, did not come in time."""
        if self._waiter is None or self._waiter.done():
            self.server.heads.add(self)  # it stands behind a request under way: its time begins after that
        elif self._room == self.limits.max_header_size and not self._held:
            self.server.errors.add(CLOSED, "no_request")
            self.force_close()
        else:
            self._refuse(408, "head_timeout", "the request's head did not come in time")

    def _head_too_large(self) -> None:
        """Let the refusal stand in the place of the head: behind the answers to what came before it."""
        self._deaf = True
        self.server.heads.discard(self)
        self._messages.append((_ErrInfo(431, LineTooLong(b""), ""), EMPTY_PAYLOAD))
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def handle_error(
        self,
        request: web.BaseRequest,  # noqa: ARG002 - aiohttp's face
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it quotes the request
    ) -> web.StreamResponse:
        """Answer a request that could not be read."""
        if status == 500:
            self._answer(500, "bug", "the router failed to handle this request")
        elif (method := unknown_method(exc)) is not None:
            self._answer(501, "method", f"the method {method[:32]} is not one that this proxy can pass on")
        elif isinstance(exc, LineTooLong):
            self._answer(431, "head_too_large", "the request's head is too large")
        else:
            self.server.errors.causes[cause_of(exc)] += 1
            self._answer(status, "malformed", f"the request cannot be read ({type(exc).__name__})")
        return cast("web.StreamResponse", HangUp(self))

    def _refuse(self, status: int, kind: str, detail: str) -> None:
        """Answer a client whose request was not handed to anybody."""
        self._answer(status, kind, detail)
        self.hang_up()

    def _answer(self, status: int, kind: str, detail: str) -> None:
        self.server.errors.refuse(status, kind)
        head, body = problem(status, detail)
        self._link.write(head + b"Connection: close\r\n\r\n" + body)

    def hang_up(self) -> None:
        """Send nothing more and read nothing more; close once the client has closed its side, or soon.

        To close at once would reset the connection while the client still sends, and take its answer away.
        """
        self._deaf = True
        self._lingering_time = 0.0
        link, lingering = self._link, self.server.lingering
        if link.is_closing():
            return
        if len(lingering) >= self.limits.max_lingering:
            self.server.hurried += 1
            link.close()
        elif link.can_write_eof():
            link.write_eof()
        else:
            link.close()
        lingering.add(self)

    def abort(self) -> None:
        """Close at once."""
        self._link.abort()
