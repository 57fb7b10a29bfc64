"""One connection to an upstream: bytes out, an answer in, with flow control both ways.

Knows nothing of which connection is used when: that is the pool's, told through the Owner's face.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Protocol, cast

from shadow.upstream.call import Call
from shadow.upstream.errors import Kind, UpstreamError, UpstreamTimeout
from shadow.upstream.parsing import AnswerParser, MalformedError

if TYPE_CHECKING:
    from shadow.upstream.message import Head

__all__ = ["Call", "Connection", "Owner"]


class Owner(Protocol):
    """Who a connection belongs to."""

    def name(self) -> str:
        """Name the upstream for error messages."""
        ...

    def now(self) -> float:
        """Give the time that deadlines are told in."""
        ...

    def watch(self, at: float) -> None:
        """See to it that calls whose time is over at `at` are ended then."""
        ...

    def released(self, connection: Connection) -> None:
        """Take back a connection that is ready for the next request."""
        ...

    def exceeded(self) -> None:
        """Take that bytes came which nobody had asked for; the connection ends with them."""
        ...

    def ended(self, connection: Connection) -> None:
        """Forget a connection: it is closed, or about to be."""
        ...

    def lost(self, connection: Connection) -> None:
        """Take that a connection's transport is gone for good."""
        ...


class Connection(asyncio.Protocol):
    """A connection, and the one call it may carry at a time.

    Reading stops while more than `buffer` bytes wait for the caller.
    """

    __slots__ = (
        "_buffer",
        "_buffered",
        "_parser",
        "_reading_paused",
        "_transport",
        "_writable",
        "_write_paused",
        "call",
        "loop",
        "owner",
        "usable",
    )

    def __init__(
        self, owner: Owner, loop: asyncio.AbstractEventLoop, *, head_limit: int, buffer: int
    ) -> None:
        self.owner = owner
        self.loop = loop
        self.call: Call | None = None
        self.usable = False
        self._parser = AnswerParser(head_limit)
        self._buffer = buffer
        self._buffered = 0
        self._reading_paused = self._write_paused = False
        self._writable: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport = cast("asyncio.Transport", None)

    # The caller's side.

    def begin(self, call: Call, data: bytes, *, bodiless: bool) -> None:
        """Send a request's first bytes and expect its answer for `call`."""
        self.call = call
        self._parser.begin(bodiless=bodiless)
        self._transport.write(data)

    async def write(self, data: bytes) -> None:
        """Send bytes, and wait while too many are on their way."""
        self._transport.write(data)
        while self._write_paused and self.usable:
            self._writable = self.loop.create_future()
            await self._writable

    def post(self, data: bytes) -> None:
        """Send bytes that are in memory anyway, without waiting."""
        self._transport.write(data)

    def write_eof(self) -> None:
        """Close the sending half, where the transport can."""
        if self.usable and self._transport.can_write_eof():
            self._transport.write_eof()

    def bound_receiving(self, size: int) -> None:
        """Let the system hold no more than about `size` bytes that were not read yet."""
        link = self._transport.get_extra_info("socket")
        if link is not None:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)

    def drained(self) -> None:
        """Go on reading: the caller has taken what was there."""
        self._buffered = 0
        if self._reading_paused:
            self._reading_paused = False
            self._transport.resume_reading()

    def fail(self, error: Exception) -> None:
        """End the call, if there is one, with an error, and the connection with it."""
        call, self.call = self.call, None
        self.abort()
        if call is not None:
            call.ended(error)

    def abort(self) -> None:
        """Close at once; what is still to be sent is not."""
        if self.usable:
            self.usable = False
            self._transport.abort()
            self._wake_writer()
            self.owner.ended(self)

    # The transport's side.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast("asyncio.Transport", transport)
        self.usable = True

    def data_received(self, data: bytes) -> None:
        """Read a part of the answer; anything that was not asked for ends the connection."""
        call = self.call
        if call is None:
            self._exceeded()
            return
        parser = self._parser
        if parser.upgraded:
            parser.chunks.append(data)
        else:
            try:
                parser.feed(data)
            except MalformedError as exc:
                self._broken(Kind.MALFORMED, f"{exc}")
                return
            if parser.informational:
                self._inform(call)
        head = parser.head
        if head is None or self.call is not call:
            return
        if call.head is not head:
            self._begin_answer(call, head)
        if self.call is not call:
            return
        if parser.complete:
            self._finish(call)
            return
        self._buffered += len(data)
        if self._buffered > self._buffer and not self._reading_paused:
            self._reading_paused = True
            self._transport.pause_reading()
        call.came()

    def eof_received(self) -> bool:
        """Take the end of the stream: it ends an answer rightly, cuts it short, or half-closes a tunnel."""
        call = self.call
        if call is None:
            self.abort()
        elif self._parser.upgraded:
            call.complete = True
            call.came()
            return self._transport.get_extra_info("sslcontext") is None
        elif self._parser.end():
            self._finish(call)
        elif self._parser.head is None:
            self._broken(Kind.RESET, "the connection ended before any answer")
        else:
            self._broken(Kind.TRUNCATED, "the connection ended within the answer")
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - how it broke says nothing more
        """Take that the connection is gone, however."""
        if self.call is not None:
            if self.call.upgraded and self.call.complete:
                self.call.ended(None)
                self.call = None
            elif self._parser.head is None:
                self._broken(Kind.RESET, "the connection broke before any answer")
            else:
                self._broken(Kind.TRUNCATED, "the connection broke within the answer")
        self.abort()
        self._parser.discard()
        self.owner.lost(self)

    def pause_writing(self) -> None:
        """Take that too many bytes wait to be sent."""
        self._write_paused = True

    def resume_writing(self) -> None:
        """Take that more may be sent."""
        self._write_paused = False
        self._wake_writer()

    def expire(self) -> None:
        """End a call whose time is over."""
        self.fail(UpstreamTimeout(f"{self.owner.name()}: no whole answer in time", sent=True))

    def _begin_answer(self, call: Call, head: Head) -> None:
        parser = self._parser
        call.arrived(head, parser.chunks)
        if parser.upgraded:
            if not any(name.lower() == b"upgrade" for name, _ in call.request_headers):
                self._broken(Kind.MALFORMED, "the answer is a 101 that was not asked for")
                return
            call.switched()
            if parser.rest:
                parser.chunks.append(parser.rest)
        elif call.unsent and (head.status >= 300 or not head.keep_alive):
            call.stop_sending()

    def _finish(self, call: Call) -> None:
        """Hand the whole answer over, and the connection back if nothing is left on it either way."""
        parser = self._parser
        if parser.trailers is not None:
            call.trailers = tuple(parser.trailers)
        self.call = None
        self.drained()
        head = cast("Head", parser.head)
        reusable = head.keep_alive and self.usable and not (parser.until_end or call.unsent)
        call.ended(None)
        if parser.surplus:
            self._exceeded()
        elif reusable and not self._transport.get_write_buffer_size():
            self.owner.released(self)
        else:
            self.abort()

    def _exceeded(self) -> None:
        """End the connection, on which came what nobody had asked for."""
        if self.usable:
            self.owner.exceeded()
        self.abort()

    def _inform(self, call: Call) -> None:
        heads, self._parser.informational = self._parser.informational, []
        if call.on_info is None:
            return
        try:
            for head in heads:
                call.on_info(head)
        except Exception as exc:  # noqa: BLE001 - the caller's own error goes back to the caller
            self.fail(exc)

    def _broken(self, kind: Kind, detail: str) -> None:
        self.fail(UpstreamError(kind, f"{self.owner.name()}: {detail}", sent=True))

    def _wake_writer(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None
