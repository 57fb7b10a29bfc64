"""Says of a request that the server could read why it must not be passed on all the same. Pure.

The server's parser refuses most of what two readers could understand differently; this is the rest, and what older
parsers let pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from aiohttp import hdrs
from aiohttp.http import HttpVersion10, HttpVersion11

from shadow.proxy.causes import Cause

if TYPE_CHECKING:
    from aiohttp import HttpVersion
    from multidict import CIMultiDictProxy

    from comparators.answer import RawHeaders


class Readable(Protocol):
    """What is looked at of a request."""

    @property
    def version(self) -> HttpVersion:
        """Its version of HTTP."""
        ...

    @property
    def headers(self) -> CIMultiDictProxy[str]:
        """Its headers by name."""
        ...

    @property
    def raw_headers(self) -> RawHeaders:
        """Its headers as they came."""
        ...


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a request is refused, and how; the cause of one that is malformed."""

    status: int
    kind: str
    detail: str
    cause: Cause | None = None


NO_TUNNEL = Flaw(501, "method", "this proxy opens no tunnels")
"""What is wrong with CONNECT, the one method that the server reads and nobody passes on."""

_VERSION = Flaw(505, "version", "the request is of another version than HTTP/1.0 or HTTP/1.1")
_HEADERS = Flaw(431, "too_many_headers", "the request has too many headers")
_HOST = Flaw(400, "malformed", "a request of HTTP/1.1 has one Host header", Cause.HOST)
_NO_HOST = Flaw(400, "malformed", "the Host header is no host", Cause.HOST)
_AMBIGUOUS = "the end of the request's body is ambiguous"
_FRAMING = Flaw(400, "malformed", _AMBIGUOUS, Cause.BAD_TE)
_LENGTH_TOO = Flaw(400, "malformed", _AMBIGUOUS, Cause.LENGTH_AND_TE)
_CODING = Flaw(501, "transfer_coding", "the request has a transfer coding other than chunked")


_HOST_AND_PORT = re.compile(
    r"(?:\[[0-9A-Za-z:.%_~-]+\]|(?:[0-9A-Za-z._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)(?::[0-9]*)?"
)
_LONG = 255
"""Characters of a host that is not kept among those that are known."""


def _reads_as_host(value: str) -> bool:
    return _HOST_AND_PORT.fullmatch(value) is not None


_is_known_host = lru_cache(maxsize=256)(_reads_as_host)


def is_host(value: str) -> bool:
    """Whether a Host is a name or an address, or nothing, and maybe a port (RFC 9112, 3.2; RFC 3986, 3.2.2)."""
    return _is_known_host(value) if len(value) <= _LONG else _reads_as_host(value)


def flaw_of(request: Readable, max_headers: int) -> Flaw | None:
    """Give what is wrong with a request, or None: then there is one way to read it."""
    headers = request.headers
    hosts = headers.getall(hdrs.HOST, ())
    if hosts and not is_host(hosts[0]):
        return _NO_HOST
    if request.version is not HttpVersion11:
        if request.version != HttpVersion10:
            return _VERSION
        if hdrs.TRANSFER_ENCODING in headers:
            return _FRAMING  # RFC 9112, 6.1
    elif len(hosts) != 1:
        return _HOST
    if len(request.raw_headers) > max_headers:
        return _HEADERS
    return _transfer_flaw(headers) if hdrs.TRANSFER_ENCODING in headers else None


def _transfer_flaw(headers: CIMultiDictProxy[str]) -> Flaw | None:
    told = headers.getall(hdrs.TRANSFER_ENCODING)
    if hdrs.CONTENT_LENGTH in headers:
        return _LENGTH_TOO
    if len(told) > 1:
        return _FRAMING
    codings = told[0].strip(" \t").lower()
    if codings == "chunked":
        return None
    return _CODING if codings.rpartition(",")[2].strip(" \t") == "chunked" else _FRAMING
