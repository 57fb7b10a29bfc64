"""Reads requests and answers by h11, an HTTP library that shares no line with the router's: what was really said.

Where the router is more lenient than h11, in ways that no second reader can take for something else, this says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import h11

_SIZE = 1 << 22
_HOP_BY_HOP = {b"connection", b"keep-alive", b"proxy-connection", b"te", b"transfer-encoding", b"upgrade"}
_FRAMING = {b"content-length", b"host"}
"""What the router may add where the client did not send it."""


@dataclass
class Read:
    """A message as h11 reads it: its first line's words, its headers, its body so far, and whether that is all."""

    line: tuple[bytes, ...]
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""
    whole: bool = False
    rest: bytes = field(default=b"", repr=False)

    @property
    def end_to_end(self) -> list[tuple[bytes, bytes]]:
        """The headers that are for both ends, and not for one connection or for the framing."""
        said = b",".join(value for name, value in self.headers if name == b"connection").lower()
        gone = _HOP_BY_HOP | _FRAMING | {option.strip() for option in said.split(b",")}
        return [pair for pair in self.headers if pair[0] not in gone]

    def covers(self, other: Read) -> bool:
        """Whether the other is this message, or a part of it that is not whole."""
        if (self.line, self.end_to_end) != (other.line, other.end_to_end):
            return False
        return self.body == other.body if other.whole else self.body.startswith(other.body)


def requests_in(data: bytes) -> list[Read]:
    """Read one request after another until there is none; the last may not be whole."""
    found: list[Read] = []
    while data := _as_h11_wants_it(data):
        reader = h11.Connection(h11.SERVER, max_incomplete_event_size=_SIZE)
        request = _read(reader, data, ended=False)
        if request is None:
            break
        found.append(request)
        if not request.whole:
            break
        data = request.rest
    return found


def answer_in(data: bytes, method: bytes, *, ended: bool) -> tuple[Read | None, list[Read], bytes]:
    """Read the final answer to a request, the 1xx before it, and what is behind it; None when there is no head."""
    reader = h11.Connection(h11.CLIENT, max_incomplete_event_size=_SIZE)
    reader.send(h11.Request(method=method, target=b"/", headers=[(b"Host", b"h")]))
    reader.send(h11.EndOfMessage())
    informational: list[Read] = []
    answer = _read(reader, _without_empty_lines(data), ended=ended, informational=informational)
    return answer, informational, answer.rest if answer is not None else b""


def _read(
    reader: h11.Connection, data: bytes, *, ended: bool, informational: list[Read] | None = None
) -> Read | None:
    read: Read | None = None
    try:
        if data:
            reader.receive_data(data)
        if ended:
            reader.receive_data(b"")
        while True:
            event = reader.next_event()
            if event in (h11.NEED_DATA, h11.PAUSED) or isinstance(event, h11.ConnectionClosed):
                break
            if isinstance(event, h11.InformationalResponse):
                assert informational is not None
                informational.append(_begun(event))
            elif isinstance(event, (h11.Request, h11.Response)):
                read = _begun(event)
            elif isinstance(event, h11.Data):
                assert read is not None
                read.body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                assert read is not None
                read.whole = True
                read.rest = reader.trailing_data[0]
                break
    except h11.RemoteProtocolError:
        pass
    return read


def _begun(event: h11.Request | h11.Response | h11.InformationalResponse) -> Read:
    headers = [(bytes(name), bytes(value)) for name, value in event.headers]
    if isinstance(event, h11.Request):
        return Read((bytes(event.method), bytes(event.target)), headers)
    return Read((b"%d" % event.status_code,), headers)


_INFORMATIONAL = re.compile(rb"(?:HTTP/1\.[01] 1\d\d[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n)+")


def _without_empty_lines(data: bytes) -> bytes:
    """Take away line ends between informational answers and what follows them."""
    at = 0
    while found := _INFORMATIONAL.match(data, at):
        at = found.end()
        data = data[:at] + data[at:].lstrip(b"\r\n")
    return data


def _as_h11_wants_it(data: bytes) -> bytes:
    """Take away line ends in front of a request, and put one space where its first line has several."""
    data = data.lstrip(b"\r\n")
    line, end, rest = data.partition(b"\n")
    return re.sub(rb"(?<=[^ ]) +", b" ", line) + end + rest
