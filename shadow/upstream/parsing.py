"""Reads answers off a byte stream: heads, bodies, trailers, and every way an answer can be broken.

No I/O: bytes in, state out. The grammar is llhttp's, in its strict mode; what it lets pass that a proxy must
not (HTTP/0.9, other transfer codings, endless heads) is refused here. A framing that two readers could
understand differently is an error, never a guess.
"""

from __future__ import annotations

import httptools

from shadow.upstream.message import Head

_FIRST_BYTE = ord("H")
_END_OF_HEAD = b"\r\n\r\n"
_CONTROLS = bytes({*range(32), 127} - {9})


class MalformedError(ValueError):
    """What came is no answer; the message says why, without quoting it."""


class AnswerParser:
    """Parses one connection's answers, one at a time: `begin`, then `feed` until `complete`.

    `head` is None until the final head is read; `chunks` collects the body's parts and belongs to whoever
    empties it. `surplus` means that bytes followed the answer, so the connection cannot be used again. After
    `upgraded`, `rest` holds what came behind the 101.
    """

    __slots__ = (
        "_bodiless",
        "_fields",
        "_limit",
        "_parser",
        "_pending",
        "_problem",
        "_reason",
        "_spent",
        "chunks",
        "complete",
        "head",
        "informational",
        "rest",
        "surplus",
        "trailers",
        "until_end",
        "upgraded",
    )

    def __init__(self, head_limit: int) -> None:
        self._limit = head_limit
        self._parser = httptools.HttpResponseParser(self)
        self._spent = False
        self._problem = ""
        self._reason = b""
        self._fields: list[tuple[bytes, bytes]] = []
        self.informational: list[Head] = []
        self.begin()

    def begin(self, *, bodiless: bool = False) -> None:
        """Expect the answer to the next request; `bodiless` when that is a HEAD."""
        if self._spent:
            self._parser = httptools.HttpResponseParser(self)
            self._spent = False
        self._bodiless = bodiless
        self._pending = 0
        self.head: Head | None = None
        self.chunks: list[bytes] = []
        self.trailers: list[tuple[bytes, bytes]] | None = None
        self.complete = self.surplus = self.until_end = self.upgraded = False
        self.rest = b""

    def feed(self, data: bytes) -> None:
        """Read some bytes; MalformedError when they cannot be part of an answer."""
        pending = self._pending
        if not pending and self.head is None and data[0] != _FIRST_BYTE:
            raise MalformedError("the answer does not begin with a status line")
        self._pending = pending + len(data)
        if self._pending > self._limit:
            self._feed_within_limit(data, pending)
        else:
            self._feed(data)

    def end(self) -> bool:
        """Take the end of the stream; whether it completes the answer."""
        if self.until_end and not self.complete:
            self.complete = True
        return self.complete

    def discard(self) -> None:
        """Break the cycle between this object and its C parser: the connection is gone."""
        del self._parser

    def _feed(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self.rest = data[upgrade.args[0] :]
        except httptools.HttpParserError as exc:
            self._spent = True
            if not self.complete:
                raise MalformedError(self._problem or str(exc)) from None
            self.surplus = True
        if self._bodiless and self.complete:
            self._end_bodiless(data)

    def _feed_within_limit(self, data: bytes, pending: int) -> None:
        """Feed what may be part of a head, and more only when that completed it."""
        if self.head is not None:
            self._feed(data)
        else:
            room = max(self._limit - pending, 0)
            self._feed(data[:room])
            if self.head is None:
                raise MalformedError(f"the answer's head is larger than {self._limit} bytes")
            if self.complete or self.upgraded:
                self.surplus = True
                self.rest += data[room:]
            elif len(data) > room:
                self._feed(data[room:])
        if self._pending > self._limit and not self.complete:
            raise MalformedError(f"the answer has {self._limit} bytes of framing without any body")

    def _end_bodiless(self, data: bytes) -> None:
        # The C parser still waits for the body that a HEAD's answer announces and does not have.
        self._spent = True
        if not data.endswith(_END_OF_HEAD) or data.count(_END_OF_HEAD) != 1:
            self.surplus = True

    # What the C parser calls.

    def on_message_begin(self) -> None:
        """Begin a head; one behind a complete answer was not asked for."""
        if self.complete:
            raise MalformedError("more than one answer")
        self._reason = b""
        self._fields = []

    def on_status(self, reason: bytes) -> None:
        """Take (a part of) the reason phrase."""
        self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header or, behind the body, a trailer."""
        self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        """Take the head, and see that its framing has one meaning."""
        parser = self._parser
        status = parser.get_status_code()
        version = parser.get_http_version()
        keep_alive = parser.should_keep_alive()
        headers = tuple(self._fields)
        framed = False
        for name, value in headers:
            if len(name) == 17 and name.lower() == b"transfer-encoding":
                if framed or value.lower() != b"chunked":
                    self._refuse("the answer has a transfer coding other than chunked")
                framed = True
                keep_alive = keep_alive and version == "1.1"
        if status < 100 or (version != "1.1" and version != "1.0"):  # noqa: PLR1714 - a set costs more here
            self._refuse("the answer has no status of HTTP/1.0 or HTTP/1.1")
        if self._reason.translate(None, _CONTROLS) != self._reason:
            self._refuse("the answer has a control byte in its reason")
        if self._bodiless and not keep_alive:
            keep_alive = _may_keep_alive(headers, version)
        head = Head(status, self._reason, headers, version, keep_alive)
        if status < 200:
            self._take_informational(head)
            return
        self.head = head
        self._pending = 0
        self._fields = []
        if self._bodiless:
            self.complete = True
        elif not keep_alive and not framed:
            self.until_end = not any(name.lower() == b"content-length" for name, _ in headers)

    def on_body(self, data: bytes) -> None:
        """Take a part of the body."""
        if self.complete:
            raise MalformedError("a body where there can be none")
        self._pending = 0
        self.chunks.append(data)

    def on_message_complete(self) -> None:
        """Take the end of the message, unless that was an informational one."""
        if self.head is None:
            return
        if self._fields:
            self.trailers = self._fields
        self.complete = not self.upgraded

    def _take_informational(self, head: Head) -> None:
        if head.status != 101:
            self.informational.append(head)
            return
        if not self._parser.should_upgrade():
            self._refuse("the answer is a 101 that names no protocol")
        self.head = head
        self._fields = []
        self.upgraded = True

    def _refuse(self, problem: str) -> None:
        self._problem = problem
        raise MalformedError(problem)


def _may_keep_alive(headers: tuple[tuple[bytes, bytes], ...], version: str) -> bool:
    """Whether the answer to a HEAD leaves the connection open: having no body, it needs no framing."""
    said = b",".join(value for name, value in headers if name.lower() == b"connection").lower()
    options = {option.strip() for option in said.split(b",")}
    return b"close" not in options and (version == "1.1" or b"keep-alive" in options)
