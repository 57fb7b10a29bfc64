"""Writes an answer to the client: heads, framed bodies, and the proxy's own errors. Decides nothing.

The bytes go straight to the connection's transport; the server only learns whether the connection stays open.
"""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from typing import TYPE_CHECKING

from shadow.proxy.errors import CUT, problem
from shadow.upstream.message import end_to_end

if TYPE_CHECKING:
    from aiohttp import web

    from comparators.answer import RawHeaders
    from shadow.upstream.message import Head

_NO_CONTENT = 204
_NO_BODY = frozenset({_NO_CONTENT, 304})
_NEVER_TRAILERS = frozenset({b"content-length", b"trailer", b"host"})
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Client:
    """The client's side of one request: what it speaks, and the connection it waits on."""

    __slots__ = (
        "_chunked",
        "_request",
        "_transport",
        "_unframed",
        "error",
        "exchange",
        "keep_alive",
        "started",
    )

    def __init__(self, request: web.BaseRequest) -> None:
        self._request = request
        self._transport = request.transport
        self._chunked = False
        self._unframed = False
        self.keep_alive = request.keep_alive
        self.started = False
        self.error: tuple[str, str] | None = None
        self.exchange = ""

    def send(self, head: Head, body: bytes, extra: bytes = b"", trailers: RawHeaders = ()) -> None:
        """Send a whole answer in one write; one with trailers in chunks, for they have no other place."""
        if trailers:
            self.begin(head, extra)
            self._write(self._framed(body))
            self.end(trailers)
            return
        self.started = True
        headers = _headers_of(head)
        if self._bodiless(head.status):
            self._write(self._head(head, headers, extra))
            return
        length = b"%d" % len(body)
        framing = b"" if _content_length(headers) == length else b"Content-Length: " + length + b"\r\n"
        if framing:
            headers = _without_length(headers)
        self._write(self._head(head, headers, framing + extra) + body)

    def stream(self, head: Head, body: bytes, extra: bytes = b"") -> None:
        """Send a whole answer framed as the stream it was made as."""
        self.begin(head, extra)
        self._write(self._framed(body))
        self.end()

    def begin(self, head: Head, extra: bytes = b"") -> None:
        """Send the head of an answer whose body follows in chunks."""
        headers = _headers_of(head)
        self.started = True
        if self._bodiless(head.status):
            self._unframed = True
        elif _content_length(headers) is None:
            self._chunked = self._request.version >= (1, 1)
            if self._chunked:
                extra += b"Transfer-Encoding: chunked\r\n"
            else:
                self.keep_alive = False
        self._write(self._head(head, headers, extra))

    async def chunk(self, data: bytes) -> None:
        """Send a part of the body; waits while the client is slower than legacy."""
        if data := self._framed(data):
            await self.raw(data)

    def end(self, trailers: RawHeaders = ()) -> None:
        """End a body sent in chunks; without chunks there is no place for trailers, and they are dropped."""
        if self._chunked:
            self._write(b"0\r\n%b\r\n" % _trailer_lines(trailers) if trailers else b"0\r\n\r\n")

    def inform(self, head: Head) -> None:
        """Pass an informational (1xx) head on; too late once the answer has begun."""
        if self._request.version >= (1, 1) and not self.started:
            lines = b"".join(b"%b: %b\r\n" % pair for pair in _headers_of(head))
            self._write(b"HTTP/1.1 %d %b\r\n%b\r\n" % (head.status, head.reason, lines))

    def switch(self, head: Head) -> None:
        """Send a 101 head as it came, but for a length, hop-by-hop headers and all: they are what was agreed on."""
        self.started = True
        lines = b"".join(b"%b: %b\r\n" % pair for pair in _without_length(head.headers))
        self._write(b"HTTP/1.1 %d %b\r\n%b\r\n" % (head.status, head.reason, lines))

    async def raw(self, data: bytes) -> None:
        """Send bytes as they are; waits while the client is slower. A client that has gone is no error here."""
        self._write(data)
        await self.taken()

    async def taken(self) -> None:
        """Wait while the client is slower than what it was sent."""
        if self._request.protocol.writing_paused:
            with suppress(ConnectionError):
                await self._request.writer.drain()

    def cut(self, kind: str) -> None:
        """Break the connection with a reset: what was sent must not look complete, not even to HTTP/1.0."""
        self.keep_alive = False
        self.error = (CUT, kind)
        if self._transport is None:
            return
        link = self._transport.get_extra_info("socket")
        if link is not None and not self._transport.is_closing():
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()

    def problem(self, status: int, detail: str, *, kind: str, extra: bytes = b"") -> None:
        """Send an error of the proxy's own, with the exchange's id; `kind` is what it counts as."""
        head, body = problem(status, detail, exchange=self.exchange)
        self.started = True
        self.error = (str(status), kind)
        head += extra + self._connection() + b"\r\n"
        self._write(head if self._request.method == "HEAD" else head + body)

    def _head(self, head: Head, headers: RawHeaders, extra: bytes) -> bytes:
        lines = [b"HTTP/1.1 %d %b\r\n" % (head.status, head.reason)]
        lines += [b"%b: %b\r\n" % pair for pair in headers]
        lines += (extra, self._connection(), b"\r\n")
        return b"".join(lines)

    def _framed(self, data: bytes) -> bytes:
        if self._unframed or not data:
            return b""
        return b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data

    def _connection(self) -> bytes:
        request = self._request
        if not request.content.is_eof() and "Expect" in request.headers:
            # Told no before it sent its body, a client may send it or not: the next request cannot be found.
            self.keep_alive = False
        if not self.keep_alive:
            return b"Connection: close\r\n"
        return b"Connection: keep-alive\r\n" if request.version < (1, 1) else b""

    def _bodiless(self, status: int) -> bool:
        return self._request.method == "HEAD" or status in _NO_BODY

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)


def _trailer_lines(trailers: RawHeaders) -> bytes:
    """Write trailers, but for those that would say something of the framing (RFC 9110, 6.5.1)."""
    kept = (pair for pair in end_to_end(trailers) if pair[0].lower() not in _NEVER_TRAILERS)
    return b"".join(b"%b: %b\r\n" % pair for pair in kept)


def _headers_of(head: Head) -> RawHeaders:
    """Give the headers of an answer that go to the client: no length where none may be named (RFC 9110, 8.6)."""
    headers = end_to_end(head.headers)
    return headers if head.status >= 200 and head.status != _NO_CONTENT else _without_length(headers)


def _without_length(headers: RawHeaders) -> RawHeaders:
    return tuple(pair for pair in headers if pair[0].lower() != b"content-length")


def _content_length(headers: RawHeaders) -> bytes | None:
    for name, value in headers:
        if len(name) == 14 and name.lower() == b"content-length":
            return value
    return None
