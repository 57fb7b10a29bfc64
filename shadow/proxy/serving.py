"""aiohttp's connection with two things put right: unknown methods, and trailers of a request.

Knows nothing of routes and limits. What is said of its inside is pinned by `tests/shadow/proxy/test_serving.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from aiohttp.http import HttpVersion11
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.streams import EMPTY_PAYLOAD
from aiohttp.web_protocol import RequestHandler

if TYPE_CHECKING:
    from aiohttp.http import RawRequestMessage
    from aiohttp.streams import StreamReader
    from multidict import CIMultiDictProxy

_UNKNOWN = re.compile(
    r"(?:nvalid method|after method)[^:]*:\s+b['\"]([!#$%&'*+.^_`|~0-9A-Za-z-]+) \S+ HTTP/1\.[01]['\"]"
)
"""What the parser says of a method that it does not know but that is one, quoting the request line."""

_PLAIN_END = b"\r\n0\r\n\r\n"
"""How a chunked body ends that has no trailers; nothing with trailers ends so, for a trailer has a colon."""


def unknown_method(exc: BaseException | None) -> str | None:
    """Give the method, where it is one and its being unknown is all that the parser has against the request."""
    found = _UNKNOWN.search(str(exc)) if isinstance(exc, HttpProcessingError) else None
    return found[1] if found is not None else None


def upgrade_of(headers: CIMultiDictProxy[str]) -> str:
    """Give the protocols that a client would leave HTTP for; nothing where it names none."""
    return ", ".join(headers.getall("Upgrade", ())).strip()


def asks_to_leave(message: RawRequestMessage) -> bool:
    """Whether a request asks to leave HTTP on this connection.

    An offer of HTTP/2 is no such wish: some clients make it with every first request, and a server may ignore it
    (RFC 9110, 7.8), as it must ignore any by an older version than 1.1. Of a request in chunks, what comes behind it
    cannot be told from it. Such a request is then one like any other.
    """
    if not message.upgrade or message.version < HttpVersion11 or message.chunked:
        return False
    return upgrade_of(message.headers).lower() not in ("", "h2c")


class Connection(RequestHandler):
    """aiohttp's connection.

    Its parser takes the last trailer of a request for a header of the one that follows. So nothing follows: the
    connection ends after a chunked request of which it is not certain that it had no trailers.
    """

    __slots__ = ("_body", "_end", "_read_ahead")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._body: StreamReader | None = None
        self._end = b""
        # As many requests as this wait, and the parser holds back those behind them.
        self._read_ahead = self._max_msg_queue_size

    @property
    def away(self) -> bool:
        """Whether what comes is kept for what follows HTTP, or for when the client's wish is declined."""
        return self._upgraded

    def leave(self) -> None:
        """Read nothing more as a request."""
        self._upgraded = True

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Go on reading, if that was paused: a body asks for it whenever it is read, at the cost of another read."""
        if self._reading_paused:
            super().resume_reading(resume_parser)

    def data_received(self, data: bytes) -> None:
        """Take what came. A request without a body costs two comparisons more."""
        before = self._request_count
        RequestHandler.data_received(self, data)
        came = self._request_count - before
        if self._body is not None or (came and (came > 1 or self._messages[-1][1] is not EMPTY_PAYLOAD)):
            self._mind_trailers(data, came)

    def _mind_trailers(self, data: bytes, came: int) -> None:
        """Look at how chunked bodies ended, with so many requests that have just begun."""
        self._end = (self._end + data[-7:])[-7:]
        begun, self._body = self._body, None
        if begun is not None:
            self._judge(begun, followed=came > 0)
        for left in range(came, 0, -1):
            message, payload = self._messages[-left]
            if getattr(message, "chunked", False):
                self._judge(payload, followed=left > 1)

    def _judge(self, body: StreamReader, *, followed: bool) -> None:
        """Go on watching a body that has not ended; let nothing follow one that may have had trailers."""
        if not followed and not body.is_eof():
            self._body = body
        elif followed or self._end != _PLAIN_END or len(self._messages) >= self._read_ahead:
            self._end_after(body)

    def _end_after(self, body: StreamReader) -> None:
        for at, (_, payload) in enumerate(self._messages):
            if payload is body:
                self._end_after_message(at)
                return
        self.close()  # it is being answered, and its answer may have begun

    def _end_after_message(self, at: int) -> None:
        message, payload = self._messages[at]
        self._messages[at] = (cast("Any", message)._replace(should_close=True), payload)
