"""HTTP/1.1 messages as values and bytes: an answer's head, a request's bytes, the headers that go end to end.

Pure; knows nothing of connections. Names and values keep their case, order, repetitions and bytes.
"""

from __future__ import annotations

import msgspec

from comparators.answer import RawHeaders

_TOKEN = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TARGET = bytes(sign for sign in range(0x21, 0x100) if sign != 0x7F)
_HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"transfer-encoding", b"upgrade"}
)
_HOP_LENGTHS = frozenset(map(len, _HOP_BY_HOP))
"""Most names are told apart from these by their length alone, for a third of what it takes to write them small."""

_LISTS_NOTHING = frozenset({b"keep-alive", b"Keep-Alive", b"close"})
"""What `Connection` says most often: it lists no header that would not be removed anyway."""

_NEVER_LISTED = frozenset({b"host", b"content-length"})
_WATCHED = frozenset({0, len(b"host"), len(b"content-length"), len(b"transfer-encoding")})
ASKING_FOR_TRAILERS = ((b"Connection", b"TE"), (b"TE", b"trailers"))
_EXPECTING = frozenset({b"POST", b"PUT", b"PATCH"})


class Head(msgspec.Struct, frozen=True, gc=False):
    """An answer's status line and headers, as they came.

    A msgspec structure and not a dataclass: one is built for every answer, at a tenth of the cost.
    """

    status: int
    reason: bytes
    headers: RawHeaders
    http_version: str
    keep_alive: bool

    @classmethod
    def of(cls, status: int, headers: RawHeaders = (), reason: bytes = b"") -> Head:
        """Build a head for an answer that did not come off a connection."""
        return cls(status, reason or _phrase(status), headers, "1.1", keep_alive=True)


def _phrase(status: int) -> bytes:
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase.encode("ascii")
    except ValueError:
        return b""


def end_to_end(headers: RawHeaders) -> RawHeaders:
    """Give the headers without those of one connection alone, `Connection`-listed ones too (RFC 9110, 7.6.1).

    The very same tuple when there is nothing to remove. Host and Content-Length stay even when listed:
    no sender may have them removed.
    """
    for name, _ in headers:
        if len(name) in _HOP_LENGTHS and name.lower() in _HOP_BY_HOP:
            return _without_hop_by_hop(headers)
    return headers


def _without_hop_by_hop(headers: RawHeaders) -> RawHeaders:
    said = [value for name, value in headers if len(name) == 10 and name.lower() == b"connection"]
    if all(value in _LISTS_NOTHING for value in said):
        return tuple(
            [
                pair
                for pair in headers
                if len(pair[0]) not in _HOP_LENGTHS or pair[0].lower() not in _HOP_BY_HOP
            ]
        )
    listed = {option.strip().lower() for value in said for option in value.split(b",")}
    removed = _HOP_BY_HOP | (listed - _NEVER_LISTED)
    return tuple(pair for pair in headers if pair[0].lower() not in removed)


def takes_trailers(headers: RawHeaders) -> bool:
    """Whether a client says that it takes trailers: a word to the next hop, which each hop says for itself."""
    return any(
        len(name) == 2 and name.lower() == b"te" and b"trailers" in value.lower() for name, value in headers
    )


def declared_length(headers: RawHeaders) -> int | None:
    """Give the one Content-Length, or None when there is none; ValueError for several, or for no number."""
    found = [value for name, value in headers if name.lower() == b"content-length"]
    if not found:
        return None
    if len(found) > 1 or not found[0].isdigit():
        raise ValueError("a message has one Content-Length, which is a number")
    return int(found[0])


def request_length(method: bytes, body: bytes) -> int | None:
    """Give the Content-Length to announce for a body in memory; None when an empty one needs no word."""
    return len(body) or (0 if method in _EXPECTING else None)


def encode_request(
    method: bytes,
    target: bytes,
    headers: RawHeaders,
    *,
    host: bytes,
    length: int | None,
    chunked: bool = False,
) -> bytes:
    """Give the bytes of a request's head, blank line included.

    Framing headers are this function's own: Transfer-Encoding is replaced by what `chunked` says, and a
    Content-Length that is not `length` by one that is. Host is added where it is missing. ValueError, naming
    the header but never its value, for what would not be read back as it was meant.
    """
    announced = None if chunked else b"%d" % (length or 0)
    lines = [b"%b %b HTTP/1.1" % (method, target)]
    has_host, has_length = _add_headers(lines, headers, announced)
    if not has_host:
        lines.insert(1, b"Host: " + host)
    if announced is None:
        lines.append(b"Transfer-Encoding: chunked")
    elif length is not None and not has_length:
        lines.append(b"Content-Length: " + announced)
    lines.append(b"\r\n")
    data = b"\r\n".join(lines)
    ends = len(lines)
    names = b"".join([name for name, _ in headers])
    # One look over the whole instead of one at each part: bytes methods run at the speed of memory.
    if (
        data.count(b"\r") != ends
        or data.count(b"\n") != ends
        or b"\0" in data
        or names.translate(None, _TOKEN)
        or _is_no_line(method, target)
    ):
        raise ValueError(_what_is_wrong(method, target, headers))
    return data


def _add_headers(lines: list[bytes], headers: RawHeaders, announced: bytes | None) -> tuple[bool, bool]:
    """Put the headers that go out on the lines; whether Host and the announced length are among them."""
    has_host = has_length = False
    for pair in headers:
        if len(pair[0]) in _WATCHED:
            name = pair[0].lower()
            if name == b"host":
                if has_host:
                    raise ValueError("a request has one Host header")
                has_host = True
            elif name == b"content-length":
                if has_length or pair[1] != announced:
                    continue
                has_length = True
            elif name == b"transfer-encoding":
                continue
            elif not name:
                raise ValueError("a header needs a name")
        lines.append(b": ".join(pair))
    return has_host, has_length


def _is_no_line(method: bytes, target: bytes) -> bool:
    return not method or not target or bool(method.translate(None, _TOKEN) or target.translate(None, _TARGET))


def _what_is_wrong(method: bytes, target: bytes, headers: RawHeaders) -> str:
    if not method or method.translate(None, _TOKEN):
        return "the method is not a token"
    if not target or target.translate(None, _TARGET):
        return "the target is empty, or holds a space or a control character"
    for name, value in headers:
        if name.translate(None, _TOKEN):
            return f"the header name {name!r} is not a token"
        if b"\r" in value or b"\n" in value or b"\0" in value:
            return f"the value of the header {name.decode('ascii')} holds a CR, LF or NUL"
    return "the upstream's host holds a CR, LF or NUL"


def chunk_of(data: bytes) -> bytes:
    """Give one chunk of a chunked body; the empty one ends it."""
    return b"%x\r\n%b\r\n" % (len(data), data)
