"""Takes Content-Encoding off a body, within a bound. Pure: for adapters and for captured answers."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comparators.answer import RawHeaders

_GZIP = 16 + zlib.MAX_WBITS
_LAYERS = 2


class TooLargeError(ValueError):
    """The body, decoded, is larger than it may be."""


def decoded(headers: RawHeaders, body: bytes, limit: int) -> bytes:
    """Give the body without its gzip or deflate coding, of at most `limit` bytes.

    TooLargeError when it would be more, at any of its layers (two at most); ValueError when it is broken or
    in another coding.
    """
    codings = [
        coding.strip().lower()
        for name, value in headers
        if len(name) == 16 and name.lower() == b"content-encoding"
        for coding in value.split(b",")
    ]
    layers = [coding for coding in codings if coding not in {b"", b"identity"}]
    if len(layers) > _LAYERS:
        raise ValueError(f"a body in {len(layers)} codings is not supported")
    for coding in reversed(layers):
        if not body:
            break
        body = _without(coding, body, limit)
    if len(body) > limit:
        raise TooLargeError(f"the body is larger than {limit} bytes")
    return body


def _without(coding: bytes, body: bytes, limit: int) -> bytes:
    try:
        if coding in {b"gzip", b"x-gzip"}:
            return _inflate(body, _GZIP, limit)
        if coding == b"deflate":
            return _inflate(body, zlib.MAX_WBITS if _has_zlib_header(body) else -zlib.MAX_WBITS, limit)
    except zlib.error:
        raise ValueError("the body is not what its Content-Encoding says") from None
    raise ValueError("the body's Content-Encoding is not supported: only gzip and deflate are")


def _has_zlib_header(body: bytes) -> bool:
    # RFC 1950, 2.2; some servers send deflate bare, and a bare block seldom looks like this.
    return len(body) > 1 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0


def _inflate(body: bytes, wbits: int, limit: int) -> bytes:
    parts: list[bytes] = []
    room = limit
    while body:
        stream = zlib.decompressobj(wbits)
        part = stream.decompress(body, room + 1)
        room -= len(part)
        if room < 0:
            raise TooLargeError(f"the body, decoded, is larger than {limit} bytes")
        if not stream.eof:
            raise ValueError("the body ends before its Content-Encoding does")
        parts.append(part)
        body = stream.unused_data.lstrip(b"\0") if wbits == _GZIP else b""
    return b"".join(parts)
